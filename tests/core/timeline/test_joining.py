"""Ranges over prebuilt hours say what the whole timeline says of that range."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, listings_of, quick, us

from longtake.core.facts import SegmentFacts
from longtake.core.hour_notes import NO_NOTES, notes_of
from longtake.core.segments import Segment
from longtake.core.timeline import HourContent, JoinedHours, join_contents
from longtake.core.times import HOUR_US, SECOND_US


def joined(segments: list[Segment], start_us: int, end_us: int) -> JoinedHours:
    contents = {
        listing.hour: HourContent(listing=listing, notes=NO_NOTES) for listing in listings_of(segments)
    }
    return join_contents(contents, start_us=start_us, end_us=end_us, sizes={})


def test_hours_that_continue_each_other_are_not_broken() -> None:
    hours = joined(a_run("03:00:01", count=5400), us("03:00:00"), us("06:30:00"))
    assert [(len(part), part.broken, len(part) == len(part.hour)) for part in hours.parts] == [
        (1800, False, True),
        (1800, False, True),
        (1800, False, True),
    ]
    assert len(hours) == 5400


def test_a_hole_between_hours_breaks() -> None:
    hours = joined([*a_run("03:59:50", 4), *a_run("04:00:00", 4)], us("03:00:00"), us("05:00:00"))
    assert [part.broken for part in hours.parts] == [False, True]


def test_a_doubtful_end_of_an_hour_breaks() -> None:
    segments = [a_segment("03:59:58", type="suspect"), *a_run("04:00:00", 4)]
    assert [part.broken for part in joined(segments, us("03:00:00"), us("05:00:00")).parts] == [False, True]


def test_an_hour_of_which_nothing_is_in_the_range_is_no_part() -> None:
    hours = joined([*a_run("03:00:00", 4), *a_run("04:00:00", 4)], us("04:00:00"), us("05:00:00"))
    assert [part.hour.columns.hour[-2:] for part in hours.parts] == ["04"]


# facts of the last two segments of an hour, and of the first two of the next -> whether the latter is torn
STEADY, UNKNOWN = {"parameter_sets": "a", "off_s": 0}, {"parameter_sets": None, "off_s": None}
OTHER, LATER = {"parameter_sets": "b", "off_s": 0}, {"parameter_sets": "a", "off_s": 60}
BORDERS = {
    "a steady stream": ([STEADY] * 4, False),
    "another encoding": ([STEADY, STEADY, OTHER, OTHER], True),
    "a jump": ([STEADY, STEADY, LATER, LATER], True),
    "another encoding behind a segment that is not known": ([STEADY, UNKNOWN, OTHER, OTHER], True),
    "a jump somewhere in what is not known": ([STEADY, UNKNOWN, UNKNOWN, LATER], True),
    "nothing known on one side": ([STEADY, STEADY, UNKNOWN, UNKNOWN], False),
    "a tear on each side, and none between": ([STEADY, OTHER, OTHER, STEADY], False),
}


@pytest.mark.parametrize(("facts", "torn"), BORDERS.values(), ids=BORDERS.keys())
def test_what_looks_say_counts_over_the_border_of_an_hour(facts: list[dict[str, Any]], torn: bool) -> None:
    segments = a_run("03:59:56", 4)
    known = [
        SegmentFacts(
            name=segment.name,
            size_bytes=1,
            parameter_sets=one["parameter_sets"],
            first_pts=None if one["off_s"] is None else (at * 2 + one["off_s"]) * 90_000,
        )
        for at, (segment, one) in enumerate(zip(segments, facts, strict=True))
    ]
    contents = {
        listing.hour: HourContent(listing=listing, notes=notes_of({one.name: one for one in known}))
        for listing in listings_of(segments)
    }
    hours = join_contents(contents, start_us=us("03:00:00"), end_us=us("05:00:00"), sizes={})
    assert [(part.broken, part.torn) for part in hours.parts] == [(False, False), (False, torn)]
    later = join_contents(contents, start_us=us("04:00:00"), end_us=us("05:00:00"), sizes={})
    assert [part.torn for part in later.parts] == [False]


FIRST_US = us("03:59:30")
starts = st.integers(0, 120).map(lambda step: FIRST_US + step * SECOND_US // 2)
candidates = st.builds(
    a_segment,
    start=starts,
    duration=st.sampled_from([0.5, 1.0, 2.0, 2.05, 30.0]),
    type=st.sampled_from(["full", "full", "full", "suspect", "partial"]),
    content=st.integers(0, 99).map(str),
)
bounds = st.integers(-10, 130).map(lambda step: FIRST_US + step * SECOND_US // 2)


@quick
@given(st.lists(candidates, max_size=30, unique_by=lambda one: one.name), bounds, st.integers(1, 10**8))
def test_a_part_of_a_range_is_that_part_of_the_whole(
    segments: list[Segment], start_us: int, length_us: int
) -> None:
    end_us = start_us + length_us
    whole = joined(segments, FIRST_US - HOUR_US, FIRST_US + HOUR_US).timeline()
    part = joined(segments, start_us, end_us).timeline()
    touching = [
        (segment, broken)
        for segment, broken in zip(whole.segments, whole.breaks, strict=True)
        if segment.start_us < end_us and segment.end_us > start_us
    ]
    assert list(part.segments) == [segment for segment, _ in touching]
    assert list(part.breaks[1:]) == [broken for _, broken in touching[1:]]
    clipped = [
        (max(gap.start_us, start_us), min(gap.end_us, end_us), gap.reason)
        for gap in whole.gaps
        if gap.start_us < end_us and gap.end_us > start_us
    ]
    told = [(gap.start_us, gap.end_us, gap.reason) for gap in part.gaps]
    slack_us = 10_000  # a rest of a hole that is no longer than a joint is none
    assert [gap for gap in clipped if gap[1] - gap[0] > slack_us] == [
        gap for gap in told if gap[1] - gap[0] > slack_us
    ]
