"""The one rule of what time a frame shows, by tables and against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick, us

from longtake.core.frames import (
    FrameClock,
    SegmentFrames,
    Stamp,
    frame_clock,
    minute_start_us,
    segment_frames,
)
from longtake.core.mpegts.timestamps import WRAP
from longtake.core.segment_index import SegmentIndex

FOUR = us("04:00:00")
SECOND = 90_000
RATES = {
    "25": Fraction(25),
    "29.97": Fraction(30_000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "59.94": Fraction(60_000, 1001),
    "23.976": Fraction(24_000, 1001),
}


def an_index(*pts: int) -> SegmentIndex:
    """Pictures in the order of decoding, the first an IDR."""
    dts = tuple(pts[0] - 6000 + at for at in range(len(pts)))
    return SegmentIndex(pts=pts, dts=dts, idr=(True, *[False] * (len(pts) - 1)))


def stamp(seconds: float, pts: int) -> Stamp:
    """A segment named ``seconds`` after four o'clock."""
    return Stamp(start_us=FOUR + round(seconds * 1e6), first_pts=pts % WRAP)


# ticks after the anchor -> microseconds after it
TIMES = {
    "the anchor itself": (0, 0),
    "a tick is 11.1 us": (1, 11),
    "half of a microsecond and more is rounded up": (5, 56),
    "a frame at 30": (3000, 33_333),
    "two frames at 30": (6000, 66_667),
    "a frame at 29.97": (3003, 33_367),
    "a second": (SECOND, 1_000_000),
    "a frame before": (-3000, -33_333),
    "a tick before": (-1, -11),
    "an hour": (3600 * SECOND, 3_600_000_000),
}


@pytest.mark.parametrize(("ticks", "micros"), TIMES.values(), ids=TIMES.keys())
@pytest.mark.parametrize("anchor", [0, 123_456, WRAP - 1, WRAP - 1500])
def test_a_frame_shows_at_the_anchors_time_and_its_distance(ticks: int, micros: int, anchor: int) -> None:
    clock = FrameClock(us=FOUR, pts=anchor)
    for turn in (0, WRAP, -WRAP):
        assert clock.time_us(anchor + ticks + turn) == FOUR + micros
    assert clock.time_us((anchor + ticks) % WRAP) == FOUR + micros


@quick
@given(ticks=st.integers(-(1 << 31), 1 << 31), anchor=st.integers(0, WRAP - 1))
def test_times_are_rounded_from_the_exact_ones(ticks: int, anchor: int) -> None:
    found = FrameClock(us=FOUR, pts=anchor).time_us((anchor + ticks) % WRAP)
    assert abs(found - (FOUR + Fraction(ticks * 100, 9))) < Fraction(1, 2)


@quick
@given(
    rate=st.sampled_from(list(RATES.values())),
    number=st.integers(0, 200_000),
    anchor=st.integers(0, WRAP - 1),
)
def test_frame_times_grow_by_a_frame_each_and_never_drift(rate: Fraction, number: int, anchor: int) -> None:
    clock = FrameClock(us=FOUR, pts=anchor)
    exact = [round((number + step) * SECOND / rate) for step in range(3)]
    times = [clock.time_us(anchor + ticks) for ticks in exact]
    frame_us = Fraction(10**6) / rate
    assert all(abs(later - earlier - frame_us) < 13 for earlier, later in pairwise(times))
    assert abs(times[0] - FOUR - number * frame_us) < 7  # half a tick and half a microsecond


RUNS: dict[str, tuple[list[Stamp], tuple[float, int]]] = {
    "one segment is named by its own time": ([stamp(0, 500)], (0, 500)),
    "exact names": ([stamp(0, 0), stamp(2, 2 * SECOND), stamp(4, 4 * SECOND)], (0, 0)),
    "jitter under half a frame is ignored": ([stamp(0, 0), stamp(2.0166, 2 * SECOND)], (0, 0)),
    "jitter to the other side too": ([stamp(0, 0), stamp(1.9834, 2 * SECOND)], (0, 0)),
    "jitter does not add up": (
        [stamp(0, 0), stamp(2.016, 2 * SECOND), stamp(3.985, 4 * SECOND), stamp(6.016, 6 * SECOND)],
        (0, 0),
    ),
    "half a frame is a new anchor": ([stamp(0, 0), stamp(2.016667, 2 * SECOND)], (2.016667, 2 * SECOND)),
    "more is one too, and it holds": (
        [stamp(0, 0), stamp(2.5, 2 * SECOND), stamp(4.49, 4 * SECOND)],
        (2.5, 2 * SECOND),
    ),
    "a source whose clock drifts gets a new anchor now and then": (
        [stamp(0, 0), stamp(2.01, 2 * SECOND), stamp(4.02, 4 * SECOND), stamp(6.03, 6 * SECOND)],
        (4.02, 4 * SECOND),
    ),
    "timestamps that begin anew": ([stamp(0, 5_000_000), stamp(2, 0)], (2, 0)),
    "a hole where timestamps go on": ([stamp(0, 0), stamp(20.001, 20 * SECOND)], (0, 0)),
    "a wrap": ([stamp(0, WRAP - SECOND), stamp(2, SECOND), stamp(4, 3 * SECOND)], (0, WRAP - SECOND)),
}


