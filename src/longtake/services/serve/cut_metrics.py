"""What is counted of cuts. The labels are kinds of cuts and ways to end: nothing that a client can make up."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from longtake.adapters.web.streaming import BodyEnd
from longtake.core.cutting import CutKind

_FIRST_BYTE_S = (0.03, 0.1, 0.2, 0.3, 0.5, 1, 3, 10, 60)
_WHOLE_S = (0.1, 0.3, 0.5, 1, 2, 3, 10, 30, 100, 300, 1000, 3600)


class CutMetrics:
    """For one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._started = Counter("longtake_cuts_started", "Cuts whose work began", ["kind"], registry=registry)
        self._ended = Counter(
            "longtake_cuts_ended", "Cuts by how they ended", ["kind", "end"], registry=registry
        )
        self._running = Gauge("longtake_cuts_running", "Cuts that hold a place now", registry=registry)
        self._bytes = Counter(
            "longtake_cut_bytes", "Bytes of cuts that went out", ["kind"], registry=registry
        )
        self._first_byte_s = Histogram(
            "longtake_cut_first_byte_seconds",
            "From the request to the first bytes of a cut",
            ["kind"],
            buckets=_FIRST_BYTE_S,
            registry=registry,
        )
        self._whole_s = Histogram(
            "longtake_cut_seconds",
            "From the request to the end of a cut that went out whole",
            ["kind"],
            buckets=_WHOLE_S,
            registry=registry,
        )

    def begin(self, kind: CutKind) -> CutMeter:
        """A cut whose work begins now."""
        self._started.labels(kind.value).inc()
        self._running.inc()
        return CutMeter(self, kind)

    def first_byte(self, kind: CutKind, seconds: float) -> None:
        """The first bytes are there."""
        self._first_byte_s.labels(kind.value).observe(seconds)

    def over(self, kind: CutKind, end: BodyEnd, sent_bytes: int, seconds: float) -> None:
        """It has ended."""
        self._running.dec()
        self._ended.labels(kind.value, end.value).inc()
        self._bytes.labels(kind.value).inc(sent_bytes)
        if end is BodyEnd.WHOLE:
            self._whole_s.labels(kind.value).observe(seconds)


class CutMeter:
    """Follows one cut."""

    def __init__(self, metrics: CutMetrics, kind: CutKind) -> None:
        self._metrics = metrics
        self._kind = kind
        self._began_s = time.perf_counter()

    def first_byte(self) -> None:
        """The first bytes are there."""
        self._metrics.first_byte(self._kind, time.perf_counter() - self._began_s)

    def over(self, end: BodyEnd, sent_bytes: int) -> None:
        """It has ended. To be called once."""
        self._metrics.over(self._kind, end, sent_bytes, time.perf_counter() - self._began_s)
