"""The capture process: all recorders, and the room watch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from longtake.core.errors import AlreadyRunning
from longtake.kit.clock import Clock
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import RecorderState
from longtake.services.capture.room import RoomWatch

_TRY_AGAIN_S = 5

_log = structlog.get_logger()


class CaptureService:
    """Runs until cancelled. A recorder that another process already does is tried again; the others go on."""

    def __init__(self, recorders: Sequence[Recorder], *, room: RoomWatch, clock: Clock) -> None:
        self._recorders = recorders
        self._room = room
        self._clock = clock
        self._blocked: set[Recorder] = set()

    async def run(self) -> None:
        """Raises AlreadyRunning if others record all that this process was asked for."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._room.run(), name="room watch")
                for recorder in self._recorders:
                    name = f"record {recorder.channel}/{recorder.quality}"
                    tasks.create_task(self._keep_recording(recorder), name=name)
        except* AlreadyRunning as group:
            raise group.exceptions[0] from None

    def details(self) -> dict[str, object]:
        """For the status."""
        room = self._room.room
        return {
            "recorders": [recorder.report.as_status() for recorder in self._recorders],
            "room": None
            if room is None
            else {"free_bytes": room.free_bytes, "hours": room.hours, "verdict": room.verdict.value},
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
                recorder.report.enter(
                    RecorderState.REFUSED, "longtake made a mistake; the log has the details"
                )
            await self._clock.sleep(_TRY_AGAIN_S)
