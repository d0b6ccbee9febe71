"""The worker processes of a node's web process: for cuts and, apart from them, for pictures, which must not wait for cuts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from longtake.adapters.media.workers import MediaWorkers
from longtake.app.settings import Settings

_PICTURE_NICENESS = 5
"""Less than that of cuts: somebody looks at the page and waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPools:
    """Both pools; no process runs before they are opened."""

    cuts: MediaWorkers
    pictures: MediaWorkers

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """For the block; its end kills what is at work."""
        async with self.cuts, self.pictures:
            yield


def media_pools(settings: Settings, *, warm: int = 1) -> MediaPools:
    """As many at most as the settings let be at work; ``warm`` of each are kept ready."""
    serve = settings.serve
    return MediaPools(
        cuts=MediaWorkers(warm=warm, at_most=serve.cuts_at_once, nice=serve.cut_niceness),
        pictures=MediaWorkers(warm=warm, at_most=serve.pictures_at_once, nice=_PICTURE_NICENESS),
    )
