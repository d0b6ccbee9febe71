"""Watches a disk that is recorded to: its room, and whether it works. Holds back all who record on it while it does not.

===========================  =============================================================================
the disk                     what is done
===========================  =============================================================================
has little room left         said once; recording goes on
is at its reserve            its gates close, until somewhat more than the reserve is free
fails, does not answer       its gates close; it is asked after 1, 2, 4 … 30 s, and they open when it works
is slow                      said once; recording goes on
===========================  =============================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Gauge

from longtake.core.room import Room, RoomVerdict, assess_room
from longtake.core.times import format_size
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.place import PROBE_BYTES, Place
from longtake.services.capture.probing import PATIENCE_S, Disk, Probed, Probing
from longtake.services.capture.rate import RecordingRate

_EVERY_S = 5
_SAID_EVERY_S = 60
_SLOW_S = 1.0
_NO_LONGER_SLOW_S = 0.5
_USUAL_PROBE_BYTES = 4096
_NEARLY_FULL = "the disk is nearly full: recording stops short of filling it"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimits:
    """``warn_hours`` None: never warn (what is recorded is also removed again, as in the demo)."""

    reserve_bytes: int
    warn_hours: float | None = 24


class DiskMetrics:
    """Of all disks of this process. Label: the disk's mount point."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ok = self._gauge("longtake_disk_ok", "1 while the disk takes recordings, else 0", registry)
        self.free = self._gauge("longtake_disk_free_bytes", "Free space on the disk", registry)
        self.hours = self._gauge(
            "longtake_disk_hours_left", "Hours of recording until the reserve is reached", registry
        )
        self.probe = self._gauge(
            "longtake_disk_probe_seconds", "How long a small write to the disk took, the last time", registry
        )

    @staticmethod
    def _gauge(name: str, help: str, registry: CollectorRegistry) -> Gauge:
        return Gauge(name, help, ["disk"], registry=registry)


