"""What replication did, peer by peer: for the status, for metrics, for the summary of ``--once``.

Labels of metrics are bounded: reasons are the few of this module, and peers beyond the first hundred are counted together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Total

from longtake.core.replication.addresses import Peer
from longtake.core.times import format_us
from longtake.core.urls import redacted
from longtake.kit.clock import Clock

_MOST_LABELS = 100
_OTHERS = "others"


class PeerState(StrEnum):
    """How it goes with a peer."""

    STARTING = "starting"
    IDLE = "idle"
    """Asked not long ago, and there was nothing left to pull."""
    PULLING = "pulling"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """It answers, but not what makes sense, or not us."""
    ITSELF = "itself"


class Failure(StrEnum):
    """Why something that is wanted could not be had."""

    WRONG_BYTES = "wrong bytes"
    TOO_BIG = "too big"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    GONE = "listed, but not there"
    OWN_DISK = "own disk"
    BUSY = "another process"
    """It has the lock of that quality."""
    BUG = "our own mistake"


class Reason(StrEnum):
    """Why a file is not pulled, besides those of ``Skip``; none of them is a failure."""

    RECENT = "recent"
    HERE = "here already"
    GONE = "gone at the peer"
    ASKED_LATER = "asked for later"
    """It came wrong not long ago."""


class Done(StrEnum):
    """What was made of what a peer has."""

    PULLED = "pulled"
    """Segments."""
    SECOND_NAMES = "second_names"
    TOMBSTONES = "tombstones"
    CHAT = "chat"
    EXTRAS = "extras"


@dataclass(slots=True, kw_only=True)
class Counts:
    """Since the start. ``bytes``: of files that came and were kept."""

    done: Counter[Done] = field(default_factory=Counter)
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


class ReplicateMetrics:
    """All of them; one for each process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._labels: dict[str, str] = {}
        self.pulled = Total(
            "longtake_replicated_segments", "Segments pulled from a peer", ["peer"], registry=registry
        )
        self.bytes = Total(
            "longtake_replicated_bytes", "Bytes pulled from a peer and kept", ["peer"], registry=registry
        )
        self.skipped = Total(
            "longtake_replicate_skipped",
            "Names that a peer lists and that are not pulled",
            ["peer", "reason"],
            registry=registry,
        )
        self.failures = Total(
            "longtake_replicate_failures",
            "What was wanted of a peer and could not be had",
            ["peer", "reason"],
            registry=registry,
        )
        self.pass_s = self._gauge("longtake_replicate_pass_seconds", "How long the last pass took", registry)
        self.up = self._gauge("longtake_replicate_peer_up", "1 while the peer answers, else 0", registry)
        self.to_do = self._gauge(
            "longtake_replicate_to_do_segments", "Segments that are to be pulled now", registry
        )

    @staticmethod
    def _gauge(name: str, help: str, registry: CollectorRegistry) -> Gauge:
        return Gauge(name, help, ["peer"], registry=registry)

    def label(self, peer: str) -> str:
        """What a peer is called in metrics."""
        if peer not in self._labels and len(self._labels) < _MOST_LABELS:
            self._labels[peer] = peer
        return self._labels.get(peer, _OTHERS)

    def forget(self, peer: str) -> None:
        """It is no peer any more: what it is now is not told any longer, what it gave is."""
        if (label := self._labels.get(peer)) is not None:
            for gauge in (self.pass_s, self.up, self.to_do):
                if (label,) in gauge._metrics:  # noqa: SLF001 - remove() raises for what was never set
                    gauge.remove(label)


