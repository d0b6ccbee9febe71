"""The choice among files and the holes, by tables. ``core/choosing`` is held to an oracle that tries every subset."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, a_timeline, build_timeline, quick, us

from longtake.core.listing import read_listing
from longtake.core.segments import Segment, SegmentType
from longtake.core.timeline import (
    JOIN_GAP_US,
    Gap,
    GapReason,
    Timeline,
    hours_needed,
)
from longtake.core.times import HOUR_US

MISSING, SUSPECT, PARTIAL = GapReason.MISSING, GapReason.SUSPECT, GapReason.PARTIAL


def holes(timeline: Timeline) -> list[tuple[float, float, GapReason]]:
    """The gaps in seconds after four o'clock."""
    zero_us = us("04:00:00")
    return [
        ((gap.start_us - zero_us) / 1e6, (gap.end_us - zero_us) / 1e6, gap.reason) for gap in timeline.gaps
    ]


def seg(start_s: float, duration_s: float = 2.0, type: str = "full", content: str | None = None) -> Segment:
    """A segment by its seconds after four o'clock; with a content of its own, unless that is said."""
    own = content or f"what begins at {start_s}"
    return a_segment(us("04:00:00") + round(start_s * 1e6), duration_s, type, own)


# candidates of the same start -> which of them stays; sizes by position
LESS_HASH, GREATER_HASH = sorted(("a", "b"), key=lambda content: seg(0, content=content).digest)
EQUAL_STARTS = {
    "a full before a longer and larger suspect": ([seg(0), seg(0, 4, "suspect")], [1, 9], 0),
    "a suspect before a longer and larger partial": ([seg(0, 4, "partial"), seg(0, 2, "suspect")], [9, 1], 1),
    "the longer of two fulls, though it is smaller": ([seg(0, 2), seg(0, 2.1)], [9, 1], 1),
    "the longer of two suspects, though it is smaller": (
        [seg(0, 2.1, "suspect"), seg(0, 2, "suspect")],
        [1, 9],
        0,
    ),
    "the larger of two as long": ([seg(0, content=GREATER_HASH), seg(0, content=LESS_HASH)], [1, 9], 1),
    "the larger of two partials": (
        [seg(0, 2, "partial", GREATER_HASH), seg(0, 2, "partial", LESS_HASH)],
        [1, 9],
        1,
    ),
    "the greater hash of two as large": (
        [seg(0, content=LESS_HASH), seg(0, content=GREATER_HASH)],
        [5, 5],
        1,
    ),
    "one of known size before one of unknown": (
        [seg(0, content=GREATER_HASH), seg(0, content=LESS_HASH)],
        [None, 1],
        1,
    ),
}


@pytest.mark.parametrize(("candidates", "sizes", "best"), EQUAL_STARTS.values(), ids=EQUAL_STARTS.keys())
def test_of_equal_starts_stays(candidates: list[Segment], sizes: list[int | None], best: int) -> None:
    by_path = {
        segment.path: size for segment, size in zip(candidates, sizes, strict=True) if size is not None
    }
    for order in (candidates, candidates[::-1]):
        timeline = a_timeline(*order, end="04:00:02", sizes=by_path)
        assert timeline.segments == (candidates[best],)


def test_equal_starts_in_different_text_are_the_same_start() -> None:
    names = [seg(0).name.replace(".000000", ""), seg(0).name, seg(0, 2.5).name]
    timeline = build_timeline(
        [read_listing(seg(0).hour, names)], start_us=seg(0).start_us, end_us=seg(0).end_us
    )
    assert [segment.name for segment in timeline.segments] == [names[2]]


def test_a_file_in_flight_is_never_used() -> None:
    name = "00:00.000000-2.0-temp-3f2504e0.ts"
    timeline = build_timeline(
        [read_listing("2024-11-09T04", [name])], start_us=us("04:00:00"), end_us=us("04:00:02")
    )
    assert timeline.segments == ()
    assert holes(timeline) == [(0, 2, MISSING)]


