"""Skew: how far apart two recordings date the same content, and what is no skew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, quick, us

from longtake.core.segments import Segment
from longtake.core.skew import Skew, measure_skew, skew_between
from longtake.core.times import HOUR_US, SECOND_US

START_US = us("04:00:00")


def take(
    count: int, *, later_us: int = 0, first: int = 0, jitter_us: Sequence[int] = (), content: str = "picture"
) -> list[Segment]:
    """A recording of 2 s segments, all of different content."""
    return [
        a_segment(
            START_US + index * 2 * SECOND_US + later_us + (jitter_us[index] if index < len(jitter_us) else 0),
            content=f"{content} {index}",
        )
        for index in range(first, first + count)
    ]


def names(segments: Sequence[Segment]) -> set[str]:
    return {segment.name for segment in segments}


def mixed(ours: list[Segment], theirs: list[Segment]) -> Skew | None:
    """As a listing has them in which a peer's files were put."""
    everything = {segment.path: segment for segment in [*ours, *theirs]}
    return measure_skew(sorted(everything.values(), key=lambda one: one.start_us), names(ours))


HOUR = take(1800)


@given(later_us=st.integers(-1500 * SECOND_US, 1500 * SECOND_US).filter(bool), count=st.integers(3, 90))
@quick
def test_a_constant_skew_is_measured_exactly_in_both_directions(later_us: int, count: int) -> None:
    ours, theirs = HOUR, take(count, later_us=later_us, first=900)
    skew = mixed(ours, theirs)
    assert skew is not None
    assert (skew.offset_us, skew.spread_us, skew.pairs) == (later_us, 0, min(count, 60))
    assert skew.newest_us == ours[900 + count - 1].start_us
    back = skew_between(theirs, ours)
    if back is not None:  # they have something of the times at which we have it
        assert back.offset_us == -later_us


def test_jitter_is_told_and_the_middle_of_it_is_the_skew() -> None:
    ours, theirs = take(9), take(9, later_us=700_000, jitter_us=(0, 40_000, -40_000) * 3)
    assert mixed(ours, theirs) == Skew(
        offset_us=700_000, spread_us=40_000, pairs=9, newest_us=ours[-1].start_us
    )


def test_recordings_that_agree_have_none_in_one_listing_and_zero_between_two() -> None:
    ours = take(10)
    assert mixed(ours, take(10)) is None
    assert skew_between(ours, take(10)) == Skew(
        offset_us=0, spread_us=0, pairs=10, newest_us=ours[-1].start_us
    )


def test_two_equal_segments_are_too_few() -> None:
    assert mixed(take(10), take(2, later_us=700_000, first=4)) is None


def test_what_filled_our_holes_is_no_skew() -> None:
    assert mixed([*take(10), *take(10, first=20)], take(10, first=10)) is None


def test_a_block_that_was_shown_before_and_fills_a_hole_is_no_skew() -> None:
    """An advertisement that we recorded, and that came again while we were away."""
    ours = [*take(20), *take(20, first=40)]
    again = take(20, later_us=40 * SECOND_US)
    assert mixed(ours, again) is None


@pytest.mark.parametrize("pictures", [1, 5, 30])
def test_a_loop_says_nothing_since_nobody_knows_which_turn_is_which(pictures: int) -> None:
    def loop(later_us: int) -> list[Segment]:
        return [
            a_segment(START_US + index * 2 * SECOND_US + later_us, content=str(index % pictures))
            for index in range(120)
        ]

    assert mixed(loop(0), loop(0)) is None
    assert mixed(loop(0), loop(700_000)) is None


def test_a_loop_beside_the_programme_changes_nothing() -> None:
    slate = [
        a_segment(START_US + HOUR_US // 2 + index * 2 * SECOND_US, content="black") for index in range(50)
    ]
    their_slate = [a_segment(one.start_us + 700_000, content="black") for one in slate]
    skew = mixed([*take(40), *slate], [*take(40, later_us=700_000), *their_slate])
    assert skew is not None
    assert (skew.offset_us, skew.pairs) == (700_000, 40)


def test_a_handful_of_repeats_is_outvoted() -> None:
    ours, theirs = take(20), take(20, later_us=-300_000)
    repeats = take(5, later_us=30 * SECOND_US, content="advertisement")
    skew = mixed([*ours, *take(5, first=0, later_us=1_000_000, content="advertisement")], [*theirs, *repeats])
    assert skew is not None
    assert (skew.offset_us, skew.pairs) == (-300_000, 20)


def test_offsets_that_agree_on_nothing_are_no_skew() -> None:
    theirs = [
        one for index in range(20) for one in take(1, first=index, later_us=(index + 1) * 3 * SECOND_US)
    ]
    assert mixed(take(100), theirs) is None


def test_after_a_change_the_newest_counts() -> None:
    ours = take(200)
    theirs = [*take(120, later_us=5 * SECOND_US), *take(80, first=120, later_us=-SECOND_US)]
    skew = mixed(ours, theirs)
    assert skew is not None
    assert (skew.offset_us, skew.pairs) == (-SECOND_US, 60)


def test_equal_bytes_of_another_duration_or_without_a_hash_do_not_count() -> None:
    ours = take(10)
    longer = [a_segment(one.start_us + 700_000, 2.002, content=f"picture {i}") for i, one in enumerate(ours)]
    assert mixed(ours, longer) is None
    assert skew_between([], []) is None
