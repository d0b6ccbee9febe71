"""Which entries have been seen before, whatever a source does to its numbers and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.fakes.live_playlists import URL, ZERO_US, Recording, a_window, called, dated, offered, undated

from longtake.core.hls.model import ByteRange, MediaPlaylist, MediaSegment
from longtake.core.times import SECOND_US

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
    seen = recording.poll(undated(0, 2), 5.5)
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


def test_an_edge_that_lags_after_an_outage_is_no_reset() -> None:
    """Nothing was to be had for a minute, of the stream nor of its playlist; then edges show what they last had."""
    recording = Recording()
    recording.poll(undated(100, 104), 0)
    for second, last in ((60, 102), (61, 104), (62, 103), (63, 105)):
        recording.poll(undated(last - 4, last), second)
    assert recording.state.resets == 0
    assert sorted(recording.numbers) == list(range(98, 106))


def test_a_source_that_makes_up_numbers_does_not_fill_the_memory() -> None:
    recording = Recording()
    for poll in range(30):
        recording.poll(undated(poll * 1000, poll * 1000 + 999), poll)
        recording.poll(undated(0, 0), poll)
    assert len(recording.state.sightings) <= 20_000


# polls of letters, numbered from -> the letters that each makes fetched
FAULTS: dict[str, list[tuple[MediaPlaylist, str]]] = {
    "no MEDIA-SEQUENCE: every playlist counts from 0": [
        (called("abc"), "abc"),
        (called("bcd"), "d"),
        (called("cde"), "e"),
        (called("cde"), ""),
        (called("efg"), "fg"),
    ],
    "edges that number differently": [
        (called("abc", 100), "abc"),
        (called("bcd", 7), "d"),
        (called("bcd", 101), ""),
        (called("cde", 8), "e"),
        (called("cdef", 102), "f"),
        (called("cdef", 8), ""),
    ],
    "edges whose numbers differ by little": [
        (called("abcd", 10), "abcd"),
        (called("abcde", 8), "e"),
        (called("bcdef", 11), "f"),
        (called("bcdef", 9), ""),
    ],
    "entries that changed places": [(called("acb", 10), "acb"), (called("abcd", 10), "d")],
    "an entry that was replaced": [(called("abc", 10), "abc"), (called("aXcd", 10), "Xd")],
    "the newest entry twice": [
        (called("abb", 10), "ab"),
        (called("abbc", 10), "c"),
        (called("bbcd", 11), "d"),
    ],
    "a discontinuity between two of a name: shown twice": [(called("as|s|b", 10), "assb")],
    "the same names again, with numbers that go on": [
        (called("abc", 10), "abc"),
        (called("bca", 11), "a"),
        (called("cab", 12), "b"),
    ],
    "the same names again, a whole window at once": [(called("abc", 10), "abc"), (called("abc", 13), "abc")],
    "a new beginning with other names": [(called("abc", 1), "abc"), (called("xyz", 1), "xyz")],
    "a new beginning with other names and dates": [
        (called("abc", 10, at_s=[0, 2, 4]), "abc"),
        (called("xyz", 10, at_s=[60, 62, 64]), "xyz"),
    ],
    "a new session, whose token is in the names": [
        (called("abc", 10), "abc"),
        (called("xyz", 10), ""),
        (called("klmn", 10), "n"),
        (called("uvwx", 11), "x"),
        (called("uvwx", 11), ""),
        (called("bcyz", 12), "yz"),
    ],
    "an edge that lags after numbers have changed": [
        (called("abcd", 10), "abcd"),
        (called("cdef", 0), "ef"),
        (called("bcde", 0), ""),
    ],
}


@pytest.mark.parametrize("polls", FAULTS.values(), ids=FAULTS.keys())
def test_a_source_with_faults(polls: list[tuple[MediaPlaylist, str]]) -> None:
    recording = Recording()
    for second, (playlist, letters) in enumerate(polls):
        recording.fetches.clear()
        recording.poll(playlist, second)
        assert recording.names == letters


def at(times: Sequence[float], letters: str, first: int) -> MediaPlaylist:
    return called(letters, first, at_s=times)


def test_another_encoder_of_the_same_stream_is_known_by_its_times() -> None:
    recording = Recording()
    recording.poll(at([10, 12, 14], "abc", 100), 20)
    recording.poll(at([12.1, 14.1, 16.1], "xyz", 7), 20)
    assert recording.names == "abcz"
    assert recording.state.resets == 0


def test_another_encoder_with_other_borders_is_recorded_as_well() -> None:
    recording = Recording()
    recording.poll(at([10, 12, 14], "abc", 100), 20)
    recording.poll(at([11, 13, 15], "xyz", 7), 20)
    assert recording.names == "abcxyz"


def test_the_same_name_and_date_twice_is_one_and_with_other_dates_two() -> None:
    recording = Recording()
    recording.poll(at([10, 10, 12], "aab", 0), 20)
    recording.poll(at([12, 14, 16], "bss", 2), 20)
    assert recording.names == "abss"


def test_where_all_bear_one_name_numbers_tell() -> None:
    """As where the number is in the middle of the path."""

    def window(first: int) -> MediaPlaylist:
        return a_window(*(offered(n, uri=f"{URL}/sq/{n}/file/seg.ts") for n in range(first, first + 4)))

    recording = Recording()
    for first in (0, 1, 2, 2, 5, 12):
        recording.poll(window(first), 2 * first)
    assert recording.numbers == [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15]


@pytest.mark.parametrize("at_s", [None, 0.0], ids=["without dates", "a date on the first"])
def test_where_all_bear_one_name_a_window_that_slid_past_the_first_of_all_is_new(at_s: float | None) -> None:
    def window(first: int, count: int) -> MediaPlaylist:
        start_s = None if at_s is None else at_s + 2.0 * first
        uris = [f"{URL}/sq/{first + n}/file/seg.ts" for n in range(count)]
        return a_window(
            *(offered(first + n, at_s=None if n else start_s, uri=uri) for n, uri in enumerate(uris))
        )

    recording = Recording()
    recording.poll(window(0, 1), 2)
    recording.poll(window(3, 3), 12)
    assert recording.numbers == [0, 3, 4, 5]


def test_an_edge_that_still_shows_the_stream_before_its_end_is_no_new_beginning() -> None:
    recording = Recording()
    recording.poll(undated(0, 4), 0)
    recording.poll(replace(undated(0, 5), ended=True), 2)
    recording.poll(undated(0, 4), 3)
    assert recording.numbers == [0, 1, 2, 3, 4, 5]


def test_nothing_is_remembered_without_bound() -> None:
    recording = Recording()
    for poll in range(60):
        recording.poll(called("".join(chr(0x4E00 + 300 * poll + n) for n in range(300)), 0), 100 * poll)
    assert len(recording.state.sightings) <= 4400
    assert len(recording.state.names) <= 8800


def test_a_repetition_that_gives_way_to_the_next_entry_is_no_new_beginning() -> None:
    recording = Recording()
    for second, letters in enumerate(("abb", "abc", "abcd")):
        recording.poll(called(letters, 10), second)
    assert recording.names == "abcd"
    assert recording.state.resets == 0


def test_an_edge_that_repeats_an_entry_in_the_place_of_the_next_forgets_nothing() -> None:
    recording = Recording()
    for second, letters in enumerate(("abcd", "abcc", "abcd", "abccX", "abcde")):
        recording.poll(called(letters, 10), second)
    assert recording.names == "abcdXe"
    assert recording.state.resets == 0
