"""Long islands, a minute at a time.

An island of up to ``HORIZON_US`` is solved as a whole. Of a longer one, the best chain is made of what starts within two
windows of that length, counted from the island's start, and of the time that lies in them; what is chosen in the first of them stays, and the second is
looked at again with the one that comes after it. So a choice depends on nothing that starts 120 s or more after its
window began, and what comes in at the live edge does not change what was chosen long before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from longtake.core.choosing.best_chain import ALL_TIME_US, best_chain
from longtake.core.choosing.islands import reach_us
from longtake.core.choosing.rivals import Rival, follows
from longtake.core.times import SECOND_US

HORIZON_US = 60 * SECOND_US
"""Islands up to this length are solved exactly; also the length of a window."""


def is_long(island: Sequence[Rival]) -> bool:
    """Whether an island, sorted, is too long to be solved as a whole."""
    return reach_us(island) - island[0].start_us > HORIZON_US


def chain_of_island(
    island: Sequence[Rival], *, after: Rival | None = None, last: Rival | None = None
) -> list[Rival]:
    """The chosen of an island, sorted, in order. ``after`` and ``last`` as for ``best_chain``.

    ``last`` follows all others of the island.
    """
    if len(island) == 1:
        return list(island)
    if not is_long(island):
        return best_chain(island, after=after, last=last)
    chosen: list[Rival] = []
    starts_us = [rival.start_us for rival in island]
    first, window_us = 0, island[0].start_us
    while first < len(island):
        window_us += (starts_us[first] - window_us) // HORIZON_US * HORIZON_US
        seen = island[first : bisect_left(starts_us, window_us + 2 * HORIZON_US)]
        chosen += _chain_of_window(seen, window_us, after=after, last=last)
        after = chosen[-1] if chosen else after
        first = bisect_left(starts_us, window_us + HORIZON_US)
    return chosen


def _chain_of_window(
    seen: Sequence[Rival], window_us: int, *, after: Rival | None, last: Rival | None
) -> list[Rival]:
    """What is chosen of a window. What reaches beyond the two counts in full only if all time within them is taken."""
    next_us, end_us = window_us + HORIZON_US, window_us + 2 * HORIZON_US
    taken = after is not None and after.end_us >= end_us
    chain = best_chain(
        [rival for rival in seen if after is None or follows(after, rival)],
        after=after,
        last=last if last in seen else None,
        within_us=ALL_TIME_US if taken else (window_us, end_us),
    )
    return [rival for rival in chain if rival.start_us < next_us]
