"""Spans are what the holes leave."""

from __future__ import annotations

import pytest

from longtake.core.coverage import Span, covered_spans, joined_gaps
from longtake.core.timeline import JOIN_GAP_US, Gap, GapReason


@pytest.mark.parametrize(
    ("gaps", "spans"),
    [
        ([], [(0, 100)]),
        ([(0, 100)], []),
        ([(0, 10)], [(10, 100)]),
        ([(90, 100)], [(0, 90)]),
        ([(10, 20), (20, 30), (50, 60)], [(0, 10), (30, 50), (60, 100)]),
        ([(10, 30), (20, 25)], [(0, 10), (30, 100)]),
    ],
    ids=[
        "no hole is one span",
        "nothing but a hole is no span",
        "a hole at the start",
        "a hole at the end",
        "holes side by side and apart",
        "a hole within a hole",
    ],
)
def test_spans_are_what_holes_leave(gaps: list[tuple[int, int]], spans: list[tuple[int, int]]) -> None:
    holes = [Gap(start_us=start, end_us=end, reason=GapReason.MISSING) for start, end in gaps]
    assert covered_spans(holes, start_us=0, end_us=100) == tuple(
        Span(start_us=start, end_us=end) for start, end in spans
    )


def a_gap(start_us: int, end_us: int, reason: GapReason) -> Gap:
    return Gap(start_us=start_us, end_us=end_us, reason=reason)


def test_doubtful_segments_that_follow_each_other_are_one_hole() -> None:
    jitter_us, suspect = JOIN_GAP_US, GapReason.SUSPECT
    run = [a_gap(at * 1_000_000, (at + 1) * 1_000_000 - jitter_us, suspect) for at in range(5)]
    assert list(joined_gaps(run)) == [a_gap(0, 5_000_000 - jitter_us, suspect)]


def test_holes_of_several_kinds_and_holes_that_lie_apart_stay_several() -> None:
    holes = [
        a_gap(0, 1_000_000, GapReason.SUSPECT),
        a_gap(1_000_000, 2_000_000, GapReason.MISSING),
        a_gap(2_000_000, 3_000_000, GapReason.PARTIAL),
        a_gap(3_000_001 + JOIN_GAP_US, 4_000_000, GapReason.PARTIAL),
        a_gap(4_100_000, 4_200_000, GapReason.MISSING),
        a_gap(4_200_001, 4_300_000, GapReason.MISSING),
    ]
    assert list(joined_gaps(holes)) == holes
