"""What is counted of pictures. The labels are forms and results: nothing that a client can make up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.01, 0.03, 0.05, 0.08, 0.15, 0.3, 1, 3, 10)


class PictureMetrics:
    """For one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._pictures = Counter(
            "longtake_pictures",
            "Pictures by form, by whether a keyframe would do, and by whether they were made",
            ["form", "frame", "result"],
            registry=registry,
        )
        self._seconds = Histogram(
            "longtake_picture_seconds",
            "Time to make a picture, without the time that it waited for its turn",
            ["form", "frame"],
            buckets=_SECONDS,
            registry=registry,
        )

    @contextmanager
    def measured(self, form: str, *, keyframe: bool) -> Iterator[None]:
        """Around the making of one."""
        frame = "key" if keyframe else "exact"
        began_s = time.perf_counter()
        result = "failed"
        try:
            yield
            result = "made"
            self._seconds.labels(form, frame).observe(time.perf_counter() - began_s)
        finally:
            self._pictures.labels(form, frame, result).inc()
