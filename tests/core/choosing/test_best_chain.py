"""The best chain, by tables, and against every subset."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.choosing import oracle
from tests.core.choosing.some_rivals import (
    FULL,
    PARTIAL,
    SUSPECT,
    UNDECODABLE,
    ZERO_US,
    a_rival,
    many,
    rivals_at,
    very_many,
)

from longtake.core.choosing.best_chain import best_chain
from longtake.core.choosing.rivals import follows

# spans with ranks -> positions of the chosen
BEST = {
    "nothing of nothing": ([], []),
    "two that follow each other beat the one across them": ([(0, 2), (1, 3), (2, 4)], [0, 2]),
    "a long one beats two short ones": ([(0, 1), (0.5, 4.5), (3, 4)], [1]),
    "the one that hides a better pair goes": ([(0, 3), (0, 2), (2, 6)], [1, 2]),
    "covered time before rank": ([(0, 1), (0.5, 4.5, PARTIAL), (3, 4)], [1]),
    "a full before a suspect that covers as much": ([(0, 2, SUSPECT), (1, 3, FULL)], [1]),
    "a suspect before a partial": ([(0, 2, PARTIAL), (1, 3, SUSPECT)], [1]),
    "a partial before an undecodable that covers more": ([(0, 9, UNDECODABLE), (1, 2, PARTIAL)], [1]),
    "an undecodable where nothing else is": ([(0, 2), (2, 4, UNDECODABLE), (4, 6)], [0, 1, 2]),
    "the more that is full, the better": (
        [(0, 4, PARTIAL), (0.5, 2), (2, 4.5, SUSPECT), (1, 4.5, SUSPECT), (0.5, 4.5, PARTIAL)],
        [1, 2],
    ),
    "as much of the same by fewer": ([(0, 2), (2, 4), (0, 4)], [2]),
    "all of stated durations that are too long by a quarter": (
        [(0, 10), (7.5, 17.5), (15, 25), (22.5, 32.5)],
        [0, 1, 2, 3],
    ),
    "overlapped time counts once": ([(0, 4), (3, 7), (0, 4.2), (5, 8)], [2, 3]),
    "overlapped time counts for the earlier one": ([(0, 4, SUSPECT), (3, 7), (0, 3, PARTIAL)], [2, 1]),
    "as much of the same with less overlap": ([(0, 4), (3, 7), (0, 3.5), (3.5, 7)], [2, 3]),
    "a hole within may be worth it": ([(0, 3), (2, 4), (4.5, 8)], [0, 2]),
    "of two as good the one that ends earlier": ([(0, 2), (1, 3)], [0]),
    "of two ways to the same end, the one whose segments end earlier": (
        [(0, 2), (0, 3), (2, 3.5), (3, 3.5)],
        [0, 2],
    ),
}


@pytest.mark.parametrize(("spans", "positions"), BEST.values(), ids=BEST.keys())
def test_best(spans, positions: list[int]) -> None:
    rivals = [a_rival(*span) for span in spans]
    assert best_chain(rivals) == best_chain(rivals[::-1]) == [rivals[at] for at in positions]


def test_a_chain_can_be_made_to_follow_one_and_to_end_with_another() -> None:
    rivals = [a_rival(1.5, 4), a_rival(2, 3), a_rival(3, 4), a_rival(3.6, 4.5)]
    assert best_chain(rivals, after=a_rival(0, 2)) == [rivals[0], rivals[3]]
    assert best_chain(rivals, last=rivals[1]) == [rivals[1]]
    assert best_chain(rivals, last=rivals[2]) == [rivals[1], rivals[2]]


def test_time_beyond_what_is_looked_at_does_not_count() -> None:
    rivals = [a_rival(0, 60, PARTIAL), a_rival(0.5, 2), a_rival(2, 4)]
    assert best_chain(rivals) == rivals[:1]
    assert best_chain(rivals, within_us=(ZERO_US + 500_000, ZERO_US + 4_000_000)) == rivals[1:]


LENGTHS_S = [0.01, 0.02, 0.05, 0.1, 0.11, 0.4, 0.5, 1, 1.05, 2, 4]
sets = rivals_at(
    st.integers(0, 70).map(lambda step: step * 0.05) | st.integers(0, 350).map(lambda step: step * 0.01),
    LENGTHS_S,
    most=9,
)


def as_good_as_any(rivals, order: random.Random) -> None:
    alive = oracle.without_equals(rivals)
    expected = oracle.best_subset(alive)
    order.shuffle(alive)
    assert best_chain(alive) == expected


@many
@given(sets, st.randoms(use_true_random=False))
def test_no_subset_is_better(rivals, order: random.Random) -> None:
    as_good_as_any(rivals, order)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@very_many
@given(sets, st.randoms(use_true_random=False))
def test_no_subset_of_many_sets_is_better(rivals, order: random.Random) -> None:
    as_good_as_any(rivals, order)


@many
@given(sets, st.data())
def test_no_subset_between_two_is_better(rivals, data: st.DataObject) -> None:
    alive = oracle.without_equals(rivals)
    after, last = (data.draw(st.sampled_from([None, *alive])) for _ in range(2))
    between = [rival for rival in alive if after is None or follows(after, rival)]
    if last is not None and last in between:
        between = [rival for rival in between if rival == last or follows(rival, last)]
    else:
        last = None
    expected = oracle.best_subset(between, after=after, last=last)
    assert best_chain(between, after=after, last=last) == expected


@many
@given(sets, st.integers(0, 300), st.integers(1, 400))
def test_no_subset_is_better_within_a_span(rivals, first: int, length: int) -> None:
    first_us = ZERO_US + first * 10_000
    until_us = first_us + length * 10_000
    alive = [
        rival
        for rival in oracle.without_equals(rivals)
        if rival.start_us < until_us and rival.end_us > first_us
    ]
    expected = oracle.best_subset(alive, first_us=first_us, until_us=until_us)
    assert best_chain(alive, within_us=(first_us, until_us)) == expected
