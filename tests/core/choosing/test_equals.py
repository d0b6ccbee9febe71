"""Which of equal ones stays."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.choosing import oracle
from tests.core.choosing.some_rivals import (
    PARTIAL,
    SUSPECT,
    UNDECODABLE,
    a_rival,
    many,
    rivals_at,
    very_many,
)

from longtake.core.choosing.equals import without_equals

# rivals -> positions of those that stay
STAY = {
    "of equal starts, full before a longer suspect": ([a_rival(0, 2), a_rival(0, 4, SUSPECT)], [0]),
    "of equal starts, suspect before a longer partial": (
        [a_rival(0, 4, PARTIAL), a_rival(0, 2, SUSPECT)],
        [1],
    ),
    "of equal starts, partial before a longer undecodable": (
        [a_rival(0, 2, PARTIAL), a_rival(0, 4, UNDECODABLE)],
        [0],
    ),
    "of equal spans, the larger": ([a_rival(0, 2, size=5), a_rival(0, 2, size=6)], [1]),
    "of equal spans and sizes, the greater digest": (
        [a_rival(0, 2, digest=b"b"), a_rival(0, 2, digest=b"a")],
        [0],
    ),
    "of all else equal, the greater name": (
        [a_rival(0, 2, digest=b"", name="x"), a_rival(0, 2, digest=b"", name="y")],
        [1],
    ),
    "of a full and a larger suspect of one span, the full": (
        [a_rival(0, 2, size=1), a_rival(0, 2, SUSPECT, size=9)],
        [0],
    ),
    "equal starts of one rank and different ends: both": ([a_rival(0, 2, size=9), a_rival(0, 4)], [0, 1]),
    "one content dated twice, a second apart: the longer": (
        [a_rival(0, 2, digest=b"a"), a_rival(1, 3.1, digest=b"a")],
        [1],
    ),
    "one content dated twice: the better rank before the longer": (
        [a_rival(0, 2, digest=b"a"), a_rival(1, 3.1, SUSPECT, digest=b"a")],
        [0],
    ),
    "one content dated twice, as long: the earlier": (
        [a_rival(1, 3, digest=b"a"), a_rival(0, 2, digest=b"a")],
        [1],
    ),
    "one content that overlaps itself by 100 ms: both": (
        [a_rival(0, 2, digest=b"a"), a_rival(1.9, 3.9, digest=b"a")],
        [0, 1],
    ),
    "one content that overlaps itself by more: one": (
        [a_rival(0, 2, digest=b"a"), a_rival(1.899999, 3.899999, digest=b"a")],
        [0],
    ),
    "a short one that overlaps itself by more than half: one": (
        [a_rival(0, 0.08, digest=b"a"), a_rival(0.039, 0.119, digest=b"a")],
        [0],
    ),
    "a short one that overlaps itself by half: both": (
        [a_rival(0, 0.08, digest=b"a"), a_rival(0.04, 0.12, digest=b"a")],
        [0, 1],
    ),
    "a slate that repeats: all": ([a_rival(at, at + 2, digest=b"a") for at in (0, 2, 4)], [0, 1, 2]),
    "what is dropped drops no others": (
        [a_rival(0, 2, digest=b"a"), a_rival(1, 2.9, digest=b"a"), a_rival(2, 3.8, digest=b"a")],
        [0, 2],
    ),
    "unknown contents are never equal": ([a_rival(0, 2, digest=b""), a_rival(1, 3, digest=b"")], [0, 1]),
}


@pytest.mark.parametrize(("rivals", "positions"), STAY.values(), ids=STAY.keys())
def test_stays(rivals, positions: list[int]) -> None:
    assert without_equals(rivals) == without_equals(rivals[::-1]) == [rivals[at] for at in positions]


sets = rivals_at(
    st.integers(0, 40).map(lambda step: step * 0.05), [0.01, 0.02, 0.05, 0.1, 0.15, 0.5, 1, 2], most=14
)


def as_the_rules_say(rivals, order: random.Random) -> None:
    expected = oracle.without_equals(rivals)
    order.shuffle(rivals)
    assert without_equals(rivals) == expected


@many
@given(sets, st.randoms(use_true_random=False))
def test_those_stay_that_the_rules_say(rivals, order: random.Random) -> None:
    as_the_rules_say(rivals, order)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@very_many
@given(sets, st.randoms(use_true_random=False))
def test_those_stay_that_the_rules_say_of_many_sets(rivals, order: random.Random) -> None:
    as_the_rules_say(rivals, order)