# segments, range -> starts of the chosen, breaks, holes
A, B, C = seg(0), seg(2), seg(4)
RANGES: dict[
    str,
    tuple[list[Segment], tuple[float, float], list[float], list[bool], list[tuple[float, float, GapReason]]],
] = {
    "nothing is one hole": ([], (0, 6), [], [], [(0, 6, MISSING)]),
    "a whole run": ([A, B, C], (0, 6), [0, 2, 4], [False] * 3, []),
    "a range within one segment": ([A, B, C], (2.5, 3), [2], [False], []),
    "a segment that ends at the start does not count": ([A, B, C], (2, 6), [2, 4], [False] * 2, []),
    "a segment that starts at the end does not count": ([A, B, C], (0, 4), [0, 2], [False] * 2, []),
    "a segment that starts just before the end counts": (
        [A, B, C],
        (0, 4.000001),
        [0, 2, 4],
        [False] * 3,
        [],
    ),
    "a hole before": ([B], (0, 4), [2], [False], [(0, 2, MISSING)]),
    "a hole of over 10 ms before": ([B], (1.989999, 4), [2], [False], [(1.989999, 2, MISSING)]),
    "a joint of 10 ms that the range begins in": ([B], (1.99, 4), [2], [False], []),
    "a hole after": ([B], (2, 6), [2], [False], [(4, 6, MISSING)]),
    "a hole of over 10 ms after": ([B], (2, 4.010001), [2], [False], [(4, 4.010001, MISSING)]),
    "a joint of 10 ms that the range ends in": ([B], (2, 4.01), [2], [False], []),
    "a hole between": ([A, C], (0, 6), [0, 4], [False, True], [(2, 4, MISSING)]),
    "a hole on all sides": (
        [A, C],
        (-1, 7),
        [0, 4],
        [False, True],
        [(-1, 0, MISSING), (2, 4, MISSING), (6, 7, MISSING)],
    ),
    "a range that begins in a hole": ([A, C], (3, 6), [4], [False], [(3, 4, MISSING)]),
    "a range that is within a hole": ([A, C], (2.5, 3.5), [], [], [(2.5, 3.5, MISSING)]),
    "a gap of 10 ms is none": ([A, seg(2.01)], (0, 4.01), [0, 2.01], [False] * 2, []),
    "a gap of over 10 ms is one": (
        [A, seg(2.010001)],
        (0, 4),
        [0, 2.010001],
        [False, True],
        [(2, 2.010001, MISSING)],
    ),
    "an overlap of 15 ms drops nothing": ([A, seg(1.985)], (0, 3.985), [0, 1.985], [False] * 2, []),
    "an overlap of 100 ms joins": ([A, seg(1.9)], (0, 3.9), [0, 1.9], [False] * 2, []),
    "of an overlap of over a quarter one side goes": (
        [A, seg(1.499999, 2.5)],
        (0, 3.999),
        [1.499999],
        [False],
        [(0, 1.499999, MISSING)],
    ),
    "whole seconds stated where the truth is shorter: all follow each other": (
        [seg(0, 10), seg(9.6, 10), seg(19.2, 10), seg(28.8, 10)],
        (0, 38.4),
        [0, 9.6, 19.2, 28.8],
        [False, False, False, False],
        [],
    ),
    "a suspect is a hole that has content": (
        [A, seg(2, 2, "suspect"), C],
        (0, 6),
        [0, 2, 4],
        [False, False, True],
        [(2, 4, SUSPECT)],
    ),
    "a partial at the end": ([A, seg(2, 2, "partial")], (0, 4), [0, 2], [False] * 2, [(2, 4, PARTIAL)]),
    "a doubtful segment is clipped to the range": (
        [seg(0, 2, "partial")],
        (0.5, 1),
        [0],
        [False],
        [(0.5, 1, PARTIAL)],
    ),
    "doubtful ones follow each other": (
        [seg(0, 2, "partial"), seg(2, 2, "suspect")],
        (0, 5),
        [0, 2],
        [False, True],
        [(0, 2, PARTIAL), (2, 4, SUSPECT), (4, 5, MISSING)],
    ),
    "doubtful ones that overlap are counted once": (
        [seg(0, 2.05, "partial"), seg(2, 2, "suspect")],
        (0, 4),
        [0, 2],
        [False, True],
        [(0, 2.05, PARTIAL), (2.05, 4, SUSPECT)],
    ),
    "a doubtful one after a full that reaches into it": (
        [seg(0, 2.05), seg(2, 2, "suspect")],
        (0, 4),
        [0, 2],
        [False, False],
        [(2.05, 4, SUSPECT)],
    ),
    "one without duration covers nothing and is left out": (
        [A, seg(1.95, 0.0, "suspect")],
        (0, 2),
        [0],
        [False],
        [],
    ),
    "a short one within the end of another is left out": (
        [A, seg(1.95, 0.02), seg(2.005)],
        (0, 4),
        [0, 2.005],
        [False] * 2,
        [],
    ),
    "what is stated to last for hours is believed for twenty minutes": (
        [seg(0, 7200), seg(1500)],
        (0, 1502),
        [0, 1500],
        [False, True],
        [(1200, 1500, MISSING)],
    ),
    "a lone one that is stated to last for hours is believed for twenty minutes": (
        [seg(0, 7200)],
        (0, 1300),
        [0],
        [False],
        [(1200, 1300, MISSING)],
    ),
    "a short one within the middle of another is left out": (
        [A, seg(0.05, 0.04), B],
        (0, 4),
        [0, 2],
        [False] * 2,
        [],
    ),
}


