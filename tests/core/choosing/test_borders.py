"""What two hours agree on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.core.choosing.some_rivals import (
    FULL,
    PARTIAL,
    SUSPECT,
    ZERO_US,
    a_rival,
    a_source,
    in_hour,
    many,
    rivals_at,
)

from longtake.core.choosing.borders import Agreement, agree
from longtake.core.choosing.rivals import LONGEST_US, counted
from longtake.core.times import HOUR_US

BORDER_US = ZERO_US + HOUR_US
B = 3600.0


def agreement(*rivals) -> Agreement:
    """At the border after the first hour."""
    return agree(in_hour(rivals, ZERO_US), in_hour(rivals, BORDER_US), border_us=BORDER_US)


def test_where_no_island_crosses_nothing_is_agreed() -> None:
    assert agreement(*a_source(B - 10, 5), *a_source(B + 0.02, 5)) == Agreement()


def test_an_overlap_within_the_jitter_is_no_crossing() -> None:
    assert agreement(a_rival(B - 2, B + 0.1), a_rival(B, B + 2)) == Agreement()


def test_an_island_that_crosses_is_solved_as_a_whole() -> None:
    rivals = [a_rival(B - 2, B), a_rival(B - 1, B + 1), a_rival(B, B + 2), a_rival(B + 3, B + 4)]
    agreed = agreement(*rivals)
    assert agreed.chosen == (rivals[0], rivals[2])
    assert agreed.set_aside == {rivals[1]}
    assert not agreed.anchored


def test_of_a_long_island_one_segment_is_agreed_on() -> None:
    run = a_source(B - 201, 200, 2.0, stated_s=2.4)
    agreed = agreement(*run)
    assert agreed.anchored
    assert agreed.chosen == (run[100],), "the one that begins one second before the border"


def test_the_anchor_may_be_in_the_later_hour() -> None:
    late, long = a_rival(B - 0.5, B + 0.5, PARTIAL), a_rival(B + 0.1, B + 300)
    agreed = agreement(late, long)
    assert (agreed.chosen, agreed.anchored) == ((long,), True)


def test_a_long_doubtful_one_is_no_anchor_for_what_it_covers_where_only_one_hour_sees() -> None:
    run, long = a_source(B - 601, 600, 2.0, stated_s=2.4), a_rival(B - 600, B + 30, PARTIAL)
    assert agreement(*run, long).chosen == (run[300],)


def test_what_only_the_later_hour_sees_makes_an_island_long_for_both() -> None:
    reaches = a_rival(B - 5, B + 62)
    assert agreement(reaches).anchored
    assert agreement(reaches, a_rival(B + 61, B + 70)) == agreement(reaches)


def test_a_segment_that_lost_against_an_equal_one_is_set_aside_where_it_would_reach_over() -> None:
    worse = a_rival(B - 1.5, B + 0.5, SUSPECT, digest=b"a")
    better = a_rival(B - 2, B - 0.2, FULL, digest=b"a")
    assert agreement(better, worse).set_aside == {worse}
    far = a_rival(B - 30, B - 28, SUSPECT, digest=b"a")
    assert agreement(a_rival(B - 29, B - 27, digest=b"a"), far).set_aside == frozenset()


near = rivals_at(
    st.integers(-1300, 200).map(lambda second: B + second / 2)
    | st.integers(-30, 30).map(lambda by: B + by * 0.1),
    [0.05, 0.5, 2, 10, 70, 600, 2000],
    most=14,
)


@many
@given(near)
def test_both_hours_make_the_same_agreement_of_what_each_sees(rivals) -> None:
    before, after = counted(in_hour(rivals, ZERO_US)), counted(in_hour(rivals, BORDER_US))
    seen_before = [rival for rival in after if rival.start_us < BORDER_US + 60_000_000]
    seen_after = [rival for rival in before if rival.end_us > BORDER_US - 60_000_000]
    agreed = agree(before, seen_before, border_us=BORDER_US)
    assert agreed == agree(seen_after, after, border_us=BORDER_US)
    if agreed.chosen:
        assert agreed.chosen[0].start_us > BORDER_US - HOUR_US + 60_000_000 + LONGEST_US, (
            "clear of the other border"
        )
        assert agreed.chosen[-1].end_us < BORDER_US + 60_000_000 + LONGEST_US
