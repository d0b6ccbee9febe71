"""Media work on a store: the workers, and what is known of segments' insides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from longtake.adapters.media.processed import ProcessedMedia
from longtake.adapters.media.workers import MediaWorkers
from longtake.adapters.store.disk import DiskStore
from longtake.app.settings import Settings

_PICTURE_NICENESS = 5
"""Somebody waits for each of them; but the recorder comes first."""


@asynccontextmanager
async def opened_media(
    settings: Settings, store: DiskStore, *, warm: int = 1
) -> AsyncIterator[ProcessedMedia]:
    """Its processes end with the block; ``warm`` of each kind are started ahead."""
    serve = settings.serve
    async with (
        MediaWorkers(warm=warm, at_most=serve.cuts_at_once, nice=serve.cut_niceness) as cutters,
        MediaWorkers(warm=warm, at_most=serve.pictures_at_once, nice=_PICTURE_NICENESS) as painters,
    ):
        yield ProcessedMedia(store.layout.quality, cutters=cutters, painters=painters)
