"""Watches the room on the disk, and holds the recorders back when there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Gauge

from longtake.core.errors import StoreUnavailable
from longtake.core.room import Room, RoomVerdict, assess_room
from longtake.core.times import format_size
from longtake.kit.clock import Clock
from longtake.services.capture.gate import DiskGate

_EVERY_S = 5
_RATE_OVER_S = 60
_WARM_UP_S = 15

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimits:
    """``warn_hours`` None: never warn (what is recorded is also removed again, as in the demo)."""

    reserve_bytes: int
    warn_hours: float | None = 24


class RoomWatch:
    """Measures free space and the rate of recording; opens and closes the gate."""

    def __init__(
        self,
        limits: RoomLimits,
        *,
        free_bytes: Callable[[], int],
        recorded_bytes: Callable[[], int],
        clock: Clock,
        gate: DiskGate,
        registry: CollectorRegistry,
    ) -> None:
        self._limits = limits
        self._free_bytes = free_bytes
        self._recorded_bytes = recorded_bytes
        self._clock = clock
        self._gate = gate
        self._samples: list[tuple[float, int]] = []
        self._began_s: float | None = None
        self._free = Gauge("longtake_disk_free_bytes", "Free space where the store lies", registry=registry)
        self._hours = Gauge(
            "longtake_disk_hours_left", "Hours of recording until the reserve is reached", registry=registry
        )
        self.room: Room | None = None

    async def run(self) -> None:
        """For ever, every few seconds."""
        while True:
            await self._look()
            await self._clock.sleep(_EVERY_S)

    async def _look(self) -> None:
        try:
            free = await asyncio.to_thread(self._free_bytes)
        except StoreUnavailable as error:
            _log.error("cannot measure the room on the disk", reason=str(error))
            return
        room = assess_room(
            free_bytes=free,
            reserve_bytes=self._reserve_bytes(),
            bytes_per_s=self._bytes_per_s(),
            warn_hours=self._limits.warn_hours or 0,
        )
        self._free.set(room.free_bytes)
        if room.hours is not None:
            self._hours.set(room.hours)
        if self.room is None or room.verdict is not self.room.verdict:
            _announce(room)
        if room.verdict is RoomVerdict.NONE:
            self._gate.close("the disk is nearly full: recording stops short of filling it")
        else:
            self._gate.open()
        self.room = room

    def _reserve_bytes(self) -> int:
        """Once recording has stopped, somewhat more must be free before it goes on: no flapping at the edge."""
        reserve = self._limits.reserve_bytes
        return reserve if self._gate.is_open else reserve + reserve // 20

    def _bytes_per_s(self) -> float:
        """Over the last minute; 0 at first, while what the playlists hold comes in all at once."""
        self._began_s = self._clock.monotonic_s() if self._began_s is None else self._began_s
        if self._clock.monotonic_s() - self._began_s < _WARM_UP_S:
            return 0.0
        now = (self._clock.monotonic_s(), self._recorded_bytes())
        self._samples = [sample for sample in self._samples if now[0] - sample[0] <= _RATE_OVER_S] + [now]
        first = self._samples[0]
        return (now[1] - first[1]) / (now[0] - first[0]) if now[0] > first[0] else 0.0


def _announce(room: Room) -> None:
    free = format_size(room.free_bytes)
    if room.verdict is RoomVerdict.NONE:
        _log.error("the disk is nearly full: recording stops until there is room again", free=free)
    elif room.verdict is RoomVerdict.LOW:
        _log.warning("the disk has little room left", free=free, hours_left=round(room.hours or 0, 1))
    else:
        _log.info("room on the disk", free=free)
