"""Asks a channel's source where its playlists are: once for all recorders of the channel."""

from __future__ import annotations

import asyncio

from longtake.adapters.sources.interface import Located, Offering, StreamSource
from longtake.kit.clock import Clock


class ChannelLookup:
    """What the source said last, and one look-up at a time. Not thread-safe: it lives in the event loop."""

    def __init__(self, source: StreamSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Offering | None = None
        self._asked_s: float | None = None

    @property
    def kind(self) -> str:
        """Of the source."""
        return self._source.kind

    async def locate(self, quality: str, *, since_s: float) -> tuple[Located, float]:
        """Where a quality is, by a look-up begun after ``since_s``; and when that was begun. Monotonic seconds.

        Raises SourceError, InvalidInput.
        """
        async with self._lock:
            if self._found is None or self._asked_s is None or self._asked_s <= since_s:
                self._found, self._asked_s = None, self._clock.monotonic_s()
                self._found = await self._source.look_up()
            return self._found.locate(quality), self._asked_s
