"""What a recorder does about each answer: tables of polls on a clock that the test sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick, us

from longtake.core.facts import Dating
from longtake.core.hls.model import ByteRange, InitSection, Key, MediaPlaylist, MediaSegment
from longtake.core.live import REMEMBERED, LiveState, Observation, SegmentFetch, next_poll_s, observe
from longtake.core.times import SECOND_US, from_us

ZERO_US = us("04:00:00")
STATED, CARRIED, ESTIMATED = Dating.STATED, Dating.CARRIED, Dating.ESTIMATED


def offered(
    sequence: int, duration_s: float = 2.0, at_s: float | None = None, uri: str | None = None
) -> MediaSegment:
    """A segment of a source; ``at_s`` is its PROGRAM-DATE-TIME in seconds after four o'clock."""
    return MediaSegment(
        uri=uri or f"https://cdn.example/live/{sequence}.ts",
        duration_s=duration_s,
        sequence=sequence,
        program_date_time=None if at_s is None else from_us(ZERO_US + round(at_s * SECOND_US)),
    )


def a_window(*segments: MediaSegment, target_s: int = 2, ended: bool = False) -> MediaPlaylist:
    return MediaPlaylist(
        target_duration_s=target_s,
        segments=segments,
        media_sequence=segments[0].sequence if segments else 0,
        ended=ended,
    )


def dated(first: int, last: int, token: str = "") -> MediaPlaylist:
    """Segments of 2 s whose number is half their second."""
    return a_window(
        *(
            offered(n, at_s=2.0 * n, uri=f"https://cdn.example/live/{n}.ts{token}")
            for n in range(first, last + 1)
        )
    )


def undated(first: int, last: int) -> MediaPlaylist:
    return a_window(*(offered(n) for n in range(first, last + 1)))


@dataclass
class Recording:
    """Polls one after the other, and what came of them."""

    state: LiveState = field(default_factory=LiveState)
    fetches: list[SegmentFetch] = field(default_factory=list)

    def poll(self, playlist: MediaPlaylist, at_s: float = 0.0) -> Observation:
        seen = observe(self.state, playlist, now_us=ZERO_US + round(at_s * SECOND_US))
        self.state = seen.state
        self.fetches += seen.fetches
        return seen

    @property
    def numbers(self) -> list[int]:
        return [fetch.sequence for fetch in self.fetches]

    @property
    def times(self) -> list[tuple[int, float, Dating]]:
        return [
            (fetch.sequence, (fetch.start_us - ZERO_US) / SECOND_US, fetch.dating) for fetch in self.fetches
        ]


def test_a_fetch_says_all_that_is_needed() -> None:
    init = InitSection(uri="https://cdn.example/init.mp4")
    part = ByteRange(length_bytes=10, offset_bytes=5)
    segment = replace(offered(7, 1.5, at_s=3), init=init, byte_range=part, discontinuity=True)
    (fetch,) = observe(LiveState(), a_window(segment, target_s=4), now_us=ZERO_US).fetches
    assert fetch == SegmentFetch(
        uri="https://cdn.example/live/7.ts",
        sequence=7,
        start_us=ZERO_US + 3 * SECOND_US,
        duration_s=1.5,
        dating=STATED,
        target_duration_s=4,
        discontinuity=True,
        byte_range=part,
        init=init,
    )


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


def test_a_time_once_given_is_kept() -> None:
    recording = Recording()
    recording.poll(undated(0, 1), 100)
    recording.poll(a_window(offered(1, at_s=500), offered(2)), 101)
    assert recording.times[-1] == (2, 100, ESTIMATED), "goes on from what 1 was given, not from its date"


