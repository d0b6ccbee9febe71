"""Where rivals are parted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.choosing import oracle
from tests.core.choosing.some_rivals import a_rival, many, rivals_at

from longtake.core.choosing.islands import islands, reach_us

# spans -> lengths of the islands
PARTS = {
    "nothing": ([], []),
    "one after the other": ([(0, 2), (2, 4), (9, 11)], [1, 1, 1]),
    "the jitter of 100 ms": ([(0, 2), (1.9, 3.9)], [1, 1]),
    "more than that": ([(0, 2), (1.899999, 3.9)], [2]),
    "a long one below others": ([(0, 6), (1, 2), (3, 4), (6, 8)], [3, 1]),
    "a short one within the end of another": ([(0, 2), (1.95, 1.97), (2, 4)], [2, 1]),
    "a short one within the jitter of what follows": ([(0, 2), (1.96, 3), (1.98, 1.99)], [3]),
    "two short ones from one start": ([(0, 0.05), (0, 0.08)], [2]),
}


@pytest.mark.parametrize(("spans", "lengths"), PARTS.values(), ids=PARTS.keys())
def test_parts(spans, lengths: list[int]) -> None:
    parts = islands([a_rival(*span) for span in spans])
    assert list(map(len, parts)) == lengths


def test_an_island_reaches_as_far_as_its_longest() -> None:
    assert reach_us([a_rival(0, 9), a_rival(1, 2)]) == a_rival(0, 9).end_us


@many
@given(
    rivals_at(
        st.integers(0, 400).map(lambda step: step * 0.01), [0.01, 0.02, 0.05, 0.1, 0.11, 0.5, 1], most=12
    )
)
def test_across_a_clean_joint_all_go_together_and_nowhere_else(rivals) -> None:
    alive = oracle.without_equals(rivals)
    assert islands(alive) == oracle.islands(alive)
