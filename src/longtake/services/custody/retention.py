"""Removes what is older than it is to be kept, segment by segment, oldest first."""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Counter

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import StoreUnavailable
from longtake.core.names import CHAT
from longtake.core.times import format_us, hour_start_us
from longtake.kit.clock import Clock

_EVERY_S = 10

_log = structlog.get_logger()


class Retention:
    """Runs until cancelled. ``keep_us``: a segment goes once its end is longer ago than this."""

    def __init__(
        self, store: SegmentStore, clock: Clock, *, keep_us: int, registry: CollectorRegistry
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep_us = keep_us
        self._removed = Counter(
            "longtake_retention_removed_segments", "Segments removed by age", registry=registry
        )
        self._count = 0

    async def run(self) -> None:
        """One pass after the other, for ever."""
        while True:
            try:
                await self.once()
            except StoreUnavailable as error:
                _log.warning("retention pass failed", reason=str(error))
            await self._clock.sleep(_EVERY_S)

    def details(self) -> dict[str, object]:
        """For the status."""
        return {"removed": self._count}

    async def once(self) -> int:
        """One pass over all channels; how many segments went."""
        oldest_us = self._clock.now_us() - self._keep_us
        removed = 0
        for channel in await self._store.channels():
            for quality in await self._store.qualities(channel):
                if quality != CHAT:
                    removed += await self._prune(channel, quality, oldest_us)
        return removed

    async def _prune(self, channel: str, quality: str, oldest_us: int) -> int:
        removed = 0
        for hour in await self._store.hours(channel, quality):
            if hour_start_us(hour) > oldest_us:
                break
            for segment in (await self._store.listing(channel, quality, hour)).segments:
                if segment.end_us < oldest_us:
                    await self._store.remove(channel, quality, segment)
                    removed += 1
        if removed:
            self._count += removed
            self._removed.inc(removed)
            _log.debug(
                "removed by age",
                channel=channel,
                quality=quality,
                segments=removed,
                before=format_us(oldest_us),
            )
        return removed
