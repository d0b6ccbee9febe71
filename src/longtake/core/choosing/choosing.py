"""The choice of an hour: the agreements at its borders, and the best of what lies between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from longtake.core.choosing.borders import Agreement, agree
from longtake.core.choosing.equals import without_equals
from longtake.core.choosing.horizon import chain_of_island
from longtake.core.choosing.islands import islands
from longtake.core.choosing.rivals import Rival, counted, follows
from longtake.core.times import HOUR_US


def choose_hour(
    own: Sequence[Rival], *, start_us: int, tail: Sequence[Rival], head: Sequence[Rival]
) -> list[int]:
    """The indices of the hour's own rivals that make up its part of the timeline, in order of start.

    ``own`` are all that start in [start_us, start_us + 1 h). ``tail`` are those of the hour before that end later than
    start_us - ``BORDER_US``, or more of that hour; ``head`` those of the next hour that start before start_us + 1 h +
    ``BORDER_US``, or more. All in any order. What covers no time is never chosen, and no segment counts for longer than
    ``LONGEST_US``. The choices of several hours, each made by itself, make one chain.
    """
    end_us = start_us + HOUR_US
    mine, before, after = counted(own), counted(tail), counted(head)
    left, right = agree(before, mine, border_us=start_us), agree(mine, after, border_us=end_us)
    alive = without_equals([*before, *mine, *after])
    own_alive = (rival for rival in alive if start_us <= rival.start_us < end_us)
    return [
        rival.index
        for rival in (*left.chosen, *_between(own_alive, left, right), *right.chosen)
        if start_us <= rival.start_us < end_us
    ]


def _between(rivals: Iterable[Rival], left: Agreement, right: Agreement) -> list[Rival]:
    """What is chosen between the agreed ones, in order."""
    after, before = left.chosen[-1:], right.chosen[:1]
    taken = left.set_aside.union(right.set_aside, left.chosen, right.chosen)
    free = [
        rival
        for rival in rivals
        if rival not in taken
        and all(follows(one, rival) for one in after)
        and all(follows(rival, one) for one in before)
    ]
    first = after[0] if left.anchored else None
    last = before[0] if right.anchored else None
    ends = [one for one in (first, last) if one is not None]
    return [
        rival
        for island in islands(sorted([*free, *ends]))
        for rival in _chain_beside(island, first, last)
        if rival not in taken
    ]


def _chain_beside(island: list[Rival], first: Rival | None, last: Rival | None) -> list[Rival]:
    after = first if first in island else None
    rest = [rival for rival in island if rival != after]
    return chain_of_island(rest, after=after, last=last if last in rest else None) if rest else []
