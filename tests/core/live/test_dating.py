"""The wall time of each entry: tables of polls on a clock that the test sets."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from tests.fakes.live_playlists import ZERO_US, Recording, a_window, called, dated, offered, undated

from longtake.core.facts import Dating
from longtake.core.hls.model import Ad, AdSign, MediaPlaylist, MediaSegment
from longtake.core.live import decode_memory, encode_memory
from longtake.core.live.dating import usable_dates
from longtake.core.times import SECOND_US

STATED, CARRIED, ESTIMATED = Dating.STATED, Dating.CARRIED, Dating.ESTIMATED
NOW_S = 1000

# polls of (playlist, second) -> (number, second of start, dating) of all the fetches
TIMES: dict[str, tuple[list[tuple[MediaPlaylist, float]], list[tuple[int, float, Dating]]]] = {
    "a date on all": ([(dated(0, 2), 99)], [(0, 0, STATED), (1, 2, STATED), (2, 4, STATED)]),
    "a date on the first": (
        [(a_window(offered(0, at_s=10), offered(1, 3.0), offered(2)), 99)],
        [(0, 10, STATED), (1, 12, CARRIED), (2, 15, CARRIED)],
    ),
    "a date on the last": (
        [(a_window(offered(0, 3.0), offered(1), offered(2, at_s=10)), 99)],
        [(0, 5, CARRIED), (1, 8, CARRIED), (2, 10, STATED)],
    ),
    "a date in the middle": (
        [(a_window(offered(0), offered(1, 1.5, at_s=10), offered(2)), 99)],
        [(0, 8, CARRIED), (1, 10, STATED), (2, 11.5, CARRIED)],
    ),
    "between two dates the earlier one counts": (
        [(a_window(offered(0, at_s=10), offered(1), offered(2, at_s=20)), 99)],
        [(0, 10, STATED), (1, 12, CARRIED), (2, 20, STATED)],
    ),
    "no date: the playlist's end is now": (
        [(undated(0, 2), 100)],
        [(0, 94, ESTIMATED), (1, 96, ESTIMATED), (2, 98, ESTIMATED)],
    ),
    "no date: after a stall the clock anew, since times would lag for ever": (
        [(undated(0, 2), 100), (undated(2, 4), 140)],
        [
            (0, 94, ESTIMATED),
            (1, 96, ESTIMATED),
            (2, 98, ESTIMATED),
            (3, 136, ESTIMATED),
            (4, 138, ESTIMATED),
        ],
    ),
    "a date well in the future is none": (
        [(a_window(offered(0, at_s=0), offered(1, at_s=302), offered(2, at_s=300)), 1)],
        [(0, 0, STATED), (1, 2, CARRIED), (2, 300, STATED)],
    ),
    "no date: later ones go on from there, whatever the clock says": (
        [(undated(0, 2), 100), (undated(1, 3), 101.3), (undated(3, 4), 106)],
        [
            (0, 94, ESTIMATED),
            (1, 96, ESTIMATED),
            (2, 98, ESTIMATED),
            (3, 100, ESTIMATED),
            (4, 102, ESTIMATED),
        ],
    ),
    "no date, and nothing known in the window: the clock anew": (
        [(undated(0, 0), 100), (undated(5, 5), 120)],
        [(0, 98, ESTIMATED), (5, 118, ESTIMATED)],
    ),
    "no date, and the window moved on by its length: as the last known one ends": (
        [(undated(0, 1), 100), (undated(2, 3), 103.7)],
        [(0, 96, ESTIMATED), (1, 98, ESTIMATED), (2, 100, ESTIMATED), (3, 102, ESTIMATED)],
    ),
    "a date in the window counts before the one known before it": (
        [(undated(0, 1), 100), (a_window(offered(2), offered(3, at_s=300)), 103)],
        [(0, 96, ESTIMATED), (1, 98, ESTIMATED), (2, 298, CARRIED), (3, 300, STATED)],
    ),
    "an edge that lags: dated by what is known after it": (
        [(undated(3, 4), 100), (undated(2, 3), 100)],
        [(3, 96, ESTIMATED), (4, 98, ESTIMATED), (2, 94, ESTIMATED)],
    ),
    "a date that has left the window still counts": (
        [(a_window(offered(0, at_s=10), offered(1)), 99), (undated(1, 2), 99)],
        [(0, 10, STATED), (1, 12, CARRIED), (2, 14, CARRIED)],
    ),
    "dates that begin later": (
        [(undated(0, 1), 100), (a_window(offered(1), offered(2, at_s=300)), 101)],
        [(0, 96, ESTIMATED), (1, 98, ESTIMATED), (2, 300, STATED)],
    ),
    "a jump in the dates is the source's": (
        [(a_window(offered(0, at_s=0), offered(1, at_s=60)), 99)],
        [(0, 0, STATED), (1, 60, STATED)],
    ),
}


@pytest.mark.parametrize(("polls", "times"), TIMES.values(), ids=TIMES.keys())
def test_times(polls: list[tuple[MediaPlaylist, float]], times: list[tuple[int, float, Dating]]) -> None:
    recording = Recording()
    for playlist, at_s in polls:
        recording.poll(playlist, at_s)
    assert recording.times == times


def test_a_date_counts_more_than_an_estimate_of_this_node_alone() -> None:
    recording = Recording()
    recording.poll(undated(0, 1), 100)
    recording.poll(a_window(offered(1, at_s=90), offered(2)), 101)
    assert recording.times[-1] == (2, 92, CARRIED), "as a node says that came just now"


@pytest.mark.parametrize("listed", [4, 200])
def test_times_do_not_drift_from_a_source_that_dates_its_first_entry_alone(listed: int) -> None:
    """Its segments last a little longer than it says, so whoever carried on from the first of all would be ever more off."""
    for joined in (0, 150, 290):
        recording = Recording()
        for number in range(joined, 300):
            dated_first = [2.003 * number, *[None] * (listed - 1)]
            window = (offered(number + later, at_s=at_s) for later, at_s in enumerate(dated_first))
            recording.poll(a_window(*window), 2.003 * (number + listed))
        number, start_s, dating = recording.times[-1]
        assert (number, dating) == (299 + listed - 1, CARRIED)
        assert start_s == pytest.approx(2.003 * 299 + 2 * (listed - 1)), "of the date that was listed with it"
        assert recording.numbers == list(range(joined, 300 + listed - 1))


def test_a_restart_gives_what_a_date_was_carried_to_the_same_time() -> None:
    recording = Recording()
    recording.poll(a_window(offered(0, at_s=10), offered(1), offered(2)), 18)
    assert recording.poll(a_window(offered(1, at_s=12.1), offered(2), offered(3)), 20).remember
    again = Recording(state=decode_memory(encode_memory(recording.state)))
    again.poll(a_window(offered(2, at_s=14.2), offered(3), offered(4)), 22)
    assert recording.times[-1] == (3, 16.1, CARRIED)
    assert again.times == [(2, 14.2, STATED), (3, 16.1, CARRIED), (4, 18.2, CARRIED)]


# dates of seconds (None: none), of the entry before, what can be believed
USABLE: dict[str, tuple[list[float | None], float | None, list[float | None]]] = {
    "that grow": ([0, 2, 4], None, [0, 2, 4]),
    "that jump forward and back": ([0, 60, 2], None, [0, 60, 2]),
    "one": ([5], None, [5]),
    "that stand still from before the playlist": ([5, 5, 5], None, [None, None, None]),
    "that stand still, and the first is seen": ([3, 5, 5, 5], None, [3, 5, None, None]),
    "that stand still as the one before the playlist": ([5, 5, 7], 5, [None, None, 7]),
    "that stand still, unlike the one before the playlist": ([5, 5, 7], 3, [5, None, 7]),
    "whole seconds for halves": ([1, 1, 2, 2, 3], None, [None, None, 2, None, 3]),
    "that stand still, and not all entries have one": ([3, 5, None, 5], None, [3, 5, None, None]),
    "five minutes ahead": ([NOW_S + 300, NOW_S + 301], None, [NOW_S + 300, None]),
    "from before HLS was": ([-800_000_000, 2], None, [None, 2]),
}


@pytest.mark.parametrize(("dates", "before_s", "usable"), USABLE.values(), ids=USABLE.keys())
def test_dates_that_can_be_believed(
    dates: list[float | None], before_s: float | None, usable: list[float | None]
) -> None:
    found = usable_dates(
        [offered(number, at_s=at_s) for number, at_s in enumerate(dates)],
        before_us=None if before_s is None else ZERO_US + round(before_s * SECOND_US),
        repeats=(),
        now_us=ZERO_US + NOW_S * SECOND_US,
    )
    assert [None if moment is None else (moment - ZERO_US) / SECOND_US for moment in found] == usable


def test_a_date_that_stands_still_for_ever_is_recorded_all_the_same() -> None:
    """A packager that stamped once, at its start."""
    recording = Recording()
    for number in range(20):
        window = a_window(*(offered(index, at_s=5) for index in range(number, number + 4)))
        recording.poll(window, 100 + 2 * number)
    starts = [start_s for _, start_s, _ in recording.times]
    assert starts == [92.0 + 2 * number for number in range(23)], "by the clock"


def test_a_date_that_begins_to_stand_still_is_carried_on() -> None:
    recording = Recording()
    recording.poll(called("a", at_s=[10]), 12)
    recording.poll(called("ab", at_s=[10, 10]), 14)
    recording.poll(called("c", 2, at_s=[10]), 16)
    recording.poll(called("cd", 2, at_s=[10, 16]), 18)
    assert recording.times == [(0, 10, STATED), (1, 12, CARRIED), (2, 14, CARRIED), (3, 16, STATED)]


# playlist with discontinuities -> times
TORN: dict[str, tuple[MediaPlaylist, list[tuple[int, float, Dating]]]] = {
    "the nearest date within the discontinuity counts": (
        called("ab|cd", at_s=[0, None, None, 100]),
        [(0, 0, STATED), (1, 2, CARRIED), (2, 98, CARRIED), (3, 100, STATED)],
    ),
    "across it when there is no other": (
        called("a|bc|d", at_s=[0, None, None, 100]),
        [(0, 0, STATED), (1, 2, CARRIED), (2, 4, CARRIED), (3, 100, STATED)],
    ),
    "across it backwards": (
        called("ab|c", at_s=[None, None, 100]),
        [(0, 96, CARRIED), (1, 98, CARRIED), (2, 100, STATED)],
    ),
    "a jump back is the source's word": (
        called("a|b", at_s=[50, 10]),
        [(0, 50, STATED), (1, 10, STATED)],
    ),
}


@pytest.mark.parametrize(("playlist", "times"), TORN.values(), ids=TORN.keys())
def test_at_discontinuities(playlist: MediaPlaylist, times: list[tuple[int, float, Dating]]) -> None:
    recording = Recording()
    recording.poll(playlist, 1000)
    assert recording.times == times


def test_a_repeated_entry_takes_no_time() -> None:
    recording = Recording()
    recording.poll(called("aabb", at_s=[10, None, None, None]), 100)
    assert recording.times == [(0, 10, STATED), (2, 12, CARRIED)]


def test_without_dates_numbers_that_were_missed_take_their_time() -> None:
    recording = Recording()
    recording.poll(undated(0, 1), 100)
    recording.poll(undated(4, 5), 107)
    assert recording.times[-2:] == [(4, 104, ESTIMATED), (5, 106, ESTIMATED)], "not 103 and 105"


def test_where_estimated_times_jump_there_is_a_joint() -> None:
    recording = Recording()
    recording.poll(undated(0, 1), 100)
    seen = recording.poll(undated(1, 3), 200)
    assert [fetch.discontinuity for fetch in seen.fetches] == [True, False]


def test_the_first_sight_of_all_is_no_joint() -> None:
    assert not any(fetch.discontinuity for fetch in Recording().poll(undated(0, 3), 200).fetches)


# stated and real durations
PACES = {
    "stated too long": (10.0, 9.6),
    "stated a little too long": (2.002, 2.0),
    "stated too short": (2.0, 2.1),
    "stated a little too short": (2.0, 2.002),
}


@pytest.mark.parametrize(("stated_s", "real_s"), PACES.values(), ids=PACES.keys())
def test_estimated_times_follow_the_clock_however_long(stated_s: float, real_s: float) -> None:
    """Neither ahead nor behind by much, never back, and with no joint: for hours."""
    recording = Recording()
    for number in range(4000):
        at_s = 100 + number * real_s
        window = a_window(*(offered(index, stated_s) for index in range(number, number + 3)), target_s=10)
        seen = recording.poll(window, at_s)
        assert number == 0 or not any(fetch.discontinuity for fetch in seen.fetches)
    starts = [start_s for _, start_s, _ in recording.times[2:]]
    steps = [right - left for left, right in pairwise(starts)]
    assert min(steps) >= 0.9 * stated_s - 1e-6
    assert max(steps) <= 1.1 * stated_s + 1e-6
    for number, start_s in enumerate(starts):
        end_of_it_s = 100 + number * real_s
        assert -stated_s - 1.5 <= start_s + stated_s - end_of_it_s <= stated_s + 0.5


def test_a_clock_that_is_set_back_does_not_turn_times_back() -> None:
    recording = Recording()
    recording.poll(undated(0, 1), 4000)
    for number in range(2, 50):
        recording.poll(undated(number - 1, number), 400 + 2 * number)
    starts = [start_s for _, start_s, _ in recording.times]
    assert all(right - left >= 1.8 - 1e-6 for left, right in pairwise(starts))


def test_gaps_take_their_time() -> None:
    recording = Recording()
    recording.poll(a_window(offered(0, at_s=0), replace(offered(1), gap=True), offered(2)), 10)
    assert recording.times == [(0, 0, STATED), (2, 4, CARRIED)]


def test_of_a_day_long_playlist_only_the_end_is_dated() -> None:
    day = [offered(number, at_s=2.0 * number if number == 0 else None) for number in range(5000)]
    recording = Recording()
    recording.poll(a_window(*day), 11_000)
    recording.poll(a_window(*day, offered(5000)), 11_002)
    assert recording.times[-1] == (5000, 10_000.0, CARRIED)
    recording.poll(dated(5000, 5001), 11_004)
    assert recording.times[-1] == (5001, 10_002, STATED)


def test_an_ad_with_the_date_of_the_content_beside_it_takes_nothing_from_it() -> None:
    """As in a session that begins with ads of now, before content of a moment ago."""
    recording = Recording()
    ad = replace(offered(0, at_s=10), ad=Ad(sign=AdSign.DATE_RANGE))
    recording.poll(a_window(ad, offered(1, at_s=10), offered(2, at_s=12)), 14)
    assert recording.times == [(1, 10, STATED), (2, 12, STATED)]


def test_the_short_way_for_regular_news_gives_the_same_as_the_long_one() -> None:
    """A source that jumps, rounds, loses dates, and has ads and a discontinuity among much that is regular."""
    entries: list[MediaSegment] = []
    at_s = 10.0
    for number in range(120):
        at_s += {17: 0.011, 40: 3.5, 41: -1.0, 60: 0.009, 90: 100.0}.get(number, 0.0)
        is_dated = not 70 <= number < 74
        one = offered(number, at_s=at_s if is_dated else None, discontinuity=number == 90)
        entries.append(replace(one, ad=Ad(sign=AdSign.DATE_RANGE)) if 30 <= number < 34 else one)
        at_s += 2.0
    short, long = Recording(), Recording()
    for last in range(5, 120):
        window = a_window(*entries[last - 5 : last + 1])
        short.poll(window, 500)
        long.state = replace(long.state, undated=True)  # for which there is no short way
        long.poll(window, 500)
        assert short.state.date_jumps == long.state.date_jumps
    assert short.fetches == long.fetches
    assert short.state.date_jumps == 4
