"""What a restart would miss is on disk soon, and no more often than needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog
from structlog.testing import capture_logs
from tests.fakes.live_playlists import Recording, undated

from longtake.core.errors import StoreUnavailable
from longtake.core.live import LiveState, encode_memory
from longtake.services.capture.memory import LiveMemory


@dataclass
class Shelf:
    """Remembers, or fails; and holds each write until it is let go."""

    kept: list[str] = field(default_factory=list)
    failing: bool = False
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def recall(self) -> str | None:
        if self.failing:
            raise StoreUnavailable("the disk fails")
        return self.kept[-1] if self.kept else None

    async def remember(self, text: str) -> None:
        await self.free.wait()
        if self.failing:
            raise StoreUnavailable("the disk fails")
        self.kept.append(text)


@dataclass
class SetClock:
    """Stands where the test sets it."""

    at_s: float = 100.0

    def now_us(self) -> int:
        return round(self.at_s * 1_000_000)

    def monotonic_s(self) -> float:
        return self.at_s

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(0)


def states(count: int) -> list[LiveState]:
    recording = Recording()
    return [recording.poll(undated(number, number + 2), 2.0 * number).state for number in range(count)]


def memory_of(shelf: Shelf, clock: SetClock) -> LiveMemory:
    return LiveMemory(shelf, clock, structlog.get_logger())  # type: ignore[arg-type]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_written_at_most_every_two_seconds_and_at_the_end() -> None:
    shelf, clock = Shelf(), SetClock()
    shelf.free.set()
    memory = memory_of(shelf, clock)
    first, second, third, fourth = states(4)
    for state, at_s in ((first, 100.0), (second, 101.9), (third, 102.0), (fourth, 103.0)):
        clock.at_s = at_s
        memory.note(state)
        await settled()
    assert shelf.kept == [encode_memory(first), encode_memory(third)]
    await memory.close(fourth)
    assert shelf.kept[-1] == encode_memory(fourth)
    assert (await memory_of(shelf, clock).recall()).anchors.keys() == {3, 4, 5}


async def test_a_slow_disk_is_written_to_once_at_a_time() -> None:
    shelf, clock = Shelf(), SetClock()
    memory = memory_of(shelf, clock)
    known = states(9)
    for state in known:
        clock.at_s += 2
        memory.note(state)
        await settled()
    assert shelf.kept == []
    shelf.free.set()
    await memory.close(known[-1])
    assert shelf.kept == [encode_memory(known[0]), encode_memory(known[-1])]


async def test_a_failing_disk_costs_times_alone() -> None:
    shelf, clock = Shelf(failing=True), SetClock()
    shelf.free.set()
    memory = memory_of(shelf, clock)
    (state,) = states(1)
    with capture_logs() as logs:
        assert await memory.recall() == LiveState()
        memory.note(state)
        await memory.close(state)
    assert [entry["reason"] for entry in logs] == ["the disk fails"] * 3


async def test_a_dated_stream_is_not_written_at_the_end() -> None:
    shelf = Shelf()
    shelf.free.set()
    await memory_of(shelf, SetClock()).close(LiveState())
    assert shelf.kept == []
