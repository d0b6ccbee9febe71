"""Holes as entries: pieces of one length that sum to the hole, and keep their numbers when the front is cut off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.gap_entries import GapRun, gap_count, gap_run

holes = st.tuples(st.integers(0, 1 << 50), st.integers(10_001, 1 << 34), st.integers(1_000_000, 10_000_000))


@quick
@given(holes)
def test_pieces_sum_to_the_hole_and_none_is_too_long(hole: tuple[int, int, int]) -> None:
    start_us, length_us, longest_us = hole
    run = gap_run(start_us, start_us + length_us, longest_us=longest_us)
    assert run is not None
    assert len(run) == gap_count(start_us, start_us + length_us, longest_us=longest_us)
    if len(run) > 5000:
        return
    at_us = start_us
    for piece_us, duration_us in run.pieces():
        assert piece_us == at_us
        assert 0 < duration_us <= longest_us
        at_us += duration_us
    assert at_us == start_us + length_us


@pytest.mark.parametrize("length_us", [-5, 0, 10_000])
def test_what_is_no_hole_has_no_pieces(length_us: int) -> None:
    assert gap_run(7, 7 + length_us, longest_us=2_000_000) is None
    assert gap_count(7, 7 + length_us, longest_us=2_000_000) == 0


@quick
@given(st.integers(1, 40), st.integers(1, 9_000_000), st.integers(-5_000_000, 400_000_000))
def test_from_a_time_on_it_has_the_same_pieces_but_for_those_that_are_over(
    count: int, piece_us: int, from_us: int
) -> None:
    run = GapRun(start_us=1000, end_us=1000 + count * piece_us, count=count)
    expected = [piece for piece in run.pieces() if piece[0] + piece[1] > from_us]
    assert list(run.from_time(from_us).pieces()) == expected
    assert list(run.from_time(from_us).from_time(from_us).pieces()) == expected


@quick
@given(st.integers(1, 40), st.integers(0, 50), st.integers(0, 50))
def test_without_its_first_entries(count: int, first: int, second: int) -> None:
    run = GapRun(start_us=0, end_us=count * 2_000_000, count=count)
    assert (
        list(run.without_first(first).without_first(second).pieces()) == list(run.pieces())[first + second :]
    )
