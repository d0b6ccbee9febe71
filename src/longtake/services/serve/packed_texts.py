"""The compressed text of long playlists: each stretch of an hour is compressed once, in a thread, and kept as far as memory goes.

A week takes 13 MB so, of 53 MB of text, and going on with what is kept takes a tenth of what plain text does.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from longtake.core.hour_entries import HourEntries
from longtake.core.playlist_range import Insert, PlaylistRange, Stretch
from longtake.core.playlist_text import render_head, render_tail
from longtake.kit.gzip_pieces import HEAD, GzipJoin, Piece, compress_piece
from longtake.kit.weighed import Weighed
from longtake.services.serve.hour_texts import HourTexts

Compress = Callable[[Sequence[bytes]], Piece]
_WEIGHT_BYTES = 500


@dataclass(frozen=True, slots=True)
class _Kept:
    """A piece, and what it was made of: that may go without waiting for it."""

    hour: weakref.ref[HourEntries]
    inserts: tuple[Insert, ...]
    piece: Piece


class PackedTexts:
    """``memory_bytes`` bounds what is kept; ``compress`` makes a piece of the text of a stretch, in a thread."""

    def __init__(self, texts: HourTexts, *, memory_bytes: int, compress: Compress = compress_piece) -> None:
        self._texts = texts
        self._compress = compress
        self._kept: Weighed[tuple[str, str, int, int], _Kept] = Weighed(memory_bytes)

    @property
    def weight_bytes(self) -> int:
        """About what is kept."""
        return self._kept.weight

    async def pieces(self, listed: PlaylistRange, folder: str) -> AsyncGenerator[bytes, None]:
        """All of a playlist as one gzip member; ``folder`` as in ``HourTexts``."""
        join = GzipJoin()
        yield HEAD + join.add(compress_piece(render_head(listed)))
        for stretch in listed.stretches:
            yield join.add(await self._piece(stretch, folder))
        yield join.add(compress_piece(render_tail(listed))) + join.tail()

    async def _piece(self, stretch: Stretch, folder: str) -> Piece:
        key = (folder, stretch.entries.columns.hour, stretch.first, stretch.last)
        kept = self._kept.get(key)
        if kept is not None and kept.hour() is stretch.entries and kept.inserts == stretch.inserts:
            return kept.piece
        parts = [part async for part in self._texts.stretch(stretch, folder)]
        piece = await asyncio.to_thread(self._compress, parts)
        found = _Kept(weakref.ref(stretch.entries), stretch.inserts, piece)
        self._kept.put(key, found, len(piece.data) + _WEIGHT_BYTES)
        return piece
