"""The best of all chains of rivals, exactly.

A chain holds segments that follow each other (``rivals.follows``). Overlapped time counts once, for the earlier one.
The best chain covers the most time by what can be decoded; then the most of it by full ones, then by suspect ones; then
the most by what cannot be decoded; and then it has the fewest segments, and the least overlap: who changes from one
source to another for nothing repeats a bit. Of chains that are as good in all of this it is the one whose last segment
ends earlier, or starts earlier; if that is the same, the one before it; and so on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import attrgetter

from longtake.core.choosing.rivals import Rival, latest_overlap_us

_FIELD = 40
"""Bits of one figure in a score, which holds several of them, so that they compare and add at once: 2^40 microseconds
are twelve days."""
_OVERLAP, _SEGMENT, _UNDECODABLE, _SUSPECT, _FULL, _COVERED = (1 << _FIELD * place for place in range(6))
_WORTH = (_UNDECODABLE, _COVERED, _COVERED + _SUSPECT, _COVERED + _FULL)
"""Of a microsecond, by rank. A segment costs ``_SEGMENT``, a microsecond of overlap ``_OVERLAP``."""
ALL_TIME_US = (0, 1 << 62)
_in_order = attrgetter("end_us", "start_us")


def best_chain(
    rivals: Iterable[Rival],
    *,
    after: Rival | None = None,
    last: Rival | None = None,
    within_us: tuple[int, int] = ALL_TIME_US,
) -> list[Rival]:
    """The best chain, in order. All rivals cover some time, and no two have the same start and end.

    ``after`` comes before the chain, and all rivals follow it. ``last``, one of the rivals, ends the chain. Only time
    within ``within_us`` counts: where no other rivals are seen, a long one must not win. All rivals touch it.

    Of the rivals before one, those that end before it starts are known by the best of them; those that overlap it are
    looked at one by one. So it takes O(n log n) where few overlap, and O(n²) if all do.
    """
    table = _Table(sorted(rivals, key=_in_order), 0 if after is None else after.end_us, within_us)
    if not table.rivals:
        return []
    return table.chain(table.best[-1] if last is None else table.rivals.index(last))


class _Table:
    """Of each rival, by their order: the score of the best chain that ends with it, and what comes before it there."""

    __slots__ = (
        "_after_us",
        "_counts_to_us",
        "_ends_us",
        "_from_us",
        "_reached_us",
        "_starts_us",
        "_widest_us",
        "before",
        "best",
        "rivals",
        "scores",
    )

    def __init__(self, rivals: list[Rival], after_us: int, within_us: tuple[int, int]) -> None:
        first_us, until_us = within_us
        self.rivals = rivals
        self._after_us = after_us
        self._reached_us = max(first_us, after_us)
        self.scores: list[int] = []
        self.before: list[int | None] = []
        self.best: list[int] = []
        """Of the rivals up to each: which one ends the best chain."""
        self._starts_us = [rival.start_us for rival in rivals]
        self._ends_us = [rival.end_us for rival in rivals]
        self._counts_to_us = [min(rival.end_us, until_us) for rival in rivals]
        overlaps_us = [latest_overlap_us(rival) for rival in rivals]
        self._from_us = [
            end_us - overlap_us for end_us, overlap_us in zip(self._ends_us, overlaps_us, strict=True)
        ]
        self._widest_us = max(overlaps_us, default=0)
        for at, rival in enumerate(rivals):
            self._add(at, rival)

    def _add(self, at: int, rival: Rival) -> None:
        start_us, end_us, worth = rival.start_us, rival.end_us, _WORTH[rival.rank]
        counts_to_us = self._counts_to_us[at]
        free = bisect_right(self._ends_us, start_us, 0, at)
        before: int | None = None
        if free:
            before = self.best[free - 1]
            score = self.scores[before] + (counts_to_us - start_us) * worth
        else:
            score = (counts_to_us - max(start_us, self._reached_us)) * worth
            score -= max(0, self._after_us - start_us) * _OVERLAP
        upto = bisect_right(self._ends_us, min(start_us + self._widest_us, end_us - 1), free, at)
        for other in range(free, upto):
            if self._from_us[other] <= start_us and self._starts_us[other] < start_us:
                overlap_us = self._ends_us[other] - start_us
                with_it = self.scores[other] + (counts_to_us - self._counts_to_us[other]) * worth
                with_it -= overlap_us * _OVERLAP
                if with_it > score:
                    score, before = with_it, other
        score -= _SEGMENT
        self.scores.append(score)
        self.before.append(before)
        leads = not self.best or score > self.scores[self.best[-1]]
        self.best.append(at if leads else self.best[-1])

    def chain(self, at: int | None) -> list[Rival]:
        """The best one that ends with a rival."""
        chosen = []
        while at is not None:
            chosen.append(self.rivals[at])
            at = self.before[at]
        return chosen[::-1]
