"""Where pulled files go: one writer for each quality, opened when it is first needed and held until all ends."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from longtake.adapters.store.interface import SegmentStore, SegmentWriter

PURPOSE = "replicate"

Place = tuple[str, str]
"""(channel, quality)."""


class Places:
    """``async with``: its end closes all writers. A peer's word alone makes no folder: that takes a file to be put there."""

    def __init__(self, store: SegmentStore) -> None:
        self._store = store
        self._open = AsyncExitStack()
        self._writers: dict[Place, SegmentWriter] = {}
        self._opening: dict[Place, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def writer(self, place: Place) -> SegmentWriter:
        """Raises AlreadyRunning if another process replicates into that quality, StoreUnavailable."""
        async with self._opening.setdefault(place, asyncio.Lock()):
            if place not in self._writers:
                opened = self._store.open_writer(*place, PURPOSE)
                self._writers[place] = await self._open.enter_async_context(opened)
            return self._writers[place]
