"""The metrics of all recorders of a process. Labels: channel, quality, and a third of few values."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

_PLACE = ("channel", "quality")


class CaptureMetrics:
    """What is counted and measured. Finding one by its labels costs more than counting: recorders keep what they found."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._all: list[tuple[Counter | Gauge, list[str]]] = []
        self.segments = self._counter("segments", "Segments recorded", "type")
        self.bytes = self._counter("bytes", "Bytes recorded")
        self.retries = self._counter("retries", "Downloads that failed and were tried again")
        self.missed = self._counter(
            "missed", "Segments that the source offered and we could not get", "reason"
        )
        self.ads = self._counter("ads", "Segments of ad breaks, which are not recorded")
        self.gaps = self._counter("gaps", "Segments that the source itself does not have")
        self.date_jumps = self._counter("date_jumps", "Stated times that are not where the one before ends")
        self.polls = self._counter("polls", "Questions for the playlist", "outcome")
        self.lookups = self._counter("lookups", "Questions where the playlist is", "outcome")
        self.last_end = self._gauge(
            "last_segment_end_seconds", "End of the newest recorded segment, Unix time"
        )
        self.lag = self._gauge(
            "lag_seconds", "From the end of the newest recorded segment to it being durable"
        )
        self.bitrate = self._gauge("bitrate", "Bits per second of what was recorded last, by its media time")
        self.recording = self._gauge("recording", "1 while segments come in, else 0")
        self.state = self._gauge("state", "1 for the state that the recorder is in", "state")

    def forget(self, channel: str, quality: str) -> None:
        """What was counted for a recorder that there is no more."""
        for metric, labels in self._all:
            samples = [sample.labels for family in metric.collect() for sample in family.samples]
            for values in {tuple(sample[label] for label in labels) for sample in samples}:
                if values[:2] == (channel, quality):
                    metric.remove(*values)

    def _counter(self, name: str, words: str, *more: str) -> Counter:
        labels = [*_PLACE, *more]
        counter = Counter(f"longtake_capture_{name}", words, labels, registry=self._registry)
        self._all.append((counter, labels))
        return counter

    def _gauge(self, name: str, words: str, *more: str) -> Gauge:
        labels = [*_PLACE, *more]
        gauge = Gauge(f"longtake_capture_{name}", words, labels, registry=self._registry)
        self._all.append((gauge, labels))
        return gauge
