"""Holes as entries of a playlist (EXT-X-GAP, rfc8216bis 4.4.4.7), so that player time runs with the wall clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longtake.core.timeline import JOIN_GAP_US


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRun:
    """The hole [start_us, end_us) in ``count`` pieces of equal length, of which those before ``first`` are not listed."""

    start_us: int
    end_us: int
    count: int
    first: int = 0

    def __len__(self) -> int:
        """How many are listed."""
        return self.count - self.first

    def pieces(self) -> Iterator[tuple[int, int]]:
        """(start, duration) of each that is listed, in microseconds. They follow each other without a rest."""
        for number in range(self.first, self.count):
            yield self._border_us(number), self._border_us(number + 1) - self._border_us(number)

    def durations_back_us(self) -> Iterator[int]:
        """The durations of those that are listed, the last first; as many as somebody takes."""
        for number in range(self.count - 1, self.first - 1, -1):
            yield self._border_us(number + 1) - self._border_us(number)

    def from_time(self, start_us: int) -> GapRun:
        """Only what reaches over that time."""
        if start_us <= self.start_us:
            return self
        gone = min((start_us - self.start_us) * self.count // (self.end_us - self.start_us), self.count)
        while gone < self.count and self._border_us(gone + 1) <= start_us:
            gone += 1
        return GapRun(
            start_us=self.start_us, end_us=self.end_us, count=self.count, first=max(self.first, gone)
        )

    def without_first(self, entries: int) -> GapRun:
        """Without so many more at the front."""
        first = min(self.first + entries, self.count)
        return GapRun(start_us=self.start_us, end_us=self.end_us, count=self.count, first=first)

    def _border_us(self, number: int) -> int:
        return self.start_us + (self.end_us - self.start_us) * number // self.count


def gap_run(start_us: int, end_us: int, *, longest_us: int) -> GapRun | None:
    """The hole between two segments, in pieces of at most ``longest_us``; None if there is no such hole."""
    if end_us - start_us <= JOIN_GAP_US:
        return None
    return GapRun(start_us=start_us, end_us=end_us, count=gap_count(start_us, end_us, longest_us=longest_us))


def gap_count(start_us: int, end_us: int, *, longest_us: int) -> int:
    """How many pieces that takes; 0 for what is no hole."""
    return -((start_us - end_us) // longest_us) if end_us - start_us > JOIN_GAP_US else 0
