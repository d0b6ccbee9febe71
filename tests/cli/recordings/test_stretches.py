"""Holes of a range are the same, however it is cut into pieces and hours."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.cli.recordings.stretches import joined, lengths_us, shared_out
from longtake.core.timeline import Gap, GapReason


def a_gap(start_us: int, end_us: int, reason: GapReason = GapReason.MISSING) -> Gap:
    return Gap(start_us=start_us, end_us=end_us, reason=reason)


@st.composite
def some_gaps(draw: st.DrawFn) -> list[Gap]:
    """Sorted, apart by more than what joins."""
    edges = sorted(draw(st.sets(st.integers(0, 200), max_size=20)))
    return [
        a_gap(start * 100_000, end * 100_000, draw(st.sampled_from(GapReason)))
        for start, end in list(pairwise(edges))[::2]
    ]


@quick
@given(some_gaps(), st.sets(st.integers(0, 20_000_000), max_size=8))
def test_gaps_that_were_cut_at_any_borders_come_together_again(gaps: list[Gap], borders: set[int]) -> None:
    pieces = list(pairwise([-1, *sorted(borders), 20_000_001]))
    cut = [gap for share in shared_out(gaps, pieces) for gap in share]
    assert joined(cut) == gaps


@quick
@given(some_gaps(), st.sets(st.integers(1, 19_999_999), max_size=8))
def test_the_shares_of_hours_add_up(gaps: list[Gap], borders: set[int]) -> None:
    hours = list(pairwise([0, *sorted(borders), 20_000_000]))
    shares = list(shared_out(gaps, hours))
    assert len(shares) == len(hours)
    sums = [
        lengths_us(share, start_us=start_us, end_us=end_us)
        for share, (start_us, end_us) in zip(shares, hours, strict=True)
    ]
    whole = lengths_us(gaps, start_us=0, end_us=20_000_000)
    assert {kind: sum(one[kind] for one in sums) for kind in whole} == whole
    assert sum(whole.values()) == 20_000_000


def test_a_hole_longer_than_hours_is_in_each_of_them() -> None:
    shares = list(shared_out([a_gap(5, 35)], [(0, 10), (10, 20), (20, 30), (30, 40)]))
    assert shares == [(a_gap(5, 10),), (a_gap(10, 20),), (a_gap(20, 30),), (a_gap(30, 35),)]


def test_doubtful_segments_that_follow_each_other_are_one_stretch() -> None:
    reason = GapReason.SUSPECT
    doubtful = [
        a_gap(0, 2_000_000, reason),
        a_gap(2_010_000, 4_000_000, reason),
        a_gap(4_010_001, 5_000_000, reason),
    ]
    assert joined(doubtful) == [a_gap(0, 4_000_000, reason), a_gap(4_010_001, 5_000_000, reason)]


def test_different_reasons_stay_apart() -> None:
    gaps = [a_gap(0, 1000), a_gap(1000, 2000, GapReason.PARTIAL), a_gap(2000, 3000)]
    assert joined(gaps) == gaps


def test_all_kinds_are_named_even_where_nothing_is() -> None:
    assert lengths_us((), start_us=5, end_us=5) == {
        "full": 0,
        "missing": 0,
        "suspect": 0,
        "partial": 0,
        "undecodable": 0,
    }