@pytest.mark.parametrize(("segments", "span", "starts", "breaks", "gaps"), RANGES.values(), ids=RANGES.keys())
def test_ranges(
    segments: list[Segment],
    span: tuple[float, float],
    starts: list[float],
    breaks: list[bool],
    gaps: list[tuple[float, float, GapReason]],
) -> None:
    zero_us = us("04:00:00")
    start_us, end_us = (zero_us + round(second * 1e6) for second in span)
    timeline = a_timeline(*segments, start=start_us, end=end_us)
    assert [(segment.start_us - zero_us) / 1e6 for segment in timeline.segments] == starts
    assert list(timeline.breaks) == breaks
    assert holes(timeline) == gaps
    assert (timeline.start_us, timeline.end_us) == (start_us, end_us)


# candidates of one island -> the positions of the chosen
ISLANDS = {
    "two that follow each other beat the one across them": ([seg(0), seg(1), seg(2)], [0, 2]),
    "a longer one beats two short ones": ([seg(0, 1), seg(0.5, 4), seg(3, 1)], [1]),
    "covered time counts before trust": ([seg(0, 1), seg(0.5, 4, "partial"), seg(3, 1)], [1]),
    "as much covered by better types": ([seg(0, 2, "partial"), seg(1, 2)], [1]),
    "a suspect before a partial": ([seg(0, 2, "suspect"), seg(1, 2, "partial")], [0]),
    "as much covered and trusted by fewer": (
        [seg(0, 2, "partial"), seg(0.5, 4, "partial"), seg(2, 2, "partial")],
        [1],
    ),
    "a chain through three": ([seg(0), seg(1.5, 2.5), seg(2), seg(3.9), seg(5, 1.5)], [0, 2, 3]),
    "another node's run, shifted by half a segment, adds only its end": (
        [seg(0), seg(1), seg(2), seg(3), seg(4), seg(5, 3)],
        [0, 2, 5],
    ),
}


@pytest.mark.parametrize(("candidates", "chosen"), ISLANDS.values(), ids=ISLANDS.keys())
def test_islands(candidates: list[Segment], chosen: list[int]) -> None:
    assert a_timeline(*candidates).segments == tuple(candidates[position] for position in chosen)


def test_an_island_does_not_change_what_lies_behind_a_clean_joint() -> None:
    before, after = a_run("04:00:00", 3), a_run("04:00:12", 3)
    island = [a_segment("04:00:06"), a_segment("04:00:07"), a_segment("04:00:08", 4.0)]
    timeline = a_timeline(*before, *island, *after)
    assert timeline.segments == (*before, island[0], island[2], *after)
    assert not any(timeline.breaks)


def test_a_segment_that_began_in_the_hour_before_is_found() -> None:
    late = a_segment("03:59:59", 4.0)
    timeline = a_timeline(late, a_segment("04:00:03"), start="04:00:00", end="04:00:05")
    assert [segment.hour[-2:] for segment in timeline.segments] == ["03", "04"]
    assert timeline.gaps == ()


def test_a_gap_has_times() -> None:
    (gap,) = a_timeline(start="04:00:00", end="04:00:01").gaps
    assert (gap.start.isoformat(), gap.end.isoformat()) == (
        "2024-11-09T04:00:00+00:00",
        "2024-11-09T04:00:01+00:00",
    )


HOURS = ["2024-11-08T23", "2024-11-09T02", "2024-11-09T03", "2024-11-09T04", "2024-11-09T05", "2024-11-09T06"]
NEEDED = {
    "the hour before the start, since a segment may reach over": ("04:00:00", "04:30:00", [2, 3]),
    "an end on the hour": ("04:30:00", "05:00:00", [2, 3, 4]),
    "several hours": ("03:10:00", "05:10:00", [1, 2, 3, 4]),
    "hours that do not exist are left out": ("00:30:00", "01:30:00", [0]),
    "no hour of the range exists": ("09:00:00", "10:00:00", []),
}


