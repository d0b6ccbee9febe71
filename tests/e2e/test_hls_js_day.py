"""A tab that was left open on a day: what it costs to stay there does not grow with the day (hls.js, its own settings)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction

import pytest
from playwright.sync_api import Page
from tests.fakes.hls_player.player import HlsPlayer
from tests.fakes.hls_player.site import player_site
from tests.fakes.scripted_store import ScriptedStore, pieces_of
from tests.fakes.serving import Serving, serving
from tests.fakes.tone_stream import ToneStream
from tests.fakes.watch_page import IN_A_BROWSER

from longtake.core.times import HOUR_US, SECOND_US, format_us

pytestmark = IN_A_BROWSER

FPS = 10
STREAM = ToneStream(rate=Fraction(FPS), gop=FPS, segment_frames=2 * FPS, segments=40, size=(128, 72))
DAY = 43_200
"""Segments of 2 s in a day."""
REFRESHES = 6
MOST_BYTES = 3000


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("hls-js-day") / "store") as node:
        yield node


@pytest.fixture
def player(page: Page) -> Iterator[HlsPlayer]:
    with player_site() as url:
        yield HlsPlayer(page, url)


def test_a_tab_left_open_on_a_day_costs_little_for_each_refresh(node: Serving, player: HlsPlayer) -> None:
    recorder = ScriptedStore(node.store, "day", target_s=2)
    begin_us = (time.time_ns() // 1_000_000_000 - 10) * SECOND_US
    pieces = pieces_of(STREAM, begin_us)
    day_us = begin_us - 24 * HOUR_US
    recorder.link_now(pieces_of(STREAM, day_us)[0], DAY)
    now_us = time.time_ns() // 1000
    recorder.put_now([piece for piece in pieces if piece.end_us <= now_us])
    with recorder.following([piece for piece in pieces if piece.end_us > now_us]):
        player.open(f"{node.url}/playlist/day/source.m3u8?start={format_us(day_us)}")
        player.until(lambda: player.time_s > 0 and len(player.updates) >= 2, "playing")
        cpu_s, known, before = node.cpu_s, len(player.updates), len(player.transfers)
        player.until(lambda: len(player.updates) >= known + REFRESHES, "refreshes", patience_s=60)
        spent_s = node.cpu_s - cpu_s
    refreshes = [one for one in player.transfers[before:] if ".m3u8" in one.url]
    assert player.complaints == []
    assert len(player.entries) > DAY
    assert REFRESHES - 1 <= len(refreshes) <= 2 * REFRESHES
    assert max(one.size_bytes for one in refreshes) <= MOST_BYTES
    assert spent_s < 0.5 * len(refreshes), "also on a busy machine"
