"""What a recorder says of itself: its state in words, and what it counted. Read by status, page and metrics."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as CounterMetric

from longtake.core.segments import Segment, SegmentType
from longtake.core.times import SECOND_US, format_us
from longtake.kit.clock import Clock


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


class CaptureMetrics:
    """The metrics of all recorders of this process. Labels: channel, quality, and a bounded third."""

    def __init__(self, registry: CollectorRegistry) -> None:
        place = ["channel", "quality"]
        self.segments = CounterMetric(
            "longtake_capture_segments", "Segments recorded", [*place, "type"], registry=registry
        )
        self.bytes = CounterMetric("longtake_capture_bytes", "Bytes recorded", place, registry=registry)
        self.retries = CounterMetric(
            "longtake_capture_retries", "Downloads that failed and were tried again", place, registry=registry
        )
        self.missed = CounterMetric(
            "longtake_capture_missed",
            "Segments that the source offered and we could not get",
            [*place, "reason"],
            registry=registry,
        )
        self.last_end = Gauge(
            "longtake_capture_last_segment_end_seconds",
            "End of the newest recorded segment, Unix time",
            place,
            registry=registry,
        )
        self.recording = Gauge(
            "longtake_capture_recording", "1 while segments come in, else 0", place, registry=registry
        )


class RecorderReport:
    """One recorder's account. Not thread-safe: it lives in the event loop."""

    def __init__(self, channel: str, quality: str, clock: Clock, metrics: CaptureMetrics) -> None:
        self._channel = channel
        self._quality = quality
        self._clock = clock
        self._metrics = metrics
        self._state = RecorderState.STARTING
        self._since_us = clock.now_us()
        self._message: str | None = None
        self._types: Counter[SegmentType] = Counter()
        self._bytes = 0
        self._retries = 0
        self._missed: Counter[Missed] = Counter()
        self.last_error: str | None = None
        """Why a download failed, the last time that one did."""
        self._owed_since_s: float | None = None
        self._last_end_us: int | None = None
        self._lag_s: float | None = None
        self.disk_trouble: str | None = None
        """What the disk refuses, until a segment is kept again."""
        self._recording = metrics.recording.labels(channel, quality)
        self._recorded = metrics.bytes.labels(channel, quality)
        self._of_type: dict[SegmentType, CounterMetric] = {}
        self._recording.set(0)

    @property
    def state(self) -> RecorderState:
        """As of now."""
        return self._state

    @property
    def bytes(self) -> int:
        """Recorded so far."""
        return self._bytes

    def offered(self) -> None:
        """The source shows new segments: one should be kept soon."""
        if self._owed_since_s is None:
            self._owed_since_s = self._clock.monotonic_s()

    def kept_nothing_for_s(self) -> float:
        """Seconds since segments were offered of which none was kept."""
        return 0.0 if self._owed_since_s is None else self._clock.monotonic_s() - self._owed_since_s

    def enter(self, state: RecorderState, message: str | None = None) -> bool:
        """Notes a state; ``message`` says why, in words. True if the state itself is new."""
        changed = state is not self._state
        if changed:
            self._state = state
            self._since_us = self._clock.now_us()
        self._message = message
        self._recording.set(int(state is RecorderState.RECORDING))
        return changed

    def kept(self, segment: Segment, size_bytes: int, *, is_media: bool = True) -> None:
        """A segment is durable. What is no media (an error page, nothing) does not count as recording."""
        self.disk_trouble = None
        if is_media:
            self._owed_since_s = None
        self._types[segment.type] += 1
        self._bytes += size_bytes
        self._count(segment.type).inc()
        self._recorded.inc(size_bytes)
        if self._last_end_us is None or segment.end_us > self._last_end_us:
            self._last_end_us = segment.end_us
            self._lag_s = (self._clock.now_us() - segment.end_us) / SECOND_US
            self._metrics.last_end.labels(self._channel, self._quality).set(segment.end_us / SECOND_US)

    def _count(self, type: SegmentType) -> CounterMetric:
        """Looked up once: finding a metric by its labels costs more than counting."""
        if type not in self._of_type:
            self._of_type[type] = self._metrics.segments.labels(self._channel, self._quality, type.value)
        return self._of_type[type]

    def had(self) -> None:
        """A segment that was offered is here already."""
        self._owed_since_s = None

    def retried(self, reason: str) -> None:
        """A download failed and is tried again."""
        self._retries += 1
        self.last_error = reason
        self._metrics.retries.labels(self._channel, self._quality).inc()

    def doubted(self, reason: str) -> None:
        """What is here of a segment is doubtful, and no better is to be had."""
        self.last_error = reason

    def missed(self, reason: str, missed: Missed) -> None:
        """A segment that was offered is lost to this node; ``reason`` is for people."""
        self._missed[missed] += 1
        self.last_error = reason
        self._metrics.missed.labels(self._channel, self._quality, missed.value).inc()

    def as_status(self) -> dict[str, object]:
        """For the status file."""
        return {
            "channel": self._channel,
            "quality": self._quality,
            "state": self._state.value,
            "since": format_us(self._since_us),
            "message": self._message,
            "last_segment_end": None if self._last_end_us is None else format_us(self._last_end_us),
            "lag_s": self._lag_s,
            "segments": {segment_type.value: count for segment_type, count in self._types.items()},
            "bytes": self._bytes,
            "retries": self._retries,
            "missed": self._missed.total(),
            "missed_because": {missed.value: count for missed, count in self._missed.items()},
            "last_error": self.last_error,
        }