@pytest.mark.parametrize(("stamps", "anchor"), RUNS.values(), ids=RUNS.keys())
def test_which_name_a_run_goes_by(stamps: list[Stamp], anchor: tuple[float, int]) -> None:
    clock = frame_clock(stamps, frame_ticks=3000)
    assert (clock.us - FOUR, clock.pts) == (round(anchor[0] * 1e6), anchor[1] % WRAP)


@pytest.mark.parametrize(
    ("frame_ticks", "ignored"), [(1500, 8_333), (3000, 16_666), (3003, 16_683), (3600, 19_999)]
)
def test_how_much_jitter_is_ignored_depends_on_the_frame_rate(frame_ticks: int, ignored: int) -> None:
    for jitter_us, is_ignored in (
        (ignored, True),
        (ignored + 1, False),
        (-ignored, True),
        (-ignored - 1, False),
    ):
        later = Stamp(start_us=FOUR + 2_000_000 + jitter_us, first_pts=2 * SECOND)
        clock = frame_clock([stamp(0, 0), later], frame_ticks=frame_ticks)
        assert (clock.pts == 0) is is_ignored


@quick
@given(
    jitters=st.lists(st.integers(-16_666, 16_666), min_size=1, max_size=30),
    first=st.integers(0, WRAP - 1),
)
def test_in_a_run_no_name_but_the_first_one_matters(jitters: list[int], first: int) -> None:
    stamps = [stamp(0, first)] + [
        Stamp(start_us=FOUR + (at + 1) * 2_000_000 + jitter, first_pts=(first + (at + 1) * 2 * SECOND) % WRAP)
        for at, jitter in enumerate(jitters)
    ]
    for until in range(1, len(stamps) + 1):
        assert frame_clock(stamps[:until], frame_ticks=3000) == FrameClock(us=FOUR, pts=first)


@pytest.mark.parametrize(
    ("time", "minute"),
    [
        ("04:00:00", "04:00:00"),
        ("04:00:59.999999", "04:00:00"),
        ("04:01:00", "04:01:00"),
        ("23:59:30", "23:59:00"),
    ],
)
def test_a_run_begins_anew_with_each_minute(time: str, minute: str) -> None:
    assert minute_start_us(us(time)) == us(minute)


# the PTS in the order of decoding -> in that of display, the usual distance, where the next frame is due
ORDERS: dict[str, tuple[list[int], list[int], int, int]] = {
    "as they are decoded": ([0, 3000, 6000], [0, 3000, 6000], 3000, 9000),
    "with B-frames": ([0, 9000, 3000, 6000], [0, 3000, 6000, 9000], 3000, 12_000),
    "with pictures that lead": ([9000, 3000, 6000], [3000, 6000, 9000], 3000, 12_000),
    "one picture": ([700], [700], 3000, 3700),
    "a lost frame": ([0, 3600, 10_800, 14_400], [0, 3600, 10_800, 14_400], 3600, 18_000),
    "59.94, of which every other distance is a tick longer": (
        [0, 1501, 3003, 4504, 6006],
        [0, 1501, 3003, 4504, 6006],
        1501,
        7507,
    ),
    "two at one time": ([0, 0, 0], [0, 0, 0], 1, 1),
    "over a wrap": ([WRAP - 3000, WRAP, WRAP + 3000], [WRAP - 3000, WRAP, WRAP + 3000], 3000, WRAP + 6000),
}


@pytest.mark.parametrize(("pts", "shown", "ticks", "due"), ORDERS.values(), ids=ORDERS.keys())
def test_an_index_tells_the_order_of_display(pts: list[int], shown: list[int], ticks: int, due: int) -> None:
    index = an_index(*pts)
    assert index.first_pts == pts[0]
    assert (list(index.shown), index.frame_ticks, index.end_pts) == (shown, ticks, due)


def test_the_frames_of_a_segment_from_its_first_one_in_display_order() -> None:
    index = an_index(3000 + WRAP - 6000, WRAP + 6000, WRAP, WRAP + 3000)
    clock = FrameClock(us=FOUR, pts=WRAP - 3000)
    assert segment_frames("HOUR/NAME", index, clock) == SegmentFrames(
        path="HOUR/NAME", start_us=FOUR, frame_us=100_000 / 3, offsets_us=(0, 33_333, 66_667, 100_000)
    )


def test_pictures_that_lead_show_before_the_time_in_the_name() -> None:
    frames = segment_frames("HOUR/NAME", an_index(9000, 3000, 6000), FrameClock(us=FOUR, pts=9000))
    assert frames.start_us == FOUR - 66_667
    assert frames.offsets_us == (0, 33_334, 66_667)


@quick
@given(
    rate=st.sampled_from(list(RATES.values())),
    count=st.integers(1, 80),
    first=st.integers(0, 10_000),
    anchor=st.integers(0, WRAP - 1),
)
def test_offsets_lead_to_the_very_times_that_a_cut_compares(
    rate: Fraction, count: int, first: int, anchor: int
) -> None:
    pts = [anchor + round(number * SECOND / rate) for number in range(first, first + count)]
    clock = FrameClock(us=FOUR, pts=anchor)
    frames = segment_frames("HOUR/NAME", an_index(*pts), clock)
    assert frames.start_us is not None
    assert [frames.start_us + offset for offset in frames.offsets_us] == [
        clock.time_us(value) for value in pts
    ]
    assert all(type(offset) is int for offset in frames.offsets_us)
