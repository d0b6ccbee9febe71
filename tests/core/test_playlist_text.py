"""What stands around and between the entries of a playlist."""

from __future__ import annotations

import pytest
from tests.builders import a_run, us
from tests.fakes.listed import FOLDER, joined_of, text_of

from longtake.core.fixed_range import fixed_range
from longtake.core.gap_entries import GapRun
from longtake.core.playlist_range import Insert, PlaylistRange
from longtake.core.playlist_text import render_head, render_insert, render_tail

GROWING = PlaylistRange(
    stretches=(), sequence=1731124800, discontinuity_sequence=28852079, target_s=6, grows=True
)


def test_the_head_of_what_grows_says_what_players_may_ask_for() -> None:
    assert render_head(GROWING).decode().splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:6",
        "#EXT-X-MEDIA-SEQUENCE:1731124800",
        "#EXT-X-DISCONTINUITY-SEQUENCE:28852079",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=36.000",
    ]
    assert render_tail(GROWING) == b""


def test_a_range_that_is_over_is_vod_and_ends() -> None:
    listed = fixed_range(
        joined_of(a_run(count=2), start_us=us("04:00:00"), end_us=us("04:00:04")), holes=False
    )
    lines = text_of(listed).splitlines()
    assert lines[1:5] == [
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    assert lines[-1] == "#EXT-X-ENDLIST"


def test_holes_and_tags_between_entries() -> None:
    start_us = us("04:59:59.5")
    run = GapRun(start_us=start_us, end_us=start_us + 1_000_001, count=2)
    text = b"".join(render_insert(Insert(place=0, tags=2, gaps=(run,)), FOLDER)).decode()
    assert text.splitlines() == [
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:59:59.500Z",
        "#EXT-X-GAP",
        "#EXTINF:0.500,",
        f"{FOLDER}2024-11-09T04/gap-59%3A59.500000.ts",
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T05:00:00.000Z",
        "#EXT-X-GAP",
        "#EXTINF:0.500001,",
        f"{FOLDER}2024-11-09T05/gap-00%3A00.000000.ts",
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-DISCONTINUITY",
    ]


@pytest.mark.parametrize("count", [499, 500, 501, 1203])
def test_many_pieces_come_a_few_hundred_at_a_time(count: int) -> None:
    run = GapRun(start_us=us("04:00:00"), end_us=us("04:00:00") + count * 2_000_000, count=count)
    pieces = list(render_insert(Insert(place=0, gaps=(run,)), FOLDER))
    assert sum(piece.count(b"#EXT-X-GAP\n") for piece in pieces) == count
    assert max(piece.count(b"#EXT-X-GAP\n") for piece in pieces) <= 500