@pytest.mark.parametrize(("start", "end", "positions"), NEEDED.values(), ids=NEEDED.keys())
def test_hours_needed(start: str, end: str, positions: list[int]) -> None:
    needed = hours_needed(reversed(HOURS), start_us=us(start), end_us=us(end))
    assert needed == [HOURS[position] for position in positions]


def test_hours_needed_at_the_epoch() -> None:
    assert hours_needed(["1970-01-01T00"], start_us=0, end_us=HOUR_US) == ["1970-01-01T00"]


# Times on a grid, and lengths down to less than the jitter.
zero_us = us("04:00:00")
starts = st.integers(0, 60).map(lambda step: zero_us + step * 50_000) | st.integers(0, 300).map(
    lambda step: zero_us + step * 10_000
)
lengths = st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.11, 0.5, 1.0, 1.05, 2.0])
candidates = st.builds(
    a_segment,
    start=starts,
    duration=lengths,
    type=st.sampled_from(["full", "full", "suspect", "partial"]),
    content=st.sampled_from(["a", "b"]),
)
few = st.lists(candidates, max_size=7, unique_by=lambda segment: segment.name)
ends = st.integers(1, 600).map(lambda step: step * 10_000)


@quick
@given(few, starts, ends)
@example([seg(0, 2.05, "partial"), seg(2, 2, "suspect")], zero_us, 4_000_000)
@example([seg(0), seg(0.05, 0.04)], zero_us, 2_000_000)
def test_segments_and_gaps_tile_the_range(segments: list[Segment], start_us: int, length_us: int) -> None:
    end_us = start_us + length_us
    timeline = a_timeline(*segments, start=start_us, end=end_us)
    check_gaps(timeline.gaps, start_us, end_us)
    missing = [gap for gap in timeline.gaps if gap.reason is MISSING]
    for segment in timeline.segments:
        assert segment.start_us < end_us and segment.end_us > start_us
        assert not any(gap.start_us < segment.end_us and segment.start_us < gap.end_us for gap in missing)
    pieces = sorted(
        [(segment.start_us, segment.end_us) for segment in timeline.segments]
        + [(gap.start_us, gap.end_us) for gap in timeline.gaps]
    )
    reached_us = start_us
    for piece_start_us, piece_end_us in pieces:
        assert piece_start_us - reached_us <= JOIN_GAP_US
        reached_us = max(reached_us, piece_end_us)
    assert end_us - reached_us <= (JOIN_GAP_US if timeline.segments else 0)


def check_gaps(gaps: Sequence[Gap], start_us: int, end_us: int) -> None:
    for gap in gaps:
        assert start_us <= gap.start_us < gap.end_us <= end_us
    for left, right in pairwise(gaps):
        assert left.end_us <= right.start_us


@quick
@given(few, starts, ends)
def test_no_doubtful_time_goes_unsaid(segments: list[Segment], start_us: int, length_us: int) -> None:
    """What only doubtful segments cover is in a gap; what a full one covers alone is in none."""
    timeline = a_timeline(*segments, start=start_us, end=start_us + length_us)
    for moment_us in range(start_us, start_us + length_us, 50_000):
        covering = {
            segment.type for segment in timeline.segments if segment.start_us <= moment_us < segment.end_us
        }
        told = [gap for gap in timeline.gaps if gap.start_us <= moment_us < gap.end_us]
        if covering == {SegmentType.FULL}:
            assert not told
        elif covering and SegmentType.FULL not in covering:
            assert len(told) == 1 and told[0].reason in (SUSPECT, PARTIAL)


@quick
@given(few)
def test_breaks_stand_where_the_holes_are(segments: list[Segment]) -> None:
    timeline = a_timeline(*segments)
    assert len(timeline.breaks) == len(timeline.segments)
    assert not any(timeline.breaks[:1])
    reached_us = 0
    for index, segment in enumerate(timeline.segments):
        if index:
            doubtful = timeline.segments[index - 1].type is not SegmentType.FULL
            missing = any(
                gap.reason is MISSING and gap.start_us == reached_us and gap.end_us == segment.start_us
                for gap in timeline.gaps
            )
            assert timeline.breaks[index] == (doubtful or missing)
        reached_us = max(reached_us, segment.end_us)


many = st.lists(candidates, max_size=25, unique_by=lambda segment: segment.name)


@quick
@given(many, st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(segments: list[Segment], order: random.Random) -> None:
    expected = a_timeline(*segments)
    order.shuffle(segments)
    assert expected == a_timeline(*segments)
