"""Polls that bring no playlist."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.live_playlists import Recording, dated, undated

from longtake.core.live import FailureKind, LivePolicy, PollFailure

GONE, REFUSED = FailureKind.GONE, FailureKind.REFUSED
UNREACHABLE, NO_PLAYLIST = FailureKind.UNREACHABLE, FailureKind.NO_PLAYLIST

# kinds in a row -> delays at the middle of their jitter, and whether the source is asked anew
ROWS: dict[str, tuple[list[FailureKind], list[tuple[float, bool]]]] = {
    "unreachable: quickly once, then ever more rarely, and asked anew from the third": (
        [UNREACHABLE] * 7,
        [(0.3, False), (0.6, False), (1.2, True), (2.4, True), (4.8, True), (5, True), (5, True)],
    ),
    "no playlist: the same": ([NO_PLAYLIST] * 3, [(0.3, False), (0.6, False), (1.2, True)]),
    "gone: asked anew at once, more rarely": (
        [GONE] * 7,
        [(1, True), (2, True), (4, True), (8, True), (16, True), (20, True), (20, True)],
    ),
    "refused: the same": ([REFUSED] * 2, [(1, True), (2, True)]),
    "one after the other counts together": (
        [UNREACHABLE, UNREACHABLE, GONE],
        [(0.3, False), (0.6, False), (4, True)],
    ),
}


@pytest.mark.parametrize(("kinds", "expected"), ROWS.values(), ids=ROWS.keys())
def test_failures_in_a_row(kinds: list[FailureKind], expected: list[tuple[float, bool]]) -> None:
    recording = Recording(jitter=0.5)
    recording.poll(dated(0, 2), 0)
    seen = [recording.poll(PollFailure(kind=kind, reason="why"), at_s) for at_s, kind in enumerate(kinds)]
    assert [(one.next_poll_s, one.ask_anew == "why") for one in seen] == expected


def test_an_important_stream_is_asked_for_more_often_while_it_is_down() -> None:
    recording = Recording(jitter=0.5, policy=LivePolicy(longest_absent_s=5))
    gone = [recording.poll(PollFailure(kind=GONE, reason="why")).next_poll_s for _ in range(5)]
    assert gone == [1, 2, 4, 5, 5]
    ended = replace(dated(0, 2), ended=True)
    recording = Recording(jitter=0.5, policy=LivePolicy(longest_absent_s=5))
    assert [recording.poll(ended, second).next_poll_s for second in range(5)] == [1, 2, 4, 5, 5]


def test_a_playlist_ends_the_row() -> None:
    recording = Recording(jitter=0.5)
    failure = PollFailure(kind=UNREACHABLE, reason="why")
    for second in range(5):
        recording.poll(failure, second)
    recording.poll(dated(0, 2), 6)
    assert recording.poll(failure, 7).next_poll_s == 0.3
    assert recording.numbers == [0, 1, 2]


def test_jitter_spreads_delays_by_a_quarter_to_either_side() -> None:
    delays = [
        Recording(jitter=jitter).poll(PollFailure(kind=GONE, reason="why")).next_poll_s
        for jitter in (0.0, 0.999)
    ]
    assert delays == pytest.approx([0.75, 1.25], abs=0.01)


def test_a_failure_forgets_nothing() -> None:
    recording = Recording()
    recording.poll(undated(0, 2), 0)
    recording.poll(PollFailure(kind=GONE, reason="why"), 1)
    assert recording.poll(undated(1, 3), 2).fetches[0].sequence == 3
    assert recording.numbers == [0, 1, 2, 3]


def test_a_thousand_failures_are_no_storm() -> None:
    recording = Recording()
    delays = [
        recording.poll(PollFailure(kind=UNREACHABLE, reason="why"), second).next_poll_s
        for second in range(1000)
    ]
    assert min(delays[5:]) >= 3.75
    assert max(delays) <= 6.25