# playlists -> the numbers that each of them makes fetched
WINDOWS: dict[str, list[tuple[MediaPlaylist, list[int]]]] = {
    "the same one again": [(dated(0, 2), [0, 1, 2]), (dated(0, 2), []), (dated(0, 2), [])],
    "a sliding one": [(dated(0, 2), [0, 1, 2]), (dated(1, 3), [3]), (dated(3, 5), [4, 5])],
    "one that slid past us": [(dated(0, 2), [0, 1, 2]), (dated(10, 11), [10, 11])],
    "one that grows": [(dated(0, 0), [0]), (dated(0, 1), [1]), (dated(0, 3), [2, 3])],
    "an edge that lags": [(dated(3, 5), [3, 4, 5]), (dated(2, 4), [2]), (dated(3, 6), [6])],
    "tokens that rotate": [(dated(0, 1, "?t=a"), [0, 1]), (dated(0, 2, "?t=b"), [2]), (dated(1, 2), [])],
    "an empty one between": [(dated(0, 1), [0, 1]), (a_window(), []), (dated(0, 2), [2])],
    "an empty one first": [(a_window(), []), (dated(0, 1), [0, 1])],
    "without dates": [(undated(0, 2), [0, 1, 2]), (undated(0, 2), []), (undated(2, 3), [3])],
}


@pytest.mark.parametrize("polls", WINDOWS.values(), ids=WINDOWS.keys())
def test_everything_is_fetched_once(polls: list[tuple[MediaPlaylist, list[int]]]) -> None:
    recording = Recording()
    for second, (playlist, numbers) in enumerate(polls):
        seen = recording.poll(playlist, second)
        assert [fetch.sequence for fetch in seen.fetches] == numbers
    assert recording.state.resets == 0


def test_the_token_of_the_day_is_used() -> None:
    recording = Recording()
    recording.poll(dated(0, 1, "?t=a"))
    recording.poll(dated(1, 2, "?t=b"))
    assert recording.fetches[-1].uri.endswith("/2.ts?t=b")


KNOWN = offered(5, at_s=10)
SPLIT = replace(KNOWN, byte_range=ByteRange(length_bytes=10, offset_bytes=0))
# what is known of number 5, what is now called 5 -> whether it is another segment
RESETS = {
    "the same name": (offered(5), offered(5), False),
    "the same name with another token": (offered(5), offered(5, uri=offered(5).uri + "?t=b"), False),
    "the same name in another folder: a token rotates in the path": (
        offered(5),
        offered(5, uri="https://cdn.example/live/b/5.ts"),
        False,
    ),
    "another name": (offered(5), offered(5, uri="https://cdn.example/live/b5.ts"), True),
    "another name, the same time": (KNOWN, replace(KNOWN, uri="https://cdn2.example/b5.ts"), False),
    "another name, almost the same time": (
        KNOWN,
        offered(5, at_s=10.4, uri="https://cdn2.example/b5.ts"),
        False,
    ),
    "another name, another time": (KNOWN, offered(5, at_s=10.6, uri="https://cdn2.example/b5.ts"), True),
    "another name, now without time": (KNOWN, offered(5, uri="https://cdn2.example/b5.ts"), True),
    "the same name, a time that is a little off": (KNOWN, offered(5, at_s=13), False),
    "the same name, now without time": (KNOWN, offered(5), False),
    "the same name, quite another time: the encoder began anew": (KNOWN, offered(5, at_s=3610), True),
    "the same name, a time where it was estimated": (offered(5), offered(5, at_s=3610), False),
    "another part of the same file": (
        SPLIT,
        replace(SPLIT, program_date_time=None, byte_range=ByteRange(length_bytes=10, offset_bytes=10)),
        True,
    ),
    "the same part of the same file": (SPLIT, SPLIT, False),
}


@pytest.mark.parametrize(("before", "after", "reset"), RESETS.values(), ids=RESETS.keys())
def test_a_source_that_counts_anew(before: MediaSegment, after: MediaSegment, reset: bool) -> None:
    recording = Recording()
    recording.poll(a_window(before), 12)
    seen = recording.poll(a_window(after, offered(6)), 14)
    assert [fetch.sequence for fetch in seen.fetches] == ([5, 6] if reset else [6])
    assert seen.state.resets == reset


