"""What a recorder says of itself: its state in words, and what it counted. Read by status, page and metrics."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from prometheus_client import Counter as CounterMetric

from longtake.adapters.sources.interface import Located
from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, LiveState, Observation, PollFailure
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import SECOND_US, format_us
from longtake.kit.clock import Clock
from longtake.services.capture.metrics import CaptureMetrics
from longtake.services.capture.recent import MediaRate, RecentTroubles, shown

__all__ = ["CaptureMetrics", "Missed", "RecorderReport", "RecorderState"]


class RecorderState(StrEnum):
    """What a recorder does at present."""

    STARTING = "starting"
    RECORDING = "recording"
    STALLED = "stalled"
    """The stream is there, but its segments do not come, or come too slowly."""
    DOWN = "down"
    """The source says that the stream is not live, or it stands still; tried again and again."""
    REFUSED = "refused"
    """The source answers, but a person may have to look: no permission, wrong quality, encrypted, or the site has changed."""
    UNREACHABLE = "unreachable"
    """No usable answer: the network, DNS, TLS, or a server in trouble; tried again and again."""
    PAUSED = "paused"
    """The disk has no room or fails."""


class Missed(StrEnum):
    """Why a segment that was offered is not here whole."""

    GONE = "gone"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BROKEN_OFF = "broken_off"
    """A part of it is here."""
    DISK = "disk"
    TOO_MANY = "too_many"
    MISTAKE = "mistake"


_OUTCOMES = {
    FailureKind.GONE: "gone",
    FailureKind.REFUSED: "refused",
    FailureKind.UNREACHABLE: "unreachable",
    FailureKind.NO_PLAYLIST: "no_playlist",
}
_BITRATE_HOLDS_US = 60 * SECOND_US


class RecorderReport:
    """One recorder's account. Not thread-safe: it lives in the event loop."""

    def __init__(self, channel: str, quality: str, clock: Clock, metrics: CaptureMetrics) -> None:
        self._channel = channel
        self._quality = quality
        self._clock = clock
        self._metrics = metrics
        self._source = ""
        self._important = False
        self._disk: str | None = None
        self._state = RecorderState.STARTING
        self._since_us = clock.now_us()
        self._message: str | None = None
        self._types: Counter[SegmentType] = Counter()
        self._bytes = 0
        self._retries = 0
        self._missed: Counter[Missed] = Counter()
        self._ads = self._gaps = self._date_jumps = 0
        self._date_jump_us: int | None = None
        self._troubles = RecentTroubles()
        self.last_error: str | None = None
        """Why a download failed, the last time that one did."""
        self.last_failure: Missed | None = None
        """In which way, if that is known; until a segment is kept again."""
        self._owed_since_s: float | None = None
        self._last_end_us: int | None = None
        self._lag_s: float | None = None
        self._rate = MediaRate()
        self._bitrate_bps: float | None = None
        self._kept_us = 0
        self._newest: SegmentFacts | None = None
        self._located_us: int | None = None
        self._failed_look_up: PollFailure | None = None
        self.renew_s: float | None = None
        """When a new address is due. Monotonic seconds."""
        self.disk_trouble: str | None = None
        """What the disk refuses, until a segment is kept again."""
        self._of_type: dict[SegmentType, CounterMetric] = {}
        self._polls: dict[str, CounterMetric] = {}
        self._recording = metrics.recording.labels(channel, quality)
        self._recorded = metrics.bytes.labels(channel, quality)
        self._measured = [
            gauge.labels(channel, quality) for gauge in (metrics.last_end, metrics.lag, metrics.bitrate)
        ]
        self._states = {state: metrics.state.labels(channel, quality, state.value) for state in RecorderState}
        for state, gauge in self._states.items():
            gauge.set(int(state is self._state))
        self._recording.set(0)

    @property
    def state(self) -> RecorderState:
        """As of now."""
        return self._state

    @property
    def message(self) -> str | None:
        """Why, in words."""
        return self._message

    @property
    def bytes(self) -> int:
        """Recorded so far."""
        return self._bytes

    def describe(
        self, *, source: str | None = None, important: bool | None = None, disk: str | None = None
    ) -> None:
        """What is recorded, and where to. What is None stays as it is."""
        self._source = self._source if source is None else source
        self._important = self._important if important is None else important
        self._disk = self._disk if disk is None else disk

    def offered(self) -> None:
        """The source shows new segments: one should be kept soon."""
        if self._owed_since_s is None:
            self._owed_since_s = self._clock.monotonic_s()

    def kept_nothing_for_s(self) -> float:
        """Seconds since segments were offered of which none was kept."""
        return 0.0 if self._owed_since_s is None else self._clock.monotonic_s() - self._owed_since_s

    def enter(self, state: RecorderState, message: str | None = None) -> bool:
        """Notes a state; ``message`` says why, in words. True if the state itself is new."""
        if message != self._message:
            self._message = None if message is None else shown(message)
        if state is self._state:
            return False
        self._states[self._state].set(0)
        self._states[state].set(1)
        self._state = state
        self._since_us = self._clock.now_us()
        self._recording.set(int(state is RecorderState.RECORDING))
        return True

    def looked_up(self, outcome: Located | PollFailure) -> None:
        """The source was asked where the stream is."""
        if isinstance(outcome, PollFailure):
            self._failed_look_up = outcome
            self._trouble(outcome)
            word = _OUTCOMES[outcome.kind]
        else:
            self._located_us = self._clock.now_us()
            word = "found"
        self._metrics.lookups.labels(self._channel, self._quality, word).inc()

    def polled(self, before: LiveState, seen: Observation, answer: MediaPlaylist | PollFailure) -> None:
        """The playlist was asked for, and this came of it."""
        if isinstance(answer, PollFailure):
            self._failed(answer, is_last_try=seen.ask_anew is not None)
            return
        after = seen.state
        self._poll("news" if after.order > before.order else "nothing")
        if after.ads_skipped > before.ads_skipped:
            self._ads += self._more(self._metrics.ads, after.ads_skipped - before.ads_skipped)
        if after.gaps_announced > before.gaps_announced:
            self._gaps += self._more(self._metrics.gaps, after.gaps_announced - before.gaps_announced)
        if after.date_jumps > before.date_jumps:
            self._date_jumps += self._more(self._metrics.date_jumps, after.date_jumps - before.date_jumps)
            self._date_jump_us = after.date_jump_us

    def _failed(self, answer: PollFailure, *, is_last_try: bool) -> None:
        self._poll(_OUTCOMES[answer.kind])
        if answer is not self._failed_look_up:  # which is noted
            self._trouble(answer)
        if not is_last_try:
            self.last_error = shown(answer.reason)
            self._count_retry()

    def _more(self, counter: CounterMetric, by: int) -> int:
        counter.labels(self._channel, self._quality).inc(by)
        return by

    def _poll(self, outcome: str) -> None:
        if outcome not in self._polls:
            self._polls[outcome] = self._metrics.polls.labels(self._channel, self._quality, outcome)
        self._polls[outcome].inc()

    def _trouble(self, failure: PollFailure) -> None:
        """That a stream is not live is none."""
        if failure.kind is not FailureKind.GONE:
            self._noted(failure.reason)

    def _noted(self, reason: str) -> str:
        line = shown(reason)
        self._troubles.note(line, now_us=self._clock.now_us())
        return line

    def kept(
        self,
        segment: Segment,
        size_bytes: int,
        *,
        is_media: bool = True,
        facts: SegmentFacts | None = None,
    ) -> None:
        """A segment is durable. What is no media (an error page, nothing) does not count as recording."""
        self.disk_trouble = None
        if is_media:
            self._owed_since_s = self.last_failure = None
        self._types[segment.type] += 1
        self._bytes += size_bytes
        self._count(segment.type).inc()
        self._recorded.inc(size_bytes)
        if self._last_end_us is None or segment.end_us > self._last_end_us:
            self._is_newest(segment, facts if is_media else None)
        self._bitrate_bps = self._rate.add(segment.duration_us, size_bytes)
        self._measured[2].set(self._bitrate_bps or 0)

    def _is_newest(self, segment: Segment, facts: SegmentFacts | None) -> None:
        now_us = self._clock.now_us()
        self._newest = facts or self._newest
        self._last_end_us, self._kept_us = segment.end_us, now_us
        self._lag_s = (now_us - segment.end_us) / SECOND_US
        self._measured[0].set(segment.end_us / SECOND_US)
        self._measured[1].set(self._lag_s)

    def _count(self, type: SegmentType) -> CounterMetric:
        """Looked up once: finding a metric by its labels costs more than counting."""
        if type not in self._of_type:
            self._of_type[type] = self._metrics.segments.labels(self._channel, self._quality, type.value)
        return self._of_type[type]

    def had(self) -> None:
        """A segment that was offered is here already."""
        self._owed_since_s = None

    def retried(self, reason: str, failure: Missed | None = None) -> None:
        """A download failed in that way and is tried again."""
        self.last_error, self.last_failure = self._noted(reason), failure
        self._count_retry()

    def _count_retry(self) -> None:
        self._retries += 1
        self._metrics.retries.labels(self._channel, self._quality).inc()

    def doubted(self, reason: str) -> None:
        """What is here of a segment is doubtful, and no better is to be had."""
        self.last_error = self._noted(reason)

    def missed(self, reason: str, missed: Missed) -> None:
        """A segment that was offered is lost to this node; ``reason`` is for people."""
        self._missed[missed] += 1
        self.last_error, self.last_failure = self._noted(reason), missed
        self._metrics.missed.labels(self._channel, self._quality, missed.value).inc()

    def as_status(self) -> dict[str, object]:
        """For the status file."""
        return {
            "channel": self._channel,
            "quality": self._quality,
            "source": self._source,
            "important": self._important,
            "disk": self._disk,
            "state": self._state.value,
            "since": format_us(self._since_us),
            "message": self._message,
            **self._of_the_stream(),
            "segments": {segment_type.value: count for segment_type, count in self._types.items()},
            "bytes": self._bytes,
            "ads": self._ads,
            "gaps": self._gaps,
            "date_jumps": self._date_jumps,
            "date_jump_s": None if self._date_jump_us is None else self._date_jump_us / SECOND_US,
            "retries": self._retries,
            "missed": self._missed.total(),
            "missed_because": {missed.value: count for missed, count in self._missed.items()},
            "last_error": self.last_error,
            "errors": self._troubles.as_status(),
        }

    def _of_the_stream(self) -> dict[str, object]:
        """Where it is, and what came of it last."""
        now_us, newest = self._clock.now_us(), self._newest
        renew_us = None
        if self.renew_s is not None:
            renew_us = now_us + round((self.renew_s - self._clock.monotonic_s()) * SECOND_US)
        is_fresh = now_us - self._kept_us <= _BITRATE_HOLDS_US
        return {
            "located": _time(self._located_us),
            "renew": _time(renew_us),
            "last_segment_end": _time(self._last_end_us),
            "lag_s": self._lag_s,
            "bitrate_bps": self._bitrate_bps if is_fresh else None,
            "width": newest and newest.width,
            "height": newest and newest.height,
            "frame_rate": newest and newest.frame_rate,
            "codecs": newest and newest.codecs,
        }


def _time(moment_us: int | None) -> str | None:
    return None if moment_us is None else format_us(moment_us)
