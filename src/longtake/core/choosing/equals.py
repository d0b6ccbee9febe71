"""Of rivals that are the same thing, the best one stays.

1. Of equal starts only those of the best rank stay. Of equal start, end and rank it is the larger file, then the
   greater digest, then the greater name. Other ends remain rivals: a long one must not hide a better pair.
2. The same content may have been dated twice, a little apart: by two nodes, or before and after a jump of the source's
   clock. Where spans of equal digest overlap by more than the jitter, or by more than half of the shorter one, the
   best rank stays, then the longer, the earlier, the lesser name. Those that are dropped drop no others. Equal content
   that lies apart is a real repeat, as of a slate.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from longtake.core.choosing.rivals import JITTER_US, Rival

_Span = tuple[int, int]


def without_equals(rivals: Iterable[Rival]) -> list[Rival]:
    """The ones that stay, by start and end, no two of which have the same.

    Takes O(n log n), as long as few spans of equal digest overlap.
    """
    ordered = sorted(rivals)
    if any(left.start_us == right.start_us for left, right in pairwise(ordered)):
        ordered = [
            rival
            for _, same in groupby(ordered, key=lambda rival: rival.start_us)
            for rival in _best_of_start(list(same))
        ]
    dropped = _same_content(ordered)
    return [rival for rival in ordered if rival not in dropped] if dropped else ordered


def _best_of_start(same: list[Rival]) -> list[Rival]:
    if len(same) == 1:
        return same
    rank = max(rival.rank for rival in same)
    best = [rival for rival in same if rival.rank == rank]
    return [
        max(equal, key=lambda rival: (rival.size_bytes, rival.digest, rival.name))
        for _, equal in groupby(best, key=lambda rival: rival.end_us)
    ]


def _same_content(rivals: Sequence[Rival]) -> set[Rival]:
    if len({rival.digest for rival in rivals}) == len(rivals):
        return set()
    by_digest = defaultdict(list)
    for rival in rivals:
        by_digest[rival.digest].append(rival)
    return {
        rival
        for digest, group in by_digest.items()
        if digest and len(group) > 1
        for rival in _second_copies(group)
    }


def _second_copies(group: Sequence[Rival]) -> Iterable[Rival]:
    longest_us = max(rival.end_us - rival.start_us for rival in group)
    stay: list[_Span] = []
    for rival in sorted(group, key=_merit):
        span = (rival.start_us, rival.end_us)
        first = bisect_left(stay, (rival.start_us - longest_us,))
        near = stay[first : bisect_left(stay, (rival.end_us,))]
        if any(_is_one_content(span, other) for other in near):
            yield rival
        else:
            insort(stay, span)


def _merit(rival: Rival) -> tuple[int, int, int, str]:
    return -rival.rank, rival.start_us - rival.end_us, rival.start_us, rival.name


def _is_one_content(left: _Span, right: _Span) -> bool:
    overlap_us = min(left[1], right[1]) - max(left[0], right[0])
    shorter_us = min(left[1] - left[0], right[1] - right[0])
    return overlap_us > JITTER_US or 2 * overlap_us > shorter_us
