"""A stranger's page with hls.js at the live edge, while segments come second by second: whatever comes, it plays on.

What it was shown never changes: from version 1.6 on, hls.js stops reading a playlist of which a known entry is another.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import m3u8
import pytest
from playwright.sync_api import Page
from tests.fakes.hls_player.player import HlsPlayer
from tests.fakes.hls_player.site import player_site
from tests.fakes.recorded_forms import Forms
from tests.fakes.scripted_store import Piece, ScriptedStore, pieces_in_form, pieces_of
from tests.fakes.serving import Serving, serving
from tests.fakes.tone_stream import ToneStream
from tests.fakes.watch_page import IN_A_BROWSER

from longtake.core.times import SECOND_US, format_us, from_us

pytestmark = IN_A_BROWSER

FPS = 10
STREAM = ToneStream(rate=Fraction(FPS), gop=FPS, segment_frames=FPS, segments=90, size=(192, 108))
OTHER = ToneStream(
    rate=Fraction(FPS), gop=FPS, segment_frames=FPS, segments=60, size=(320, 180), first_pts=7_000_000
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("hls-js-live") / "store") as node:
        yield node


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with player_site() as url:
        yield url


@pytest.fixture
def player(page: Page, site: str) -> HlsPlayer:
    return HlsPlayer(page, site)


def seconds_ago(seconds: int) -> int:
    """A whole second, in microseconds."""
    return (time.time_ns() // 1_000_000_000 - seconds) * SECOND_US


def split(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """What has been by now, and what is to come."""
    now_us = time.time_ns() // 1000
    return [one for one in pieces if one.end_us <= now_us], [one for one in pieces if one.end_us > now_us]


def is_whole(entries: Sequence[Mapping[str, Any]]) -> bool:
    """Numbers without a leap, times and discontinuities that do not go back."""
    return all(
        after["sn"] == before["sn"] + 1 and after["cc"] >= before["cc"] and after["at"] > before["at"]
        for before, after in pairwise(entries)
    )


def test_it_follows_the_edge(node: Serving, player: HlsPlayer) -> None:
    recorder = ScriptedStore(node.store, "live")
    before, after = split(pieces_of(STREAM, seconds_ago(40)))
    recorder.put_now(before)
    with recorder.following(after):
        player.open(f"{node.url}/playlist/live/source.m3u8")
        player.until(lambda: player.date is not None and player.time_s > 0, "playing")
        begin = player.date
        assert begin is not None
        player.until_date(begin + timedelta(seconds=8))
        latency_us = time.time_ns() // 1000 - player.dates_us[-1]
    assert player.complaints == []
    assert latency_us < 30 * SECOND_US, "hls.js makes up for no stall by itself, but it stays in the window"
    assert is_whole(player.entries)


def test_what_is_filled_or_changes_while_it_plays_does_not_stop_it(node: Serving, player: HlsPlayer) -> None:
    """A hole before it that gets filled, one and another coding that it meets at the edge."""
    recorder = ScriptedStore(node.store, "grows")
    begin_us = seconds_ago(50)
    first = pieces_of(STREAM, begin_us)
    other = pieces_of(OTHER, begin_us + 56 * SECOND_US)
    script = [*first[:5], *first[10:53], *other]  # a hole of 5 s long ago, and one of 3 s that is yet to come
    before, after = split(script)
    recorder.put_now(before)
    growing = f"/playlist/grows/source.m3u8?start={format_us(begin_us)}"
    with recorder.following(after):
        player.open(node.url + growing)
        player.until(lambda: player.date is not None and player.time_s > 0, "playing")
        known = player.entries
        recorder.fill_now(first[5:10])
        player.until_date(from_us(begin_us + 58 * SECOND_US), patience_s=60)
    assert player.complaints == []
    assert player.entries[: len(known)] == known, "nothing that it knew has changed"
    assert is_whole(player.entries)
    assert player.run("seen.sizes") == ["192x108", "320x180"]


@pytest.mark.soak
@pytest.mark.parametrize("lost", ["source", "source.audio"])
def test_where_sound_or_pictures_alone_have_a_hole_it_follows_the_edge(
    node: Serving, player: HlsPlayer, lost: str
) -> None:
    channel = f"apart-{lost.replace('.', '-')}"
    recorder = ScriptedStore(node.store, channel)
    begin_us = seconds_ago(40)
    hole = range(begin_us + 44 * SECOND_US + SECOND_US // 2, begin_us + 48 * SECOND_US + SECOND_US // 2)
    script = [
        piece
        for piece in pieces_in_form(STREAM, Forms(pictures="mpegts", sound="mpegts"), begin_us)
        if piece.quality != lost or piece.start_us not in hole
    ]
    before, after = split(script)
    recorder.put_now(before)
    with recorder.following(after):
        player.open(f"{node.url}/playlist/{channel}.m3u8")
        player.until(lambda: player.date is not None and player.time_s > 0, "playing")
        player.until_date(from_us(begin_us + 54 * SECOND_US), patience_s=60)
    assert player.complaints == []
    assert is_whole(player.entries)


def test_delta_updates_with_discontinuities_in_what_they_skip_tell_the_same(
    node: Serving, player: HlsPlayer
) -> None:
    recorder = ScriptedStore(node.store, "delta")
    begin_us = seconds_ago(80)
    first = pieces_of(STREAM, begin_us)
    before, after = split([*first[:20], *first[25:40], *pieces_of(OTHER, begin_us + 40 * SECOND_US)])
    recorder.put_now(before)
    growing = f"/playlist/delta/source.m3u8?start={format_us(begin_us)}"
    with recorder.following(after):
        player.open(node.url + growing)
        player.until(lambda: sum(1 for one in player.updates if one["skipped"] > 40) >= 4, "delta updates")
    assert player.complaints == []
    assert not any(one["failed"] for one in player.updates)
    assert any("_HLS_skip=" in url for url in player.asked)
    held = player.entries
    told = m3u8.loads(node.text(growing), uri=node.url + growing)
    whole = told.segments[: len(held)]
    assert [entry["url"] for entry in held] == [segment.absolute_uri for segment in whole]
    assert [entry["sn"] for entry in held] == [told.media_sequence + place for place in range(len(held))]
    assert [entry["at"] for entry in held] == [
        segment.program_date_time.timestamp() * 1000 for segment in whole
    ]
    leaps = [after["cc"] - before["cc"] for before, after in pairwise(held) if after["cc"] != before["cc"]]
    assert leaps == [1] * (len(leaps)), leaps
    assert len(leaps) == sum(segment.discontinuity for segment in whole[1:]) >= 2
