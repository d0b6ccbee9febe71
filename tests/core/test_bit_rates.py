"""Peak and average bit rates: a table, and against the definition taken literally."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.bit_rates import NOT_KNOWN, average_bit_rate, peak_bit_rate
from longtake.core.times import SECOND_US

Entries = list[tuple[float, int]]
"""(seconds, bytes)."""


def peak_of(entries: Entries, target_s: int = 2) -> int | None:
    return peak_bit_rate(*columns(entries), target_s=target_s)


def columns(entries: Entries) -> tuple[np.ndarray, np.ndarray]:
    durations_us = [round(duration_s * SECOND_US) for duration_s, _ in entries]
    return np.array(durations_us, dtype=np.int64), np.array([size for _, size in entries], dtype=np.int64)


RATES: dict[str, tuple[Entries, int | None, int | None]] = {
    "the largest of the segments, and the average of all": (
        [(2, 1_000_000), (2, 2_000_000)],
        8_000_000,
        6_000_000,
    ),
    "a short one counts with its neighbours": ([(2, 1_000_000), (0.1, 100_000)], 4_190_477, 4_190_477),
    "two in a row are the largest": ([(1, 100), (1, 900), (1, 900), (1, 100)], 7200, 4000),
    "three are too long a set, one is enough": ([(1, 100), (1, 900), (1, 100)], 7200, 2934),
    "one segment": ([(2, 500_000)], 2_000_000, 2_000_000),
    "rounded up": ([(3, 1)], 3, 3),
    "all together are too short for a set": ([(0.1, 100), (0.1, 300)], 16_000, 16_000),
    "a segment that is too long for a set": ([(9, 9_000)], 8_000, 8_000),
    "a segment without a duration goes with those that have one": ([(2, 500), (0, 100)], 2_400, 2_400),
    "none has a duration": ([(0, 100)], None, None),
    "one is not known": ([(1, 100), (1, NOT_KNOWN), (1, 300)], 2_400, 1_600),
    "none is known": ([(1, NOT_KNOWN)], None, None),
    "nothing": ([], None, None),
}


@pytest.mark.parametrize(("entries", "peak", "average"), RATES.values(), ids=RATES.keys())
def test_rates(entries: Entries, peak: int | None, average: int | None) -> None:
    assert peak_of(entries) == peak
    assert average_bit_rate(*columns(entries)) == average


def test_a_set_lasts_half_a_target_duration_to_one_and_a_half() -> None:
    assert peak_of([(2, 100), (1, 900), (2, 100)], target_s=2) == 7200
    assert peak_of([(2, 100), (0.999, 900), (2, 100)], target_s=2) == math.ceil(1000 * 8 / 2.999)
    assert peak_of([(3, 300), (3, 100)], target_s=2) == 800
    assert peak_of([(1.5, 300), (1.501, 300)], target_s=2) == 1600


some_entries = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.04, 0.5, 1.0, 1.5, 2.0, 2.002, 3.0, 6.0]),
        st.one_of(st.just(NOT_KNOWN), st.integers(0, 3_000_000)),
    ),
    max_size=14,
)


@quick
@given(some_entries, st.integers(1, 6))
def test_the_peak_is_that_of_all_contiguous_sets(entries: Entries, target_s: int) -> None:
    """As RFC 8216 4.1 has it, word by word."""
    rates = []
    for first in range(len(entries)):
        for last in range(first + 1, len(entries) + 1):
            some = entries[first:last]
            total_s = sum((Fraction(str(duration_s)) for duration_s, _ in some), Fraction())
            within = Fraction(target_s, 2) <= total_s <= Fraction(3 * target_s, 2)
            if within and all(size != NOT_KNOWN for _, size in some):
                rates.append(math.ceil(8 * sum(size for _, size in some) / total_s))
    average = average_bit_rate(*columns(entries))
    expected = None if average is None else max([average, *rates])
    assert peak_of(entries, target_s) == expected


def test_a_day_of_tiny_segments_takes_no_long_time() -> None:
    """43,200 of 2 s, and an hour of 40 ms, for a target duration of 6 s."""
    day = np.full(43_200, 2 * SECOND_US), np.full(43_200, 750_000)
    tiny = np.full(90_000, SECOND_US // 25), np.full(90_000, 15_000)
    assert peak_bit_rate(*day, target_s=6) == peak_bit_rate(*tiny, target_s=6) == 3_000_000
