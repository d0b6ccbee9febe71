"""Keeps on disk what a restart of the recorder would miss: the times that it gave to a stream without any.

Written beside the polls, never before a fetch, and at most every two seconds; whatever is newer than that is extended
from it after a kill (``core.live.dating``), and saved at a stop. A disk that fails costs times, not segments.
"""

from __future__ import annotations

import asyncio

import structlog

from longtake.adapters.store.interface import SegmentWriter
from longtake.core.errors import StoreUnavailable
from longtake.core.live import LiveState, decode_memory, encode_memory
from longtake.kit.clock import Clock

_EVERY_S = 2.0


class LiveMemory:
    """The memory of one recorder, in the hands of the one who may write."""

    def __init__(
        self, writer: SegmentWriter, clock: Clock, log: structlog.typing.FilteringBoundLogger
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._log = log
        self._saving: asyncio.Task[None] | None = None
        self._saved_s = -_EVERY_S
        self._unsaved: LiveState | None = None

    async def recall(self) -> LiveState:
        """What the recorder before knew."""
        try:
            return decode_memory(await self._writer.recall() or "")
        except StoreUnavailable as error:
            self._log.warning("what was known of times cannot be read", reason=str(error))
            return LiveState()

    def note(self, state: LiveState) -> None:
        """There is something new to remember: now if it is time, else with the next or at the stop."""
        self._unsaved = state
        now_s = self._clock.monotonic_s()
        if self._saving is None and now_s - self._saved_s >= _EVERY_S:
            self._saved_s = now_s
            self._saving = asyncio.create_task(self._save(), name="remember times")
            self._saving.add_done_callback(self._done)

    async def close(self, state: LiveState) -> None:
        """Saves the last state, if it needs to be: also when it was last looked at matters."""
        if self._saving is not None:
            await asyncio.wait({self._saving})
        self._unsaved = state if state.undated else None
        await self._save()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._saving = None
        if not task.cancelled():
            task.result()

    async def _save(self) -> None:
        state, self._unsaved = self._unsaved, None
        if state is None:
            return
        try:
            await self._writer.remember(encode_memory(state))
        except StoreUnavailable as error:
            self._log.warning("what is known of times cannot be kept", reason=str(error))
