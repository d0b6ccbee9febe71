"""When one segment follows another."""

from __future__ import annotations

import pytest
from tests.core.choosing.some_rivals import a_rival, a_source

from longtake.core.choosing import LONGEST_US, latest_overlap_us
from longtake.core.choosing.rivals import counted, follows

FOLLOWS = {
    "where the other one ends": (a_rival(0, 2), a_rival(2, 4), True),
    "after a hole": (a_rival(0, 2), a_rival(9, 11), True),
    "with the source's jitter of 100 ms": (a_rival(0, 0.3), a_rival(0.2, 1), True),
    "with more than that": (a_rival(0, 0.3), a_rival(0.199999, 1), False),
    "with a quarter of the earlier one": (a_rival(0, 2), a_rival(1.5, 3.5), True),
    "with more than a quarter": (a_rival(0, 2), a_rival(1.499999, 9), False),
    "within the other one's end": (a_rival(0, 2), a_rival(1.95, 1.97), False),
    "to the same end": (a_rival(0, 2), a_rival(1.95, 2), False),
    "from the same start": (a_rival(0, 0.05), a_rival(0, 2), False),
    "backwards": (a_rival(2, 4), a_rival(0, 2), False),
}


@pytest.mark.parametrize(("left", "right", "expected"), FOLLOWS.values(), ids=FOLLOWS.keys())
def test_follows(left, right, expected: bool) -> None:
    assert follows(left, right) is expected


def test_the_latest_overlap_is_a_quarter_or_the_jitter() -> None:
    assert latest_overlap_us(a_rival(0, 2)) == 500_000
    assert latest_overlap_us(a_rival(0, 0.2)) == 100_000


def test_what_covers_no_time_does_not_count() -> None:
    assert counted([a_rival(0, 0), a_rival(0, 0.000001)]) == [a_rival(0, 0.000001)]


def test_what_is_stated_beyond_twenty_minutes_does_not_count() -> None:
    day, usual, most = a_rival(0, 86_400), *a_source(0, 1), a_rival(0, 1200)
    assert [one.end_us - one.start_us for one in counted([day, usual, most])] == [
        LONGEST_US,
        2_000_000,
        LONGEST_US,
    ]
