"""A stranger's page with hls.js plays past ranges: over holes, over a change of the coding, and with holes as gap entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from fractions import Fraction

import pytest
from playwright.sync_api import Page
from tests.fakes.hls_player.player import HlsPlayer
from tests.fakes.hls_player.site import player_site
from tests.fakes.recorded_forms import Forms
from tests.fakes.recording import START, at_us
from tests.fakes.scripted_store import Piece, ScriptedStore, pieces_in_form, pieces_of
from tests.fakes.serving import Serving, serving
from tests.fakes.tone_stream import ToneStream
from tests.fakes.watch_page import IN_A_BROWSER, frame_number

from longtake.core.times import SECOND_US, format_us, from_us

pytestmark = IN_A_BROWSER

FPS = 10
BEGIN_US = at_us(START)
SECONDS = 16
HOLE = range(5, 9)
"""The seconds that are missing where something is."""
STREAM = ToneStream(rate=Fraction(FPS), gop=FPS, segment_frames=FPS, segments=SECONDS, size=(192, 108))
OTHER = ToneStream(
    rate=Fraction(FPS), gop=FPS, segment_frames=FPS, segments=6, size=(320, 180), first_pts=7_000_000
)
RATE = 4
"""As fast as the pages play; a range takes a few seconds."""
TOLERANCE_US = SECOND_US // 4
APART = Forms(pictures="mpegts", sound="mpegts")


def without_hole(pieces: Iterable[Piece], *qualities: str) -> list[Piece]:
    """What is left where these qualities have the hole; sound segments begin a little off the second."""
    return [
        piece
        for piece in pieces
        if piece.quality not in qualities or round((piece.start_us - BEGIN_US) / SECOND_US) not in HOLE
    ]


def at(seconds: float) -> int:
    return BEGIN_US + round(seconds * SECOND_US)


def changing() -> list[Piece]:
    """Four seconds of one coding, four of another, and four as the first, whose timestamps go back."""
    first = pieces_of(STREAM, BEGIN_US)[:4]
    return [*first, *pieces_of(OTHER, at(4))[:4], *pieces_of(STREAM, at(8))[:4]]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    store = tmp_path_factory.mktemp("hls-js") / "store"
    store.mkdir()
    apart = pieces_in_form(STREAM, APART, BEGIN_US)
    ScriptedStore(store, "whole").put_now(pieces_of(STREAM, BEGIN_US))
    ScriptedStore(store, "hole").put_now(without_hole(pieces_of(STREAM, BEGIN_US), "source"))
    mp4 = pieces_in_form(STREAM, Forms(pictures="mp4"), BEGIN_US)
    ScriptedStore(store, "fmp4").put_now(without_hole(mp4, "source"))
    ScriptedStore(store, "changing").put_now(changing())
    ScriptedStore(store, "no-sound").put_now(without_hole(apart, "source.audio"))
    ScriptedStore(store, "no-pictures").put_now(without_hole(apart, "source"))
    ScriptedStore(store, "neither").put_now(without_hole(apart, "source", "source.audio"))
    with serving(store) as node:
        yield node


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with player_site() as url:
        yield url


@pytest.fixture
def player(page: Page, site: str) -> HlsPlayer:
    return HlsPlayer(page, site)


def of(node: Serving, path: str, *, until: int = SECONDS, more: str = "") -> str:
    """The URL of a playlist of the first ``until`` seconds."""
    return f"{node.url}/playlist/{path}?start={format_us(BEGIN_US)}&end={format_us(at(until))}{more}"


def plays_to_its_end(player: HlsPlayer, url: str) -> None:
    """Without seeking, without a complaint."""
    player.open(url, rate=RATE)
    player.until(lambda: player.run("video.ended"), "the end")
    assert player.complaints == []


def parts(dates_us: Iterable[int]) -> list[tuple[float, float]]:
    """The stretches of programme time that were shown, in seconds from the start: (first, last) of each."""
    found: list[tuple[float, float]] = []
    for date_us in dates_us:
        seconds = (date_us - BEGIN_US) / SECOND_US
        if found and 0 <= seconds - found[-1][1] < 1.5:
            found[-1] = (found[-1][0], seconds)
        else:
            found.append((seconds, seconds))
    return found


@pytest.mark.parametrize("path", ["hole/source.m3u8", "fmp4/source.m3u8", "neither.m3u8", "no-pictures.m3u8"])
def test_it_plays_over_a_hole_by_itself(node: Serving, player: HlsPlayer, path: str) -> None:
    plays_to_its_end(player, of(node, path))
    before, *_, after = parts(player.dates_us)
    assert before[0] < 0.5
    assert HOLE.start - 1 < before[1] < HOLE.start + 1
    assert HOLE.stop - 0.5 < after[0] < HOLE.stop + 1
    assert after[1] > SECONDS - 1


def test_where_the_sound_has_a_hole_the_pictures_play_on(node: Serving, player: HlsPlayer) -> None:
    plays_to_its_end(player, of(node, "no-sound.m3u8"))
    ((first, last),) = parts(player.dates_us)
    assert first < 0.5
    assert last > SECONDS - 1


@pytest.mark.parametrize("more", ["", "&holes=gap"])
def test_behind_a_hole_the_programme_time_is_that_of_the_picture(
    node: Serving, page: Page, player: HlsPlayer, more: str
) -> None:
    player.open(of(node, "hole/source.m3u8", more=more))
    player.until(lambda: player.run("video.buffered.length > 0"), "something to play")
    player.seek(
        player.run(
            "hls.levels[0].details.fragments.find(({ rawProgramDateTime }) => "
            f"Date.parse(rawProgramDateTime) === {at(HOLE.stop) // 1000}).start + 1.55"
        )
    )
    player.run("video.pause()")
    player.until(lambda: player.run("!video.seeking && video.readyState >= 2"), "the picture")
    date = player.date
    number = frame_number(page)
    assert date is not None
    assert number is not None
    assert abs(date - from_us(BEGIN_US + number * SECOND_US // FPS)) < timedelta(microseconds=TOLERANCE_US)


def test_it_plays_over_a_change_of_the_coding_and_a_jump_of_timestamps(
    node: Serving, player: HlsPlayer
) -> None:
    plays_to_its_end(player, of(node, "changing/source.m3u8", until=12))
    assert player.run("seen.sizes") == ["192x108", "320x180", "192x108"]
    ((first, last),) = parts(player.dates_us)
    assert first < 0.5
    assert last > 11


def test_with_gap_entries_the_players_time_runs_with_the_wall_clock(node: Serving, player: HlsPlayer) -> None:
    plays_to_its_end(player, of(node, "hole/source.m3u8", more="&holes=gap"))
    assert player.run("hls.levels[0].details.totalduration") == pytest.approx(SECONDS, abs=0.05)
    assert player.run("video.duration") == pytest.approx(SECONDS, abs=0.2)
    assert any(entry["gap"] for entry in player.entries)
    assert sum(1 for url in player.asked if "/segments/" in url) == SECONDS - len(HOLE), "no gap is asked for"
    before, *_, after = parts(player.dates_us)
    assert before[1] < HOLE.start + 1
    assert after[0] > HOLE.stop - 0.5


@pytest.mark.parametrize("path", ["hole/source.m3u8", "no-sound.m3u8", "no-pictures.m3u8"])
def test_seeks_into_a_gap_and_behind_it_and_back_go_on_with_what_is_there(
    node: Serving, player: HlsPlayer, path: str
) -> None:
    player.open(of(node, path, more="&holes=gap"), rate=2)
    player.until(lambda: player.time_s > 0.2, "playing")
    for seconds in (HOLE.start + 1.5, 1.0, HOLE.stop + 2.5):
        player.seek(seconds)
        lands = HOLE.stop if int(seconds) in HOLE else seconds
        player.until_between(from_us(at(lands + 0.1)), from_us(at(lands + 3)))
    assert player.complaints == []
