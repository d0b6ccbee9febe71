"""Discontinuity numbers over several qualities: held to an oracle that looks at every entry, in order of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.numbering import Break, Run, number_together
from longtake.core.times import SECOND_US


def run(*entries: str, number: int = 0) -> Run:
    """Entries by their start in seconds, those that are torn with a D behind it."""
    starts = [round(float(entry.rstrip("D")) * SECOND_US) for entry in entries]
    torn = [place for place, entry in enumerate(entries) if entry.endswith("D")]
    return Run(starts_us=np.array(starts, dtype=np.int64), torn=np.array(torn, dtype=np.int64), number=number)


def numbers(*runs: Run, known: Sequence[Break] = ()) -> list[list[int]]:
    return [found.tolist() for found in number_together(runs, known)]


def at(start_s: float, number: int) -> Break:
    return Break(start_us=round(start_s * SECOND_US), number=number)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run("0", "2", "4D", "6", "8D")], [[0, 0, 1, 1, 2]]),
        ([run("0", "2", "4D", "6"), run("0", "2", "4", "6")], [[0, 0, 1, 1], [0, 0, 1, 1]]),
        ([run("0", "2", "4D"), run("0", "2", "4D")], [[0, 0, 1], [0, 0, 1]]),
        ([run("0", "2", "4D"), run("0.01", "2.01", "4.01D", "6.01")], [[0, 0, 1], [0, 0, 1, 1]]),
        ([run("0", "4.05D", "6"), run("0", "4D", "6")], [[0, 1, 1], [0, 1, 1]]),
        ([run("0", "4", "6"), run("0", "4.09D", "6")], [[0, 1, 1], [0, 1, 1]]),
        ([run("0", "10"), run("0", "2D", "4D", "6")], [[0, 2], [0, 1, 2, 2]]),
        ([run("0", "2D", "4", "6"), run("0", "1", "3D", "5")], [[0, 1, 1, 1], [0, 0, 1, 1]]),
        ([run("0D", "2"), run("0", "2")], [[1, 1], [1, 1]]),
        ([run("5", "7D", number=7), run("5", "7", number=7)], [[7, 8], [7, 8]]),
        ([run("5", "7D", number=7), run("5", "7")], [[7, 8], [0, 8]]),
        ([run(), run("1", "3D")], [[], [0, 1]]),
    ],
    ids=[
        "alone each torn entry counts",
        "a break in one is a tag in the other",
        "breaks at one time are one",
        "also with some jitter",
        "in either order",
        "an entry that begins less than the jitter before a break has it",
        "two breaks within one entry of the other are two tags before the next",
        "entries that are apart take it each at its next one",
        "a break at the very beginning",
        "they go on from the numbers before",
        "a lower number catches up at the next break",
        "a quality without entries",
    ],
)
def test_numbers(runs: list[Run], expected: list[list[int]]) -> None:
    assert numbers(*runs) == expected


def test_known_breaks_are_taken_over_at_their_time() -> None:
    """Those of a quality that is ahead."""
    assert numbers(run("4", "6", "8", number=3), known=[at(0, 3), at(5, 4)]) == [[3, 4, 4]]


def test_a_late_break_meets_a_known_one_behind_it() -> None:
    """Each quality has one tag, at different entries, and the numbers are equal afterwards."""
    assert numbers(run("4D", "6", "8", number=3), known=[at(0, 3), at(5, 4)]) == [[4, 4, 4]]


def oracle(runs: Sequence[Run]) -> list[list[int]]:
    """Of each entry in order of time: the highest number so far of all that began by then, and one more if that is not above the one before."""
    jitter_us = 100_000
    shown: list[tuple[int, int]] = []  # (start, number) of the entries that raised it
    events = sorted(
        (int(start), which, place)
        for which, one in enumerate(runs)
        for place, start in enumerate(one.starts_us)
    )

    def highest(start_us: int) -> int:
        return max((number for start, number in shown if start <= start_us + jitter_us), default=0)

    last = [one.number for one in runs]
    for start_us, which, place in events:
        if place in runs[which].torn:
            before = (
                last[which]
                if place == 0
                else max(last[which], highest(int(runs[which].starts_us[place - 1])))
            )
            if highest(start_us) <= before:
                shown.append((start_us, before + 1))
        last[which] = max(last[which], highest(start_us))
    return [[max(one.number, highest(int(start))) for start in one.starts_us] for one in runs]


@st.composite
def some_runs(draw: st.DrawFn) -> list[Run]:
    """Entries of 1 to 4 s, some torn."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        steps = draw(
            st.lists(
                st.tuples(st.integers(4, 16), st.sampled_from([0, 0, 1, 30]), st.booleans()), max_size=12
            )
        )
        at_us, starts, torn = draw(st.integers(0, 20)) * 250_000, [], []
        for place, (quarters, jitter_ms, is_torn) in enumerate(steps):
            starts.append(at_us + jitter_ms * 1000)
            torn += [place] if is_torn else []
            at_us += quarters * 250_000
        found.append(
            Run(starts_us=np.array(starts, dtype=np.int64), torn=np.array(torn, dtype=np.int64), number=5)
        )
    return found


@quick
@given(some_runs())
def test_it_is_what_the_oracle_says(runs: list[Run]) -> None:
    assert numbers(*runs) == oracle(runs)


@quick
@given(some_runs())
def test_each_torn_entry_has_a_tag_and_numbers_are_equal_at_equal_times(runs: list[Run]) -> None:
    found = numbers(*runs)
    for one, mine in zip(runs, found, strict=True):
        assert mine == sorted(mine)
        for place in one.torn.tolist():
            assert mine[place] > (mine[place - 1] if place else one.number)
    for one, mine in zip(runs, found, strict=True):
        for other, theirs in zip(runs, found, strict=True):
            at_once = dict(zip(one.starts_us.tolist(), mine, strict=True))
            for start, number in zip(other.starts_us.tolist(), theirs, strict=True):
                assert at_once.get(start, number) == number