class PeerReport:
    """One peer's."""

    def __init__(self, peer: Peer, metrics: ReplicateMetrics, clock: Clock) -> None:
        self.peer = peer
        self.counts = Counts()
        self.state = PeerState.STARTING
        self.message: str | None = None
        self.kind: str | None = None
        self.places: set[tuple[str, str]] = set()
        """What it has, as far as it is wanted."""
        self._since_us = clock.now_us()
        self._clock = clock
        self._metrics = metrics
        self._label = metrics.label(peer.name)
        self._last_pass_us: int | None = None
        self._pass_s: float | None = None
        self._last_wrong_us: int | None = None
        self._troubles: dict[object, tuple[PeerState, str]] = {}
        self.own_troubles: dict[object, str] = {}
        """Why what it has cannot be taken, through no fault of the peer."""
        self._to_do: dict[object, tuple[int, int]] = {}

    # What happens

    def done(self, what: Done, size_bytes: int = 0) -> None:
        """One thing more is here, and so many bytes came for it."""
        self.counts.done[what] += 1
        self.counts.bytes += size_bytes
        if what is Done.PULLED:
            self._metrics.pulled.labels(self._label).inc()
        self._metrics.bytes.labels(self._label).inc(size_bytes)

    def skipped(self, reasons: Mapping[str, int]) -> None:
        """Names that are not pulled, by ``Skip`` or ``Reason``."""
        for reason, count in reasons.items():
            if count:
                self.counts.skipped[reason] += count
                self._metrics.skipped.labels(self._label, reason).inc(count)

    def failed(self, failure: Failure) -> None:
        """One thing that could not be had."""
        self.counts.failed[failure.value] += 1
        if failure is Failure.WRONG_BYTES:
            self._last_wrong_us = self._clock.now_us()
        self._metrics.failures.labels(self._label, failure.value).inc()

    # How it stands

    def to_do(self, unit: object, *, hours: int, segments: int) -> None:
        """What one unit of work has before it; nothing at all is told by zeros."""
        if hours or segments:
            self._to_do[unit] = (hours, segments)
        else:
            self._to_do.pop(unit, None)
        self._metrics.to_do.labels(self._label).set(self.segments_to_do)
        self._settle()

    @property
    def hours_to_do(self) -> int:
        """Hours that are known to differ, the one at work included."""
        return sum(hours for hours, _ in self._to_do.values())

    @property
    def segments_to_do(self) -> int:
        """In the hours at work: what others have is not known before they are listed."""
        return sum(segments for _, segments in self._to_do.values())

    def trouble(self, unit: object, state: PeerState, message: str) -> None:
        """One unit of work does not get on."""
        self._troubles[unit] = state, message
        self._settle()

    def has_trouble(self, unit: object) -> bool:
        """Whether that unit of work does not get on."""
        return unit in self._troubles

    def own_trouble(self, unit: object, message: str) -> None:
        """One unit of work does not get on here."""
        self.own_troubles[unit] = message

    def well(self, unit: object) -> None:
        """It does."""
        self._troubles.pop(unit, None)
        self.own_troubles.pop(unit, None)
        self._settle()

    def left(self, unit: object) -> None:
        """There is no such unit any more."""
        self._troubles.pop(unit, None)
        self.own_troubles.pop(unit, None)
        self.to_do(unit, hours=0, segments=0)

    def passed(self, took_s: float) -> None:
        """A pass is over."""
        self._last_pass_us = self._clock.now_us()
        self._pass_s = took_s
        self._metrics.pass_s.labels(self._label).set(took_s)
        self._settle()

    def _settle(self) -> None:
        state, message = self._standing()
        self.message = message
        self._metrics.up.labels(self._label).set(int(state is not PeerState.UNREACHABLE))
        if state is not self.state:
            self.state, self._since_us = state, self._clock.now_us()

    def _standing(self) -> tuple[PeerState, str | None]:
        if self._troubles:
            return min(self._troubles.values(), key=lambda each: _WORST.index(each[0]))
        if self._to_do:
            return PeerState.PULLING, None
        return (PeerState.STARTING if self._last_pass_us is None else PeerState.IDLE), None

    def as_status(self) -> dict[str, object]:
        """For the status file."""
        counts = self.counts
        return {
            "name": self.peer.name,
            "url": redacted(self.peer.url),
            "kind": self.kind,
            "state": self.state.value,
            "since": format_us(self._since_us),
            "message": self.message,
            "last_pass": _told(self._last_pass_us),
            "last_wrong": _told(self._last_wrong_us),
            "pass_s": self._pass_s,
            **{what.value: counts.done[what] for what in Done},
            "bytes": counts.bytes,
            "skipped": dict(counts.skipped),
            "failed": dict(counts.failed),
            "hours_to_do": self.hours_to_do,
            "segments_to_do": self.segments_to_do,
        }


def _told(us: int | None) -> str | None:
    return None if us is None else format_us(us)


_WORST = (PeerState.ITSELF, PeerState.UNREACHABLE, PeerState.REFUSED, PeerState.PULLING, PeerState.IDLE)


def summed(reports: Iterable[PeerReport]) -> Counts:
    """Of all peers together."""
    total = Counts()
    for counts in (report.counts for report in reports):
        total.done.update(counts.done)
        total.bytes += counts.bytes
        total.skipped.update(counts.skipped)
        total.failed.update(counts.failed)
    return total
