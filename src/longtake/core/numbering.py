"""Discontinuity numbers that are equal in all qualities at equal times, though each has breaks of its own.

Players that go from one quality to another, or play sound beside pictures, find what belongs together by the
discontinuity sequence number (RFC 8216 4.3.4.2 and 6.3.4: it must match between variants). A client counts it from the
tags, so a break in one quality has to be a tag in all others too: before their first entry that begins then or later. Breaks
of several qualities at one time are one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from longtake.core.choosing import JITTER_US
from longtake.core.segment_columns import Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """From ``start_us`` on entries have at least this number."""

    start_us: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """One quality's entries in a row, by their starts. ``torn``: the places that do not continue what is before them.

    ``number`` is that of what lies before the first one.
    """

    starts_us: Integers
    torn: Integers
    number: int = 0


def number_together(runs: Sequence[Run], known: Iterable[Break] = ()) -> list[Integers]:
    """For each run the number of each of its entries, as many tags before it included as it takes.

    ``known`` are breaks that other entries of the same qualities, of then or later, already have.
    """
    breaks = _Breaks(known)
    events = sorted(
        (int(run.starts_us[place]), which, place)
        for which, run in enumerate(runs)
        for place in run.torn.tolist()
    )
    for start_us, which, place in events:
        run = runs[which]
        before = run.number
        if place:
            before = max(before, breaks.number_at(int(run.starts_us[place - 1])))
        if breaks.number_at(start_us) <= before:
            breaks.add(start_us, before + 1)
    return [np.maximum(breaks.numbers_at(run.starts_us), run.number) for run in runs]


class _Breaks:
    """In order of time; each number is at least the one before."""

    def __init__(self, known: Iterable[Break]) -> None:
        self._starts_us: list[int] = []
        self._numbers: list[int] = []
        for one in sorted(known, key=lambda one: one.start_us):
            self.add(one.start_us, one.number)

    def add(self, start_us: int, number: int) -> None:
        at = bisect_right(self._starts_us, start_us)
        self._starts_us.insert(at, start_us)
        self._numbers.insert(at, max(number, self._numbers[at - 1] if at else 0))
        for later in range(at + 1, len(self._numbers)):
            if self._numbers[later] >= self._numbers[at]:
                break
            self._numbers[later] = self._numbers[at]

    def number_at(self, start_us: int) -> int:
        at = bisect_right(self._starts_us, start_us + JITTER_US)
        return self._numbers[at - 1] if at else 0

    def numbers_at(self, starts_us: Integers) -> Integers:
        numbers = np.array([0, *self._numbers], dtype=np.int64)
        return numbers[np.searchsorted(np.array(self._starts_us), starts_us + JITTER_US, side="right")]
