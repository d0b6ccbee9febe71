"""Servers that wait before they answer, or say they do; and updates that leave out what is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from tests.fakes.live_playlists import Publishing, Recording, a_window, dated, offered, publishing

from longtake.core.hls.model import MediaPlaylist, ServerControl
from longtake.core.live import FailureKind, PollFailure

WAITS = ServerControl(can_block_reload=True)
FAILURE = PollFailure(kind=FailureKind.UNREACHABLE, reason="why")


def waiting(playlist: MediaPlaylist) -> MediaPlaylist:
    return replace(playlist, server_control=WAITS)


# --- whole recordings, in simulated time -----------------------------------------------------------------------------


def honest(source: Publishing, asked_s: float, number: int) -> float:
    """Answers when the segment is there, or after three target durations."""
    return min(max(asked_s, source.published_s[number]), asked_s + 6)


def at_once(_source: Publishing, asked_s: float, _number: int) -> float:
    return asked_s


def after_a_while(_source: Publishing, asked_s: float, _number: int) -> float:
    return asked_s + 0.7


@dataclass(frozen=True, kw_only=True)
class Followed:
    lags_s: list[float]
    waits: int
    polls: int


def follow(
    source: Publishing, answers: Callable[[Publishing, float, int], float], *, end_s: float
) -> Followed:
    recording, at_s, polls, waits, lags = Recording(jitter=0.5), 7.3, 0, 0, []
    wait_for = None
    while at_s < end_s:
        polls += 1
        waits += wait_for is not None
        answered_s = at_s + 0.02 if wait_for is None else answers(source, at_s + 0.01, wait_for) + 0.01
        seen = recording.poll(waiting(source.playlist(answered_s - 0.01)), answered_s)
        if not seen.backlog:
            lags += [answered_s - source.published_s[fetch.sequence] for fetch in seen.fetches]
        at_s, wait_for = answered_s + seen.next_poll_s, seen.wait_for
    assert recording.numbers == list(range(recording.numbers[0], recording.numbers[-1] + 1))
    return Followed(lags_s=sorted(lags), waits=waits, polls=polls)


def test_a_server_that_waits_is_asked_once_for_each_segment_and_nothing_is_late() -> None:
    followed = follow(publishing(300, 2.0), honest, end_s=590)
    assert followed.polls == followed.waits + 1
    assert followed.polls <= len(followed.lags_s) + 3
    assert followed.lags_s[-2] < 0.02


@pytest.mark.parametrize("answers", [at_once, after_a_while])
def test_a_server_that_does_not_wait_is_not_stormed_and_is_followed_in_our_rhythm(
    answers: Callable[[Publishing, float, int], float],
) -> None:
    followed = follow(publishing(300, 2.0), answers, end_s=590)
    assert followed.waits < 30
    assert followed.polls < 2 * len(followed.lags_s)
    assert followed.lags_s[len(followed.lags_s) // 2] < 0.15


def test_a_stream_that_stalls_is_waited_for_again_when_it_goes_on() -> None:
    source = publishing(300, 2.0)
    for number in range(100, 106):
        source.published_s[number] = source.published_s[106]
    followed = follow(source, honest, end_s=590)
    assert followed.waits > 270
    assert followed.lags_s[-15] < 0.1


def test_a_server_that_makes_up_news_is_asked_five_times_a_second_at_most() -> None:
    recording, at_s = Recording(), 0.0
    for number in range(100):
        at_s += recording.poll(waiting(dated(number, number + 3)), at_s).next_poll_s
    assert at_s >= 0.2 * 99


# --- single answers ---------------------------------------------------------------------------------------------------


def test_the_number_after_the_last_is_waited_for() -> None:
    seen = Recording().poll(waiting(dated(5, 8)), 18)
    assert (seen.wait_for, seen.next_poll_s) == (9, 0.2)


# what is seen after a playlist that can wait -> what is waited for then
NOT: dict[str, list[MediaPlaylist | PollFailure]] = {
    "a server that does not offer it": [dated(0, 3)],
    "the end": [waiting(replace(dated(0, 3), ended=True))],
    "an empty playlist": [waiting(a_window())],
    "nothing new": [waiting(dated(0, 2))],
    "an edge that lags": [waiting(dated(0, 1))],
    "a failure": [FAILURE],
    "the first answer after a failure": [FAILURE, waiting(dated(0, 3))],
}


@pytest.mark.parametrize("answers", NOT.values(), ids=NOT.keys())
def test_what_is_not_waited_for(answers: list[MediaPlaylist | PollFailure]) -> None:
    recording = Recording()
    assert recording.poll(waiting(dated(0, 2)), 7).wait_for == 3
    seen = [recording.poll(answer, 8 + place) for place, answer in enumerate(answers)]
    assert seen[-1].wait_for is None
    assert seen[-1].next_poll_s >= 0.15


def test_after_a_failure_it_is_waited_for_again() -> None:
    recording = Recording()
    recording.poll(waiting(dated(0, 2)), 7)
    recording.poll(FAILURE, 8)
    recording.poll(waiting(dated(0, 3)), 9)
    assert recording.poll(waiting(dated(0, 4)), 10).wait_for == 5


# --- delta updates ----------------------------------------------------------------------------------------------------


def skipping(count: int, until_s: float | None) -> MediaPlaylist:
    control = ServerControl(can_skip_until_s=until_s)
    return replace(a_window(*(offered(n, at_s=2.0 * n) for n in range(count))), server_control=control)


# a playlist -> whether the next may leave out what is known
SKIPS: dict[str, tuple[MediaPlaylist, bool]] = {
    "much is left out": (skipping(26, 12.0), True),
    "little is left out": (skipping(25, 12.0), False),
    "the server does not offer it": (skipping(500, None), False),
    "half of what is left out is over before the next question": (skipping(500, 0.5), False),
    "all is newer": (skipping(500, 2000.0), False),
    "the end": (replace(skipping(500, 12.0), ended=True), False),
    "nothing is there": (replace(a_window(), server_control=ServerControl(can_skip_until_s=12.0)), False),
}


@pytest.mark.parametrize(("playlist", "skips"), SKIPS.values(), ids=SKIPS.keys())
def test_what_may_be_left_out(playlist: MediaPlaylist, skips: bool) -> None:
    assert Recording(jitter=0.5).poll(playlist, 1000).may_skip == skips


def test_after_a_failure_all_is_asked_for() -> None:
    recording = Recording()
    assert recording.poll(skipping(100, 12.0), 200).may_skip
    assert not recording.poll(FAILURE, 201).may_skip
    assert recording.poll(skipping(100, 12.0), 202).may_skip
