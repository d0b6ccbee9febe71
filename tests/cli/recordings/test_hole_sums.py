"""Sums of holes: what is counted, what is said, what a program reads."""

from __future__ import annotations

import pytest
from tests.builders import us

from longtake.cli.recordings.hole_sums import HoleSums, gap_as_json
from longtake.core.timeline import Gap, GapReason


def a_gap(start: str, end: str, reason: GapReason = GapReason.MISSING) -> Gap:
    return Gap(start_us=us(start), end_us=us(end), reason=reason)


def sums(*gaps: Gap, least_us: int = 0) -> HoleSums:
    summed = HoleSums(start_us=us("04:00:00"), end_us=us("05:00:00"), least_us=least_us)
    for gap in gaps:
        summed.add(gap)
    return summed


ONE = a_gap("04:10:00", "04:10:04")
TWO = a_gap("04:20:00", "04:20:01.5")
DOUBT = a_gap("04:30:00", "04:30:02", GapReason.SUSPECT)


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ((), "no hole; 100 % covered"),
        ((ONE,), "1 hole, 0:04.000 in all; 99.88 % covered"),
        ((ONE, TWO), "2 holes, 0:05.500 in all, the longest 0:04.000; 99.84 % covered"),
        ((DOUBT,), "no hole; 1 doubtful stretch, 0:02.000; 99.94 % covered"),
        ((DOUBT, DOUBT), "no hole; 2 doubtful stretches, 0:04.000; 99.88 % covered"),
    ],
    ids=["nothing", "one", "two", "a doubtful one", "two doubtful ones"],
)
def test_the_sums_in_words(gaps: tuple[Gap, ...], words: str) -> None:
    assert sums(*gaps).words() == words


def test_short_ones_are_not_counted_but_are_not_covered_either() -> None:
    summed = sums(ONE, TWO, least_us=2_000_000)
    assert summed.count == 1
    assert summed.words() == "1 hole, 0:04.000 in all; 1 shorter, not shown; 99.84 % covered"
    assert not summed.add(TWO)
    assert summed.add(a_gap("04:40:00", "04:40:02"))


def test_json_adds_up() -> None:
    told = sums(ONE, TWO, DOUBT, least_us=2_000_000).as_json()
    assert told == {
        "start": "2024-11-09T04:00:00.000000Z",
        "end": "2024-11-09T05:00:00.000000Z",
        "seconds": {"full": 3592.5, "missing": 5.5, "suspect": 2.0, "partial": 0.0, "undecodable": 0.0},
        "holes": 1,
        "longest_s": 4.0,
        "doubtful": 1,
        "short": 1,
    }


def test_a_hole_for_programs() -> None:
    assert gap_as_json(DOUBT) == {
        "start": "2024-11-09T04:30:00.000000Z",
        "end": "2024-11-09T04:30:02.000000Z",
        "seconds": 2.0,
        "kind": "suspect",
        "reason": "recorded, but doubtful",
    }
