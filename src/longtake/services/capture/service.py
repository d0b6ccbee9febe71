"""The capture process: all recorders, and the watches of their disks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from longtake.core.errors import AlreadyRunning
from longtake.core.room import Room, RoomVerdict
from longtake.kit.clock import Clock
from longtake.services.capture.disks import DiskWatch
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import RecorderState

_TRY_AGAIN_S = 5

_log = structlog.get_logger()


class CaptureService:
    """Runs until cancelled. A recorder that another process already does is tried again; the others go on."""

    def __init__(self, recorders: Sequence[Recorder], *, disks: Sequence[DiskWatch], clock: Clock) -> None:
        self._recorders = recorders
        self._disks = disks
        self._clock = clock
        self._blocked: set[Recorder] = set()

    async def run(self) -> None:
        """Raises AlreadyRunning if others record all that this process was asked for."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for disk in self._disks:
                    tasks.create_task(disk.run(), name=f"watch {disk.name}")
                for recorder in self._recorders:
                    name = f"record {recorder.channel}/{recorder.quality}"
                    tasks.create_task(self._keep_recording(recorder), name=name)
        except* AlreadyRunning as group:
            raise group.exceptions[0] from None

    def details(self) -> dict[str, object]:
        """For the status."""
        return {
            "recorders": [recorder.report.as_status() for recorder in self._recorders],
            "room": _as_status(_tightest(disk.room for disk in self._disks)),
            "disks": [disk.as_status() for disk in self._disks],
        }

    async def _keep_recording(self, recorder: Recorder) -> None:
        while True:
            try:
                self._blocked.discard(recorder)
                await recorder.run()
            except AlreadyRunning as error:
                self._blocked.add(recorder)
                if len(self._blocked) == len(self._recorders):
                    raise
                recorder.report.enter(RecorderState.REFUSED, str(error))
            except Exception:  # noqa: BLE001 - a bug in one recorder must not stop the others
                _log.exception("recorder failed", channel=recorder.channel, quality=recorder.quality)
                recorder.forget()
                recorder.report.enter(
                    RecorderState.REFUSED, "longtake made a mistake; the log has the details"
                )
            await self._clock.sleep(_TRY_AGAIN_S)


def _tightest(rooms: Iterable[Room | None]) -> Room | None:
    """The room of the disk that is full first; of those without a rate, the one with the fewest bytes."""
    known = [room for room in rooms if room is not None]
    return min(known, key=_tightness, default=None)


def _tightness(room: Room) -> tuple[bool, bool, float, int]:
    return room.verdict is not RoomVerdict.NONE, room.hours is None, room.hours or 0.0, room.free_bytes


def _as_status(room: Room | None) -> dict[str, object] | None:
    if room is None:
        return None
    return {"free_bytes": room.free_bytes, "hours": room.hours, "verdict": room.verdict.value}
