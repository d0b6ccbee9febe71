"""Lengths and shares as text never sound better than they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.cli.figures import clock_text, exact_clock_text, percent_text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, ""),
        (1, "<1 s"),
        (999_999, "<1 s"),
        (1_000_000, "0:00:01"),
        (59_999_999, "0:00:59"),
        (3_600_000_000, "1:00:00"),
        (604_799_000_000, "167:59:59"),
    ],
)
def test_a_length_is_hours_minutes_and_seconds(us: int, text: str) -> None:
    assert clock_text(us) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0:00.000"),
        (4_000_000, "0:04.000"),
        (59_999_999, "0:59.999"),
        (600_500_000, "10:00.500"),
        (7_800_000_000, "2:10:00.000"),
    ],
)
def test_an_exact_length_has_milliseconds(us: int, text: str) -> None:
    assert exact_clock_text(us) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, ""), (0, 5, "0.00 %"), (5, 5, "100 %"), (999_999, 1_000_000, "99.99 %"), (1, 3, "33.33 %")],
)
def test_a_share_is_cut_off(part: int, whole: int, text: str) -> None:
    assert percent_text(part, whole) == text


@quick
@given(st.integers(1, 10**13).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_only_all_is_called_all(share: tuple[int, int]) -> None:
    part, whole = share
    assert (percent_text(part, whole) == "100 %") == (part == whole)
