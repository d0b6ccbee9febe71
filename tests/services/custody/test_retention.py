"""What is too old goes, and nothing else."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry
from tests.fakes.recording import at_us, record

from longtake.adapters.store.disk import DiskStore
from longtake.core.times import SECOND_US
from longtake.services.custody.retention import Retention


class StoppedClock:
    """Always the same time."""

    def __init__(self, now: str) -> None:
        self._now_us = at_us(now)

    def now_us(self) -> int:
        return self._now_us

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, delay_s: float) -> None:
        raise AssertionError("one pass does not wait")


async def test_old_segments_go_and_young_ones_stay(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    recorded = await record(store, start="2024-11-24T03:59:56Z", count=5)
    await record(store, quality="360p", start="2024-11-24T03:00:00Z", count=2)
    retention = Retention(
        store,
        StoppedClock("2024-11-24T05:00:01Z"),
        keep_us=3600 * SECOND_US,
        registry=CollectorRegistry(),
    )
    assert await retention.once() == 4
    left = [
        segment
        for hour in await store.hours("demo", "source")
        for segment in (await store.listing("demo", "source", hour)).segments
    ]
    assert left == [one.segment for one in recorded[2:]]
    assert await store.hours("demo", "360p") == []
    assert await retention.once() == 0
    store.close()
