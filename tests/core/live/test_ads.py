"""Ads: skipped and counted once, while time runs on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.live_playlists import URL, Recording, a_window, dated, offered

from longtake.core.facts import Dating
from longtake.core.hls.model import Ad, AdSign, MediaPlaylist, MediaSegment
from longtake.core.live import LivePolicy

STATED, CARRIED = Dating.STATED, Dating.CARRIED


def ad(
    number: int, sign: AdSign = AdSign.CUE, left_s: float | None = None, at_s: float | None = None
) -> MediaSegment:
    """Two seconds of an ad, as the playlist marks it."""
    return replace(offered(number, at_s=at_s), ad=Ad(sign=sign, left_s=left_s))


def back(number: int) -> MediaSegment:
    """The first segment after a break."""
    return replace(offered(number), break_ends=True)


def cue_out(
    first: int, last: int, *, out: int, until: int, left_s: float | None = None, tells: bool = True
) -> MediaPlaylist:
    """A window of a stream with a break from entry ``out`` to before ``until``, marked while its first tag is listed.
    ``tells``: there is a tag at the end."""
    entries = []
    for number in range(first, last + 1):
        if out <= number < until and first <= out:
            left = None if left_s is None else left_s - 2 * (number - out)
            entries.append(ad(number, left_s=left))
        else:
            entries.append(back(number) if number == until and tells else offered(number))
    return a_window(*entries)


@pytest.mark.parametrize("sign", AdSign)
def test_ads_are_counted_once_and_not_fetched_and_time_runs_on(sign: AdSign) -> None:
    recording = Recording()
    window = a_window(offered(0, at_s=0), ad(1, sign), ad(2, sign), back(3))
    recording.poll(window, 8)
    seen = recording.poll(a_window(*window.segments[1:], offered(4)), 10)
    assert recording.times == [(0, 0, STATED), (3, 6, CARRIED), (4, 8, CARRIED)]
    assert seen.state.ads_skipped == 2


def test_whoever_wants_ads_gets_them() -> None:
    recording = Recording(policy=LivePolicy(skip_ads=False))
    seen = recording.poll(a_window(offered(0), ad(1), ad(2, AdSign.TITLE), back(3)), 8)
    assert recording.numbers == [0, 1, 2, 3]
    assert seen.state.ads_skipped == 0
    assert not recording.poll(a_window(ad(4)), 10).shows_content, "they prove nothing all the same"


@pytest.mark.parametrize("left_s", [None, 12.0], ids=["a tag at the end", "a stated length, too"])
def test_a_break_whose_first_tag_has_left_the_playlist_goes_on_until_a_tag(left_s: float | None) -> None:
    recording = Recording()
    for first in range(12):
        recording.poll(cue_out(first, first + 3, out=3, until=9, left_s=left_s), 2 * first)
    assert recording.numbers == [0, 1, 2, 9, 10, 11, 12, 13, 14]
    assert recording.state.ads_skipped == 6


def test_a_break_ends_as_stated_where_no_tag_says_so() -> None:
    recording = Recording()
    for first in range(12):
        recording.poll(cue_out(first, first + 3, out=3, until=9, left_s=12.5, tells=False), 2 * first)
    assert recording.numbers == [0, 1, 2, 9, 10, 11, 12, 13, 14]


def test_an_entry_that_is_more_content_than_ad_is_content() -> None:
    recording = Recording()
    recording.poll(a_window(ad(0, left_s=4.9)), 0)
    recording.poll(a_window(offered(1), offered(2)), 2)
    assert recording.numbers == [2]


def test_a_break_whose_end_is_lost_costs_a_quarter_of_an_hour_at_most() -> None:
    recording = Recording()
    for first in range(500):
        recording.poll(cue_out(first, first + 3, out=3, until=10_000), 2 * first)
    assert recording.state.ads_skipped == 450
    assert recording.numbers == [0, 1, 2, *range(453, 503)]


def test_a_break_that_never_ends_in_a_playlist_that_keeps_all_costs_no_more() -> None:
    recording = Recording()
    for last in range(10, 600, 20):
        recording.poll(cue_out(0, last, out=3, until=10_000), 2 * last)
    assert recording.state.ads_skipped == 450


def test_after_a_break_whose_end_was_lost_another_one_with_a_length_is_one() -> None:
    recording = Recording()
    for first in range(500):
        recording.poll(cue_out(first, first + 3, out=3, until=10_000), 2 * first)
    recording.fetches.clear()
    recording.poll(cue_out(501, 510, out=504, until=506, left_s=4, tells=False), 1010)
    assert recording.numbers == [503, 506, 507, 508, 509, 510]


def test_a_break_whose_entries_slid_past_us_is_over() -> None:
    """What follows an unknown entry may be content."""
    recording = Recording()
    recording.poll(a_window(offered(0), ad(1)), 0)
    recording.poll(a_window(offered(5), offered(6)), 20)
    assert recording.numbers == [0, 5, 6]


def test_an_entry_that_repeats_an_ad_counts_no_time_of_the_break() -> None:
    recording = Recording()
    recording.poll(a_window(ad(0, left_s=4), replace(offered(1), uri=f"{URL}/0.ts")), 0)
    recording.poll(a_window(replace(offered(1), uri=f"{URL}/0.ts"), offered(2), offered(3)), 4)
    assert (recording.numbers, recording.state.ads_skipped) == ([3], 2)


def test_an_ad_that_is_a_gap_is_an_ad() -> None:
    recording = Recording()
    playlist = a_window(offered(0), replace(ad(1), gap=True))
    assert recording.poll(playlist).state.gaps_announced == 0
    assert recording.poll(a_window(offered(0), ad(1))).state.ads_skipped == 1
    assert recording.numbers == [0]


def test_minutes_of_nothing_but_ads_are_no_frozen_stream() -> None:
    recording = Recording()
    recording.poll(dated(0, 2), 6)
    for number in range(3, 90):
        seen = recording.poll(a_window(*(ad(n) for n in range(number - 3, number))), 2 * number)
        assert not seen.frozen
        assert seen.ask_anew is None


# a playlist -> whether it shows content
CONTENT: dict[str, tuple[MediaPlaylist, bool]] = {
    "an empty one": (a_window(), False),
    "ads alone": (a_window(ad(0), ad(1, AdSign.TITLE), ad(2, AdSign.DATE_RANGE)), False),
    "gaps alone": (a_window(replace(offered(0), gap=True)), False),
    "content before ads": (a_window(offered(0), ad(1)), True),
    "content after ads": (a_window(ad(0), back(1)), True),
}


@pytest.mark.parametrize(("playlist", "shows"), CONTENT.values(), ids=CONTENT.keys())
def test_what_shows_content(playlist: MediaPlaylist, shows: bool) -> None:
    recording = Recording()
    assert recording.poll(playlist, 0).shows_content == shows
    assert recording.poll(playlist, 2).shows_content == shows, "the same again"
