"""What is fetched of new entries, and of those that could not be had at first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.live_playlists import URL, ZERO_US, Recording, a_window, offered, undated

from longtake.core.facts import Dating
from longtake.core.hls.model import ByteRange, InitSection, Key
from longtake.core.live import LiveState, SegmentFetch, observe
from longtake.core.times import SECOND_US


def test_a_fetch_says_all_that_is_needed() -> None:
    init = InitSection(uri="https://cdn.example/init.mp4")
    part = ByteRange(length_bytes=10, offset_bytes=5)
    segment = replace(offered(7, 1.5, at_s=3), init=init, byte_range=part, discontinuity=True)
    (fetch,) = observe(LiveState(), a_window(segment, target_s=4), now_us=ZERO_US, jitter=0.5).fetches
    assert fetch == SegmentFetch(
        uri=f"{URL}/7.ts",
        sequence=7,
        start_us=ZERO_US + 3 * SECOND_US,
        duration_s=1.5,
        dating=Dating.STATED,
        target_duration_s=4,
        discontinuity=True,
        byte_range=part,
        init=init,
    )


def test_what_may_be_of_a_new_beginning_is_of_an_epoch_of_its_own() -> None:
    recording = Recording()
    recording.poll(undated(100, 104), 0)
    assert [fetch.epoch for fetch in recording.poll(undated(0, 0), 1).fetches] == [(1, 0)]
    assert [fetch.epoch for fetch in recording.poll(undated(0, 1), 5).fetches] == [(1, 0)]


def test_segments_marked_as_gap_are_counted_and_not_fetched() -> None:
    recording = Recording()
    playlist = a_window(offered(0, at_s=0), replace(offered(1), gap=True), offered(2))
    seen = recording.poll(playlist)
    assert recording.times == [(0, 0, Dating.STATED), (2, 4, Dating.CARRIED)], "but they take their time"
    assert seen.state.gaps_announced == 1
    assert recording.poll(playlist).state.gaps_announced == 1, "once"


@pytest.mark.parametrize("last", [2, 3], ids=["nothing new besides", "with a new one"])
def test_a_gap_that_is_there_after_all_is_fetched_once(last: int) -> None:
    """As where one edge lacks what another has."""
    recording = Recording()
    with_gap = a_window(offered(0, at_s=0), replace(offered(1), gap=True), offered(2))
    whole = a_window(offered(0, at_s=0), *(offered(number) for number in range(1, last + 1)))
    recording.poll(with_gap)
    recording.poll(whole)
    assert recording.times[2:3] == [(1, 2, Dating.CARRIED)]
    recording.poll(with_gap)
    recording.poll(whole)
    assert recording.numbers == [0, 2, 1, 3][: last + 1]


def test_an_encrypted_gap_is_announced_as_both() -> None:
    seen = Recording().poll(a_window(replace(offered(0), key=Key(method="SAMPLE-AES"), gap=True)))
    assert (seen.fetches, seen.encrypted_with, seen.state.gaps_announced) == ((), "SAMPLE-AES", 1)
