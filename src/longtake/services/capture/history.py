"""The raw playlists behind each segment, kept for whoever wonders later what a source really said.

Beside the recording, never before it: written one after the other, left out while many wait, and given up on, with a
word, when the disk does not take them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog

from longtake.adapters.store.interface import SegmentWriter
from longtake.core.errors import StoreUnavailable
from longtake.core.live import SegmentFetch

_MOST_WAITING = 100


class PlaylistHistory:
    """Of one recorder. ``before``: so many playlists before the one that showed a segment are kept, too; 0 keeps none."""

    def __init__(
        self, writer: SegmentWriter, before: int, log: structlog.typing.FilteringBoundLogger
    ) -> None:
        self._writer = writer
        self._log = log
        self._texts: deque[str] = deque(maxlen=before + 1)
        self._is_kept = before > 0
        self._waiting: deque[tuple[int, tuple[str, ...]]] = deque(maxlen=_MOST_WAITING)
        self._writing: asyncio.Task[None] | None = None
        self._trouble: str | None = None

    def note(self, text: str, fetches: Sequence[SegmentFetch]) -> None:
        """A poll brought this text, and with it these segments."""
        if not self._is_kept or not text:
            return
        if not self._texts or self._texts[0] != text:
            self._texts.appendleft(text)
        texts = tuple(self._texts)
        self._waiting.extend((wanted.start_us, texts) for wanted in fetches)
        if self._waiting and self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="keep playlists")
            self._writing.add_done_callback(self._done)

    async def close(self) -> None:
        """What waits is written."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    async def _write(self) -> None:
        while self._waiting:
            start_us, texts = self._waiting.popleft()
            try:
                await self._writer.keep_playlists(start_us, texts)
                self._trouble = None
            except StoreUnavailable as error:
                self._say(str(error))

    def _say(self, trouble: str) -> None:
        """Once for each trouble."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._log.warning("playlists cannot be kept", reason=trouble)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        if not task.cancelled():
            task.result()
