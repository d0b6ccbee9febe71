"""The watch of a disk: warns, closes the gates, asks ever more rarely, opens them again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.fakes.stepped_clock import SteppedClock

from longtake.core.errors import StoreUnavailable
from longtake.services.capture import probing
from longtake.services.capture.disks import DiskMetrics, DiskWatch, RoomLimits
from longtake.services.capture.gate import DiskGate

GIB = 1 << 30
PROBES = "probe a disk"


class FakeDisk:
    """Answers as told; ``hangs`` makes probes wait for ``go``."""

    def __init__(self) -> None:
        self.clock: SteppedClock | None = None
        self.takes_s = 0.0
        self.free = 50 * GIB
        self.trouble: str | None = None
        self.hangs = False
        self.go = threading.Event()
        self.waiting = 0
        self.probes = 0
        self.sizes: list[int] = []

    def free_bytes(self) -> int:
        return self.free

    def probe(self, size_bytes: int) -> None:
        self.probes += 1
        self.sizes.append(size_bytes)
        if self.clock is not None:
            self.clock.pass_by(self.takes_s)
        if self.hangs:
            self.waiting += 1
            assert self.go.wait(30)
            self.waiting -= 1
        if self.trouble is not None:
            raise StoreUnavailable(self.trouble)


class Bench:
    """A disk with two folders that are recorded into."""

    def __init__(self, *, warn_hours: float = 24, patience_s: float = 5) -> None:
        self.disk, self.one_folder, self.other_folder = FakeDisk(), FakeDisk(), FakeDisk()
        self.recorded = 0
        self.clock = SteppedClock(self._is_busy)
        self.registry = CollectorRegistry()
        self.watch = DiskWatch(
            "/mnt/a",
            self.disk,
            RoomLimits(reserve_bytes=GIB, warn_hours=warn_hours),
            recorded_bytes=lambda: self.recorded,
            clock=self.clock,
            metrics=DiskMetrics(self.registry),
            patience_s=patience_s,
        )
        self.one: DiskGate = self.watch.gate("one/source", self.one_folder)
        self.other: DiskGate = self.watch.gate("other/source", self.other_folder)
        self.logs: list[str] = []

    def _is_busy(self) -> bool:
        at_work = sum(thread.name == PROBES for thread in threading.enumerate())
        return at_work > sum(disk.waiting for disk in (self.disk, self.one_folder, self.other_folder))

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(name, {"disk": "/mnt/a"})


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Bench]:
    with capture_logs() as logs:
        task = asyncio.create_task(bench.watch.run())
        await bench.clock.settle()
        try:
            yield bench
        finally:
            bench.disk.go.set()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            bench.logs += [f"{log['log_level']}: {log['event']}" for log in logs]


async def test_room_for_less_than_a_day_is_warned_of_once() -> None:
    async with running(Bench()) as bench:
        for _ in range(10):
            await bench.clock.advance(5)
            bench.recorded += 5_000_000  # 86.4 GB a day
        assert is_open(bench.one)
        assert bench.metric("longtake_disk_hours_left") == pytest.approx(49 * GIB / 1e6 / 3600)
    assert bench.logs == ["info: room on the disk", "warning: the disk has little room left"]


async def test_what_comes_in_at_once_at_the_start_is_no_rate() -> None:
    async with running(Bench()) as bench:
        bench.recorded = 10**9
        await bench.clock.advance(14)
    assert bench.logs == ["info: room on the disk"]


async def test_who_is_never_to_be_warned_is_not() -> None:
    async with running(Bench(warn_hours=0)) as bench:
        for _ in range(10):
            await bench.clock.advance(5)
            bench.recorded += 50_000_000
    assert bench.logs == ["info: room on the disk"]


async def test_recording_stops_short_of_filling_the_disk_and_goes_on_with_somewhat_more_room() -> None:
    async with running(Bench()) as bench:
        bench.disk.free = GIB
        await bench.clock.advance(5)
        assert not is_open(bench.one)
        assert not is_open(bench.other)
        assert bench.one.reason == "the disk is nearly full: recording stops short of filling it"
        assert bench.metric("longtake_disk_ok") == 0
        bench.disk.free = GIB + GIB // 20
        await bench.clock.advance(5)
        assert not is_open(bench.one)
        bench.disk.free = 2 * GIB
        await bench.clock.advance(5)
        assert is_open(bench.one)
        assert is_open(bench.other)
        assert bench.metric("longtake_disk_ok") == 1
    assert bench.logs == [
        "info: room on the disk",
        "error: the disk is nearly full: recording stops until there is room again",
        "info: room on the disk",
    ]


async def test_a_disk_that_fails_holds_back_all_who_record_on_it_until_it_works() -> None:
    async with running(Bench()) as bench:
        bench.disk.trouble = bench.one_folder.trouble = bench.other_folder.trouble = "the disk is read-only"
        bench.one.failed(StoreUnavailable("cannot store a segment: the disk is read-only"))
        assert not is_open(bench.one)
        await bench.clock.settle()
        assert not is_open(bench.other)
        assert bench.other.reason == "the disk is read-only"
        assert bench.watch.as_status()["trouble"] == "the disk is read-only"
        await bench.clock.advance(600)
        assert bench.disk.probes < 30
        assert bench.one_folder.probes == 0
        bench.disk.trouble = bench.one_folder.trouble = bench.other_folder.trouble = None
        await bench.clock.advance(70)
        assert is_open(bench.one)
        assert is_open(bench.other)
    assert bench.logs[1] == "error: the disk fails: recording on it pauses until it works again"
    assert bench.logs[-1] == "info: the disk works again"
    assert set(bench.logs[2:-1]) == {"error: the disk still fails"}
    assert 6 <= len(bench.logs[2:-1]) <= 10


async def test_waits_double_up_to_half_a_minute() -> None:
    async with running(Bench()) as bench:
        bench.disk.trouble = "the disk fails"
        await bench.clock.advance(5)
        counts = []
        for wait_s in (1.1, 2.2, 4.4, 8.8, 17.6, 33, 33):
            before = bench.disk.probes
            await bench.clock.advance(wait_s)
            counts.append(bench.disk.probes - before)
        assert counts == [1] * 7


async def test_before_it_counts_as_well_a_disk_must_take_about_a_segment() -> None:
    async with running(Bench()) as bench:
        assert bench.disk.sizes == [4096]
        bench.disk.trouble = "the disk is full"
        await bench.clock.advance(5)
        bench.disk.trouble = None
        await bench.clock.advance(2)
        assert bench.disk.sizes == [4096, 4096, 1 << 20]


async def test_a_folder_that_fails_on_a_disk_that_works_holds_back_no_other() -> None:
    async with running(Bench()) as bench:
        bench.one_folder.trouble = "no permission"
        bench.one.failed(StoreUnavailable("cannot store a segment: no permission"))
        await bench.clock.advance(120)
        assert not is_open(bench.one)
        assert is_open(bench.other)
        assert bench.one.reason == "cannot store a segment: no permission"
        bench.one_folder.trouble = None
        await bench.clock.advance(34)
        assert is_open(bench.one)
    *errors, last = bench.logs[1:]
    assert set(errors) == {"error: the disk does not take segments: recording pauses"}
    assert 2 <= len(errors) <= 3
    assert last == "info: the disk takes segments again"


async def test_a_disk_that_takes_probes_but_no_segments_meets_no_storm() -> None:
    async with running(Bench()) as bench:
        opened = 0
        for _ in range(600):
            if is_open(bench.one):
                opened += 1
                bench.one.failed(StoreUnavailable("cannot store a segment: the disk quota is used up"))
            await bench.clock.advance(1)
        assert 20 < opened < 28
        assert bench.disk.probes < 160
    assert len(bench.logs) < 25


async def test_what_was_well_for_a_minute_is_forgiven() -> None:
    async with running(Bench()) as bench:
        for _ in range(6):
            bench.one.failed(StoreUnavailable("the disk fails"))
            await bench.clock.advance(40)
            assert is_open(bench.one)
        await bench.clock.advance(61)
        bench.one.failed(StoreUnavailable("the disk fails"))
        await bench.clock.advance(1.2)
        assert is_open(bench.one)


async def test_a_disk_that_hangs_costs_one_thread_and_is_told_of() -> None:
    async with running(Bench(patience_s=0.02)) as bench:
        bench.disk.hangs = True
        await bench.clock.advance(5)
        await asyncio.sleep(0.03)
        await bench.clock.settle()
        assert not is_open(bench.one)
        assert bench.one.reason == probing.HUNG == "the disk does not answer"
        for _ in range(5):
            await bench.clock.advance(31)
            await asyncio.sleep(0.03)
        assert bench.disk.probes == 2
        bench.disk.hangs = False
        bench.disk.go.set()
        for _ in range(20):
            await asyncio.sleep(0.01)
            await bench.clock.advance(3)
        assert is_open(bench.one)
    assert bench.logs[1] == "error: the disk fails: recording on it pauses until it works again"
    assert "info: the disk works again" in bench.logs


async def test_a_slow_disk_is_warned_of_and_recorded_on() -> None:
    bench = Bench()
    bench.disk.clock, bench.disk.takes_s = bench.clock, 1.5
    async with running(bench):
        assert is_open(bench.one)
        assert bench.watch.as_status()["slow"] is True
        assert bench.metric("longtake_disk_probe_seconds") == pytest.approx(1.5)
        await bench.clock.advance(20)
        bench.disk.takes_s = 0.01
        await bench.clock.advance(10)
        assert bench.watch.as_status()["slow"] is False
    assert bench.logs == [
        "warning: the disk is slow: a small write takes long; recording goes on",
        "info: room on the disk",
        "info: the disk is no longer slow",
    ]


async def test_who_begins_later_is_held_back_and_let_go_like_the_others() -> None:
    async with running(Bench()) as bench:
        bench.disk.trouble = "the disk is read-only"
        await bench.clock.advance(5)
        folder = FakeDisk()
        late = bench.watch.gate("late/source", folder)
        assert late.reason == "the disk is read-only"
        bench.disk.trouble = None
        await bench.clock.advance(35)
        assert is_open(late)
        late.failed(StoreUnavailable("cannot store a segment: no permission"))
        await bench.clock.advance(35)
        assert folder.probes == 1
        assert is_open(late)


async def test_where_nobody_records_any_more_nothing_is_tried() -> None:
    async with running(Bench()) as bench:
        bench.one.failed(StoreUnavailable("cannot store a segment: no permission"))
        await bench.clock.settle()
        bench.watch.leave(bench.one)
        await bench.clock.advance(60)
        assert bench.one_folder.probes == 0
        assert not is_open(bench.one)
        assert is_open(bench.other)


def is_open(gate: DiskGate) -> bool:
    return gate.is_open