class DiskWatch:
    """One disk, and the gates of all who record on it. ``name`` is its mount point."""

    def __init__(
        self,
        name: str,
        disk: Disk,
        limits: RoomLimits,
        *,
        recorded_bytes: Callable[[], int],
        clock: Clock,
        metrics: DiskMetrics,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.name = name
        self.room: Room | None = None
        self.trouble: str | None = None
        """Why nothing is recorded on it, other than for want of room."""
        self.is_slow = False
        self._probing = Probing(disk, clock, patience_s=patience_s)
        self._limits = limits
        self._rate = RecordingRate(recorded_bytes, clock)
        self._clock = clock
        self._metrics = metrics
        self._places: dict[DiskGate, Place] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._watching: dict[Place, asyncio.Task[None]] = {}
        self._called = asyncio.Event()
        self._backoff = Backoff(first_s=1, longest_s=30)
        self._failing_since_s = 0.0
        self._said_s = 0.0

    def gate(self, name: str, folder: Disk) -> DiskGate:
        """The gate for who records into a folder of this disk, at any time: closed if the disk does not do."""
        gate = DiskGate(self._called.set)
        place = self._places[gate] = Place(name, gate, Probing(folder, self._clock), self._clock)
        self._set_gate(gate)
        self._look_after(place)
        return gate

    def leave(self, gate: DiskGate) -> None:
        """Nobody records there any more."""
        if (watching := self._watching.pop(self._places.pop(gate), None)) is not None:
            watching.cancel()

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self._watch(), name=f"watch the disk {self.name}")
            for place in self._places.values():
                self._look_after(place)

    def _look_after(self, place: Place) -> None:
        if self._tasks is not None:
            name = f"watch the folder of {place.name}"
            self._watching[place] = self._tasks.create_task(place.run(), name=name)

    def as_status(self) -> dict[str, object]:
        """For the status file."""
        room = self.room
        return {
            "name": self.name,
            "trouble": self.trouble,
            "slow": self.is_slow,
            "free_bytes": room.free_bytes if room else None,
            "hours": room.hours if room else None,
            "verdict": room.verdict.value if room else None,
        }

    async def _watch(self) -> None:
        while True:
            self._called.clear()
            self._take_in(await self._probing.attempt(PROBE_BYTES if self.trouble else _USUAL_PROBE_BYTES))
            await self._pause()

    async def _pause(self) -> None:
        """Who meets a failure has the disk asked at once, unless it is known to fail."""
        if self.trouble is not None:
            await self._clock.sleep(self._backoff.next_delay_s())
            return
        self._backoff.reset()
        waits = [
            asyncio.ensure_future(self._clock.sleep(_EVERY_S)),
            asyncio.ensure_future(self._called.wait()),
        ]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for wait in done:
            wait.result()

    def _take_in(self, probed: Probed) -> None:
        self._metrics.probe.labels(self.name).set(probed.took_s)
        self._note_trouble(probed.trouble)
        if probed.trouble is None:
            self._note_pace(probed.took_s)
        if probed.free_bytes is not None:
            self._note_room(probed.free_bytes)
        self._set_gates()

    def _set_gates(self) -> None:
        self._metrics.ok.labels(self.name).set(int(self._reason is None))
        for gate in self._places:
            self._set_gate(gate)

    def _set_gate(self, gate: DiskGate) -> None:
        if self._reason is None:
            gate.disk_is_well()
        else:
            gate.close(self._reason)

    @property
    def _reason(self) -> str | None:
        is_full = self.room is not None and self.room.verdict is RoomVerdict.NONE
        return self.trouble or (_NEARLY_FULL if is_full else None)

    def _note_trouble(self, trouble: str | None) -> None:
        now_s = self._clock.monotonic_s()
        before, self.trouble = self.trouble, trouble
        log = _log.bind(disk=self.name)
        if trouble is None:
            if before is not None:
                log.info("the disk works again", lasted_s=round(now_s - self._failing_since_s, 1))
            return
        if before is None:
            self._failing_since_s = now_s
            log.error("the disk fails: recording on it pauses until it works again", reason=trouble)
        elif trouble != before or now_s - self._said_s >= _SAID_EVERY_S:
            lasting_s = round(now_s - self._failing_since_s)
            log.error("the disk still fails", reason=trouble, lasting_s=lasting_s)
        else:
            return
        self._said_s = now_s

    def _note_pace(self, took_s: float) -> None:
        was_slow = self.is_slow
        self.is_slow = took_s > (_NO_LONGER_SLOW_S if was_slow else _SLOW_S)
        log = _log.bind(disk=self.name, small_write_s=round(took_s, 2))
        if self.is_slow and not was_slow:
            log.warning("the disk is slow: a small write takes long; recording goes on")
        elif was_slow and not self.is_slow:
            log.info("the disk is no longer slow")

    def _note_room(self, free_bytes: int) -> None:
        room = assess_room(
            free_bytes=free_bytes,
            reserve_bytes=self._reserve_bytes(),
            bytes_per_s=self._rate.bytes_per_s(),
            warn_hours=self._limits.warn_hours or 0,
        )
        self._metrics.free.labels(self.name).set(room.free_bytes)
        if room.hours is not None:
            self._metrics.hours.labels(self.name).set(room.hours)
        if self.trouble is None and (self.room is None or room.verdict is not self.room.verdict):
            self._announce(room)
        self.room = room

    def _reserve_bytes(self) -> int:
        """Once recording has stopped, somewhat more must be free before it goes on: no flapping at the edge."""
        reserve = self._limits.reserve_bytes
        is_full = self.room is not None and self.room.verdict is RoomVerdict.NONE
        return reserve + reserve // 20 if is_full else reserve

    def _announce(self, room: Room) -> None:
        log = _log.bind(disk=self.name, free=format_size(room.free_bytes))
        if room.verdict is RoomVerdict.NONE:
            log.error("the disk is nearly full: recording stops until there is room again")
        elif room.verdict is RoomVerdict.LOW:
            log.warning("the disk has little room left", hours_left=round(room.hours or 0, 1))
        else:
            log.info("room on the disk")
