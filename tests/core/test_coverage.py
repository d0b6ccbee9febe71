"""Spans are what the holes leave."""

from __future__ import annotations

import pytest

from longtake.core.coverage import Span, covered_spans
from longtake.core.timeline import Gap, GapReason


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