def test_after_a_reset_everything_is_new_and_goes_on() -> None:
    recording = Recording()
    recording.poll(dated(0, 4), 10)
    again = a_window(*(offered(n, at_s=1000 + 2.0 * n) for n in range(3)))
    assert [fetch.start_us for fetch in recording.poll(again, 1010).fetches] == [
        ZERO_US + second * SECOND_US for second in (1000, 1002, 1004)
    ]
    more = a_window(*(offered(n, at_s=1000 + 2.0 * n) for n in range(1, 6)))
    assert [fetch.sequence for fetch in recording.poll(more, 1011).fetches] == [3, 4, 5]
    assert recording.state.resets == 1
    assert recording.poll(dated(2, 3), 1012).state.resets == 2


def test_an_encoder_that_starts_again_at_0_without_dates_is_followed() -> None:
    recording = Recording()
    recording.poll(undated(100, 104), 0)
    assert recording.poll(undated(0, 0), 1).state.resets == 0, "an edge may lag for a moment"
    seen = recording.poll(undated(0, 2), 5)
    assert seen.state.resets == 1
    assert [fetch.sequence for fetch in seen.fetches] == [1, 2], "0 has been fetched already"
    assert recording.poll(undated(1, 3), 7).state.resets == 1, "once"


def test_an_encoder_that_starts_again_with_numbers_and_names_that_are_known_is_followed() -> None:
    recording = Recording()
    for second in range(0, 40, 2):
        recording.poll(undated(second // 2, second // 2 + 4), second)
    recording.fetches.clear()
    for second in range(40, 60, 2):
        recording.poll(undated(0, (second - 40) // 2), second)
    assert recording.numbers == list(range(10))
    assert recording.state.resets == 1


def test_an_edge_that_lags_a_little_for_long_is_no_reset() -> None:
    recording = Recording()
    recording.poll(undated(100, 104), 0)
    for second in range(1, 20, 2):
        recording.poll(undated(99, 103), second)
        recording.poll(undated(100 + second // 2, 104 + second // 2), second + 1)
    assert recording.state.resets == 0
    assert len(recording.numbers) == len(set(recording.numbers))


def test_a_source_that_makes_up_numbers_does_not_fill_the_memory() -> None:
    recording = Recording()
    for poll in range(30):
        recording.poll(undated(poll * 1000, poll * 1000 + 999), poll)
        recording.poll(undated(0, 0), poll)
    assert len(recording.state.sightings) <= 20_000


def test_where_estimated_times_jump_there_is_a_joint() -> None:
    recording = Recording()
    recording.poll(undated(0, 1), 100)
    seen = recording.poll(undated(1, 3), 200)
    assert [fetch.discontinuity for fetch in seen.fetches] == [True, False]


def test_only_the_first_sight_brings_a_backlog() -> None:
    recording = Recording()
    assert recording.poll(dated(0, 4)).backlog
    assert not recording.poll(dated(0, 5)).backlog


def test_estimated_times_do_not_run_ahead_of_the_clock() -> None:
    """EXTINF 10 each 9.6 s, for a day: whole seconds stated where the truth is shorter."""
    recording = Recording()
    for number in range(9000):
        at_s = 100 + number * 9.6
        window = a_window(*(offered(index, 10.0) for index in range(number, number + 3)), target_s=10)
        recording.poll(window, at_s)
        assert recording.times[-1][1] <= at_s + 10
        recording.fetches[:-1] = []


def test_what_is_listed_is_never_forgotten() -> None:
    recording = Recording()
    day = undated(0, 43_200)
    recording.poll(day, 0)
    recording.fetches.clear()
    recording.poll(day, 2)
    assert recording.fetches == []


def test_a_stream_that_ended_and_began_again_is_new() -> None:
    recording = Recording()
    recording.poll(replace(undated(0, 4), ended=True), 0)
    seen = recording.poll(undated(0, 4), 60)
    assert [fetch.sequence for fetch in seen.fetches] == [0, 1, 2, 3, 4]


def test_what_may_be_of_a_new_beginning_is_of_an_epoch_of_its_own() -> None:
    recording = Recording()
    recording.poll(undated(100, 104), 0)
    assert [fetch.epoch for fetch in recording.poll(undated(0, 0), 1).fetches] == [(1, 0)]
    assert [fetch.epoch for fetch in recording.poll(undated(0, 1), 5).fetches] == [(1, 0)]


def test_numbers_that_start_lower_are_new() -> None:
    recording = Recording()
    recording.poll(dated(1000, 1002), 2010)
    assert [fetch.sequence for fetch in recording.poll(dated(0, 2), 2012).fetches] == [0, 1, 2]


def test_segments_marked_as_gap_are_counted_and_not_fetched() -> None:
    recording = Recording()
    playlist = a_window(offered(0, at_s=0), replace(offered(1), gap=True), offered(2))
    seen = recording.poll(playlist)
    assert recording.times == [(0, 0, STATED), (2, 4, CARRIED)], "but they take their time"
    assert seen.state.gaps_announced == 1
    assert recording.poll(playlist).state.gaps_announced == 1, "once"


def test_encrypted_segments_are_named_and_not_fetched() -> None:
    key = Key(method="AES-128", uri="https://cdn.example/key")
    recording = Recording()
    seen = recording.poll(a_window(offered(0), replace(offered(1), key=key)))
    assert recording.numbers == [0]
    assert seen.encrypted_with == "AES-128"
    assert recording.poll(a_window(replace(offered(1), key=key), offered(2))).encrypted_with is None
    assert recording.numbers == [0, 2]


def test_an_encrypted_gap_is_announced_as_both() -> None:
    seen = Recording().poll(a_window(replace(offered(0), key=Key(method="SAMPLE-AES"), gap=True)))
    assert (seen.fetches, seen.encrypted_with, seen.state.gaps_announced) == ((), "SAMPLE-AES", 1)


def test_the_end_is_told_with_the_last_segments() -> None:
    recording = Recording()
    assert not recording.poll(dated(0, 1)).ended
    seen = recording.poll(replace(dated(0, 2), ended=True))
    assert seen.ended
    assert recording.numbers == [0, 1, 2]


# seconds of polls that bring nothing new after second 0 -> frozen
FROZEN = {
    "three target durations are not long": (12.0, False),
    "more is": (12.001, True),
}


@pytest.mark.parametrize(("at_s", "frozen"), FROZEN.values(), ids=FROZEN.keys())
def test_a_playlist_that_brings_nothing_new_is_frozen(at_s: float, frozen: bool) -> None:
    playlist = replace(dated(0, 2), target_duration_s=4)
    recording = Recording()
    assert not recording.poll(playlist, 0).frozen
    assert recording.poll(playlist, at_s).frozen == frozen
    assert not recording.poll(replace(dated(0, 3), target_duration_s=4), at_s + 1).frozen


def test_an_empty_playlist_freezes_from_its_first_sight() -> None:
    recording = Recording()
    assert not recording.poll(a_window(), 100).frozen
    assert recording.poll(a_window(), 107).frozen


# target duration, durations, changed, quiet for -> the next poll after
POLLS = {
    "after a change, just before the next is due": (6, [6.0, 2.0], True, 0.0, 1.8),
    "after a change, at most the target duration": (2, [4.0], True, 0.0, 2.0),
    "after a change by a very short one, not at once": (6, [0.01], True, 0.0, 0.2),
    "the next is overdue: often": (6, [6.0], False, 5.0, 0.25),
    "twice the target duration is still often": (6, [6.0], False, 12.0, 0.25),
    "after that at half the target duration": (6, [6.0], False, 12.001, 3.0),
    "an odd target duration and an odd segment do not send it to sleep": (
        3000,
        [2.0, 3000.0],
        True,
        0.0,
        10.0,
    ),
    "an odd target duration, and nothing new for long": (3000, [2.0], False, 7000.0, 5.0),
    "an empty one": (6, [], False, 0.0, 0.25),
    "an empty one for long": (6, [], False, 60.0, 3.0),
    "a target duration of nought counts as a second": (0, [0.0], True, 0.0, 0.2),
    "a target duration of nought, for long": (0, [], False, 60.0, 0.5),
    "a clock that was set back": (6, [6.0], False, -5.0, 0.25),
}


@pytest.mark.parametrize(
    ("target_s", "durations", "changed", "quiet_s", "expected_s"), POLLS.values(), ids=POLLS.keys()
)
def test_when_to_ask_again(
    target_s: int, durations: Sequence[float], changed: bool, quiet_s: float, expected_s: float
) -> None:
    playlist = a_window(
        *(offered(n, duration_s) for n, duration_s in enumerate(durations)), target_s=target_s
    )
    delay_s = next_poll_s(playlist, changed=changed, quiet_us=round(quiet_s * SECOND_US))
    assert delay_s == pytest.approx(expected_s)


def test_the_polls_of_a_stream_that_stops() -> None:
    recording = Recording()
    delays = [recording.poll(dated(0, 2), at_s).next_poll_s for at_s in (0, 1.8, 2.05, 4.0, 4.1, 5.1)]
    assert delays == pytest.approx([1.8, 0.25, 0.25, 0.25, 1.0, 1.0])


def test_what_is_remembered_is_bounded() -> None:
    recording = Recording()
    for first in range(0, 4 * REMEMBERED, 500):
        recording.poll(undated(first, first + 499))
    last = 4 * REMEMBERED - 500
    assert min(recording.state.sightings) == last - REMEMBERED
    assert len(recording.state.sightings) == REMEMBERED + 500
    assert len(recording.numbers) == 4 * REMEMBERED


def test_observing_leaves_the_state_before_as_it_was() -> None:
    before = Recording().poll(dated(0, 2)).state
    copy = dict(before.sightings)
    observe(before, dated(1, 4), now_us=ZERO_US)
    assert before.sightings == copy


Mode = Callable[[int, int], bool]  # (number, number within the window): is it dated
MODES: dict[str, Mode] = {
    "all": lambda number, index: True,
    "none": lambda number, index: False,
    "the first": lambda number, index: index == 0,
    "every third": lambda number, index: number % 3 == 0,
}
# By how much each window moves on (back, for an edge that lags), and its length and token.
moves = st.lists(
    st.tuples(st.integers(-2, 3), st.integers(3, 6), st.sampled_from(["", "?t=a", "?t=b"])),
    min_size=1,
    max_size=15,
)
durations = st.lists(st.sampled_from([2.0, 1.999, 2.002, 0.5, 6.0]), min_size=60, max_size=60)


@quick
@given(moves, durations, st.sampled_from(sorted(MODES)), st.integers(-100, 10**6))
def test_over_any_windows_everything_offered_is_fetched_once(
    steps: list[tuple[int, int, str]], lengths: list[float], mode: str, offset_s: int
) -> None:
    """And its time is the true one, or, where none is stated, off by one and the same amount for ever."""
    starts_s = [sum(lengths[:n]) for n in range(60)]
    recording, seen, first = Recording(), set(), 12
    for advance, length, token in steps:
        first = max(0, first + advance)
        numbers = range(first, first + length)
        seen |= set(numbers)
        window = a_window(
            *(
                offered(
                    n,
                    lengths[n],
                    at_s=starts_s[n] if MODES[mode](n, index) else None,
                    uri=f"https://cdn.example/live/{n}.ts{token}",
                )
                for index, n in enumerate(numbers)
            )
        )
        recording.poll(window, offset_s + starts_s[numbers[-1]])
    assert Counter(recording.numbers) == Counter(seen)
    assert recording.state.resets == 0
    errors_us = {
        fetch.start_us - ZERO_US - round(starts_s[fetch.sequence] * SECOND_US) for fetch in recording.fetches
    }
    if mode == "none":
        assert max(errors_us) - min(errors_us) <= 50, "roundings"
        assert {fetch.dating for fetch in recording.fetches} == {ESTIMATED}
    else:
        assert all(abs(error_us) <= 50 for error_us in errors_us)
        assert ESTIMATED not in {fetch.dating for fetch in recording.fetches}


@quick
@given(moves, st.integers(1, 10**6))
def test_polls_neither_storm_nor_sleep(steps: list[tuple[int, int, str]], target_s: int) -> None:
    recording, first = Recording(), 12
    for second, (advance, length, _) in enumerate(steps):
        first = max(0, first + advance)
        seen = recording.poll(replace(undated(first, first + length), target_duration_s=target_s), second)
        assert 0.2 <= seen.next_poll_s <= target_s
