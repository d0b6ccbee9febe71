"""Compressed playlists say what the plain ones say, and are compressed anew only where that changed."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.builders import a_run, listings_of, us

from longtake.core.fixed_range import fixed_range
from longtake.core.hour_notes import NO_NOTES
from longtake.core.playlist_range import PlaylistRange
from longtake.core.segments import Segment
from longtake.core.timeline import HourContent, JoinedHours, build_hour, join_hours
from longtake.kit.gzip_pieces import Piece, compress_piece
from longtake.services.serve.hour_texts import HourTexts
from longtake.services.serve.packed_texts import PackedTexts

FOLDER = "../../segments/demo/source/"
SEGMENTS = [*a_run("04:00:00", 30), *a_run("04:30:00", 30), *a_run("05:00:00", 30)]


def joined(segments: Sequence[Segment]) -> JoinedHours:
    contents = [HourContent(listing=listing, notes=NO_NOTES) for listing in listings_of(segments)]
    hours = [build_hour(content, None, None, sizes={}) for content in contents]
    return join_hours(hours, start_us=us("04:00:00"), end_us=us("06:00:00"))


class Compressions:
    """Really compresses, and counts."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, text: Sequence[bytes]) -> Piece:
        self._count += 1
        return compress_piece(text)

    def since_last(self) -> int:
        """How many since it was asked before."""
        count, self._count = self._count, 0
        return count


async def packed(texts: PackedTexts, listed: PlaylistRange) -> bytes:
    return gzip.decompress(b"".join([piece async for piece in texts.pieces(listed, FOLDER)]))


async def plain(listed: PlaylistRange) -> bytes:
    return b"".join([piece async for piece in HourTexts(memory_bytes=0).pieces(listed, FOLDER)])


@pytest.mark.parametrize("holes", [False, True])
async def test_it_is_the_plain_text(holes: bool) -> None:
    listed = fixed_range(joined(SEGMENTS), holes=holes)
    texts = PackedTexts(HourTexts(memory_bytes=1 << 20), memory_bytes=1 << 20)
    for _ in range(2):
        assert await packed(texts, listed) == await plain(listed)


async def test_hours_that_stay_the_same_are_compressed_once() -> None:
    compressions = Compressions()
    texts = PackedTexts(HourTexts(memory_bytes=1 << 20), memory_bytes=1 << 20, compress=compressions)
    listed = fixed_range(joined(SEGMENTS), holes=False)
    await packed(texts, listed)
    assert compressions.since_last() == 2
    await packed(texts, listed)
    assert compressions.since_last() == 0
    front, back = listed.stretches
    other = replace(listed, stretches=(replace(front, inserts=()), back))
    assert await packed(texts, other) == await plain(other)
    assert compressions.since_last() == 1, "a hole that has gone"


async def test_without_room_all_is_compressed_each_time() -> None:
    compressions = Compressions()
    texts = PackedTexts(HourTexts(memory_bytes=0), memory_bytes=0, compress=compressions)
    listed = fixed_range(joined(SEGMENTS), holes=False)
    for _ in range(2):
        assert await packed(texts, listed) == await plain(listed)
        assert compressions.since_last() == 2
    assert texts.weight_bytes == 0
