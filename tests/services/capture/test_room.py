"""The room watch: warns, closes the gate, opens it again."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from longtake.services.capture.gate import DiskGate
from longtake.services.capture.room import RoomLimits, RoomWatch

GIB = 1 << 30


class SteppedClock:
    """Each sleep is a step; the last one ends the watch."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self._now_s = 0.0

    def now_us(self) -> int:
        return round(self._now_s * 1e6)

    def monotonic_s(self) -> float:
        return self._now_s

    async def sleep(self, delay_s: float) -> None:
        self._now_s += delay_s
        self._left -= 1
        if self._left == 0:
            raise asyncio.CancelledError


async def watch(
    free: list[int], recorded: list[int], *, warn_hours: float = 24
) -> tuple[list[bool], list[str]]:
    """The gate after each look, and what was logged."""
    gate, seen = DiskGate(), []
    frees, counts = iter(free), iter(recorded)

    def next_free() -> int:
        seen.append(gate.is_open)
        return next(frees)

    room = RoomWatch(
        RoomLimits(reserve_bytes=GIB, warn_hours=warn_hours),
        free_bytes=next_free,
        recorded_bytes=lambda: next(counts),
        clock=SteppedClock(len(free)),
        gate=gate,
        registry=CollectorRegistry(),
    )
    with capture_logs() as logs, suppress(asyncio.CancelledError):
        await room.run()
    return [*seen[1:], gate.is_open], [f"{log['log_level']}: {log['event']}" for log in logs]


async def test_room_for_less_than_a_day_is_warned_of_once() -> None:
    # 5 MB in 5 s: 86.4 GB a day.
    gates, logs = await watch([50 * GIB] * 5, [0, 5_000_000])
    assert gates == [True] * 5
    assert logs == ["info: room on the disk", "warning: the disk has little room left"]


async def test_what_comes_in_at_once_at_the_start_is_no_rate() -> None:
    _, logs = await watch([50 * GIB] * 3, [0, 500_000_000, 1_000_000_000])
    assert logs == ["info: room on the disk"]


async def test_recording_stops_short_of_filling_the_disk_and_goes_on() -> None:
    gates, logs = await watch([2 * GIB, GIB, GIB, 3 * GIB], [0, 0, 0, 0])
    assert gates == [True, False, False, True]
    assert logs == [
        "info: room on the disk",
        "error: the disk is nearly full: recording stops until there is room again",
        "info: room on the disk",
    ]


async def test_who_is_never_to_be_warned_is_not() -> None:
    _, logs = await watch([2 * GIB] * 5, [0, 50_000_000], warn_hours=0)
    assert logs == ["info: room on the disk"]
