"""What two hours agree on at their border, from what both of them see.

An hour is chosen by itself, from its own files and those of its neighbours near the borders. What both hours see, and
they alone, is what of the earlier one ends later than ``BORDER_US`` before the border, and what of the later one starts
less than that after it. From just this both make the same agreement, so that their parts fit together:

- If no island crosses the border, both are free; only what lost against an equal one, and would now reach over the
  border or into such, is set aside.
- An island of up to ``HORIZON_US`` that crosses it is seen by both as a whole, since whatever else there is ends before it
  starts, or starts after it ends. It is solved by itself, and each takes its part.
- Of a longer one both see the middle, solve that, and agree on one segment, the *anchor*: the last one chosen that starts
  before the border (or the first one at all). All that the earlier hour chooses comes before the anchor or is it; all
  that the later one chooses comes after it or is it. Following is transitive, so the two parts make one chain.

Agreed segments of an hour's two borders are never in each other's way: those of the first end within ``BORDER_US`` +
``LONGEST_US`` of its beginning, those of the second start within that of its end, and twice that is less than an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from longtake.core.choosing.best_chain import best_chain
from longtake.core.choosing.equals import without_equals
from longtake.core.choosing.horizon import is_long
from longtake.core.choosing.islands import islands, reach_us
from longtake.core.choosing.rivals import Rival
from longtake.core.times import SECOND_US

BORDER_US = 60 * SECOND_US
"""How far from a border the neighbour's segments matter; not less than the longest island that is solved as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What is sure at a border."""

    chosen: tuple[Rival, ...] = ()
    """Segments of the two hours that make a chain; nothing else comes between them."""
    anchored: bool = False
    """Whether that is an anchor, in the middle of an island; else it is an island."""
    set_aside: frozenset[Rival] = frozenset()
    """Not to be chosen."""


def agree(before: Iterable[Rival], after: Iterable[Rival], *, border_us: int) -> Agreement:
    """The agreement of the hours before and after a border, whose segments these are, at least those near it.

    They are counted (``rivals.counted``).
    """
    near = [rival for rival in before if rival.end_us > border_us - BORDER_US]
    near += [rival for rival in after if rival.start_us < border_us + BORDER_US]
    alive = without_equals(near)
    island = next((island for island in islands(alive) if _crosses(island, border_us)), None)
    if island is None:
        return Agreement(set_aside=_in_the_way(near, alive, border_us))
    if is_long(island):
        chain = best_chain(island, within_us=(border_us - BORDER_US, border_us + BORDER_US))
        earlier = [rival for rival in chain if rival.start_us < border_us]
        return Agreement(chosen=(earlier[-1] if earlier else chain[0],), anchored=True)
    chain = best_chain(island)
    return Agreement(chosen=tuple(chain), set_aside=frozenset(island) - frozenset(chain))


def _crosses(island: list[Rival], border_us: int) -> bool:
    """Whether it holds segments of both hours, or may hold some of the later one that the earlier one does not see."""
    return island[0].start_us < border_us and (
        island[-1].start_us >= border_us or reach_us(island) >= border_us + BORDER_US
    )


def _in_the_way(near: list[Rival], alive: list[Rival], border_us: int) -> frozenset[Rival]:
    reached_us = max((rival.end_us for rival in alive if rival.start_us < border_us), default=border_us)
    reached_us = max(reached_us, border_us)
    return frozenset(
        rival for rival in near if rival.end_us > border_us and rival.start_us < reached_us
    ).difference(alive)
