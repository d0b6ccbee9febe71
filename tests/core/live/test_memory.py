"""What survives a restart: times, to the microsecond."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.live_playlists import URL, Recording, a_window, called, dated, offered, undated

from longtake.core.facts import Dating
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import LiveState, decode_memory, encode_memory

ESTIMATED = Dating.ESTIMATED


def restarted(recording: Recording) -> Recording:
    return Recording(state=decode_memory(encode_memory(recording.state)))


def before() -> Recording:
    """Entries 3 to 5, which begin at 94, 96 and 98 s."""
    recording = Recording()
    recording.poll(undated(3, 5), 100)
    return recording


# the playlist and the second after a restart -> times
AFTER: dict[str, tuple[MediaPlaylist, float, list[tuple[int, float, Dating]]]] = {
    "the same is listed: the same times": (
        undated(3, 5),
        101.3,
        [(3, 94, ESTIMATED), (4, 96, ESTIMATED), (5, 98, ESTIMATED)],
    ),
    "the window moved: on from there": (
        undated(5, 7),
        104.9,
        [(5, 98, ESTIMATED), (6, 100, ESTIMATED), (7, 102, ESTIMATED)],
    ),
    "an edge that lags: back from there": (
        undated(2, 3),
        100.5,
        [(2, 92, ESTIMATED), (3, 94, ESTIMATED)],
    ),
    "the window moved by its length": (
        undated(6, 7),
        104.2,
        [(6, 100, ESTIMATED), (7, 102, ESTIMATED)],
    ),
    "it moved further: as many durations as numbers": (
        undated(16, 17),
        124.7,
        [(16, 120, ESTIMATED), (17, 122, ESTIMATED)],
    ),
    "the clock does not agree: by the clock": (
        undated(16, 17),
        150,
        [(16, 146, ESTIMATED), (17, 148, ESTIMATED)],
    ),
    "other names: by the clock": (
        called("abc", 3),
        150,
        [(3, 144, ESTIMATED), (4, 146, ESTIMATED), (5, 148, ESTIMATED)],
    ),
    "long after: by the clock, since numbers and names may have begun anew": (
        undated(3, 5),
        1000,
        [(3, 994, ESTIMATED), (4, 996, ESTIMATED), (5, 998, ESTIMATED)],
    ),
    "dates count more": (
        a_window(offered(5, at_s=500), offered(6)),
        510,
        [(5, 500, Dating.STATED), (6, 502, Dating.CARRIED)],
    ),
}


@pytest.mark.parametrize(("playlist", "at_s", "times"), AFTER.values(), ids=AFTER.keys())
def test_after_a_restart(
    playlist: MediaPlaylist, at_s: float, times: list[tuple[int, float, Dating]]
) -> None:
    recording = restarted(before())
    assert recording.poll(playlist, at_s).backlog
    assert recording.times == times, "all are offered anew: what is here, the store knows"


def test_restart_after_restart_the_times_stay() -> None:
    recording = before()
    given = {number: start_s for number, start_s, _ in recording.times}
    for step in range(1, 40):
        recording = restarted(recording)
        recording.poll(undated(3 + step, 5 + step), 100 + 2 * step + 0.37 * (step % 3))
        for number, start_s, _ in recording.times:
            assert given.setdefault(number, start_s) == start_s
    assert given[44] == 98 + 2 * 39


def test_a_date_that_has_left_the_playlist_is_remembered_as_well() -> None:
    recording = Recording()
    recording.poll(called("ab", at_s=[50, None]), 100)
    recording.poll(called("bc", 1), 102)
    again = restarted(recording)
    again.poll(called("cd", 2), 104)
    assert again.times == [(2, 54, Dating.CARRIED), (3, 56, Dating.CARRIED)]


def test_only_what_needs_it_asks_to_be_remembered() -> None:
    assert before().poll(undated(4, 6), 102).remember
    assert not before().poll(undated(3, 5), 102).remember, "nothing is new"
    assert not Recording().poll(dated(0, 2), 100).remember


def test_the_text_is_short_whatever_is_listed() -> None:
    recording = Recording()
    recording.poll(
        a_window(*(offered(n, uri="https://x.example/" + "y" * 3000 + str(n)) for n in range(500)))
    )
    text = encode_memory(recording.state)
    assert len(text) < 20_000
    assert len(decode_memory(text).anchors) == 64


NO_MEMORIES = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "another version": '{"version":2,"seen_us":1,"entries":[]}',
    "no entries": '{"version":1,"seen_us":1}',
    "an entry that is none": '{"version":1,"seen_us":1,"entries":[[1,2]]}',
    "a name that is none": '{"version":1,"seen_us":1,"entries":[[1,2,3,4,"estimated",null]]}',
    "a time that is none": '{"version":1,"seen_us":1,"entries":[[1,"a",-3,4,"estimated",null]]}',
    "a dating that is none": '{"version":1,"seen_us":1,"entries":[[1,"a",3,4,"guessed",null]]}',
    "no moment": '{"version":1,"seen_us":true,"entries":[]}',
    "very much": "[" * 200_000,
    "deeply nested": "[" * 50_000,
}


@pytest.mark.parametrize("text", NO_MEMORIES.values(), ids=NO_MEMORIES.keys())
def test_what_is_no_memory_tells_nothing(text: str) -> None:
    assert decode_memory(text) == LiveState()


@quick
@given(st.integers(0, 60))
def test_a_torn_text_tells_nothing(end: int) -> None:
    text = encode_memory(before().state)
    assert decode_memory(text[: len(text) - 1 - end]) == LiveState()


def test_both_ways() -> None:
    text = encode_memory(before().state)
    state = decode_memory(text)
    assert sorted(state.anchors) == [3, 4, 5]
    assert json.loads(text)["seen_us"] == state.anchored_us


def test_a_restart_that_gets_a_session_of_its_own_gives_the_same_times() -> None:
    """A server that dates nothing, and puts its session into the names: the usual one."""

    def window(first: int, session: str) -> MediaPlaylist:
        return a_window(*(offered(n, uri=f"{URL}/media_{session}_{n}.ts") for n in range(first, first + 4)))

    first = Recording()
    first.poll(window(100, "w1"), 10)
    first.poll(window(101, "w1"), 12)
    again = restarted(first)
    again.poll(window(102, "w2"), 14.7)
    assert again.times[:3] == first.times[2:]
    assert again.times[3][:2] == (105, first.times[-1][1] + 2)


def test_numbers_may_be_as_high_as_the_rules_allow() -> None:
    recording, high = Recording(), 2**64 - 10
    recording.poll(undated(high, high + 2), 10)
    assert set(decode_memory(encode_memory(recording.state)).anchors) == {high, high + 1, high + 2}
