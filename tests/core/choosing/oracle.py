"""What the best choice is, by trying every subset: slow, and written without a look at how the project does it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from longtake.core.choosing import Rival

JITTER_US = 100_000
HORIZON_US = 60_000_000
LONGEST_US = 1_200_000_000
Score = tuple[int, int, int, int, int, int]


def as_counted(rivals: Sequence[Rival]) -> list[Rival]:
    """Without those of no length, and none longer than twenty minutes."""
    spans = [rival._replace(end_us=min(rival.end_us, rival.start_us + LONGEST_US)) for rival in rivals]
    return [rival for rival in spans if rival.end_us != rival.start_us]


def may_follow(left: Rival, right: Rival) -> bool:
    """Rule of a chain, for neighbours."""
    quarter_us = (left.end_us - left.start_us) // 4
    rising = right.start_us > left.start_us and right.end_us > left.end_us
    return rising and left.end_us - right.start_us <= max(quarter_us, JITTER_US)


def is_chain(rivals: Sequence[Rival]) -> bool:
    """Whether each may follow the one before."""
    return all(may_follow(left, right) for left, right in pairwise(rivals))


def score(chain: Sequence[Rival], first_us: int, until_us: int) -> Score:
    """Microseconds of [first_us, until_us) that are decodable, full, suspect, undecodable; and fewer is better.

    Overlaps come last; that with what comes before the chain is not in it.
    """
    edges = sorted({first_us, until_us, *(edge for rival in chain for edge in rival[:2])})
    of_rank = [0, 0, 0, 0]
    for begin_us, end_us in pairwise(edges):
        if first_us <= begin_us and end_us <= until_us:
            covering = [rival for rival in chain if rival.start_us <= begin_us and end_us <= rival.end_us]
            if covering:
                of_rank[min(covering).rank] += end_us - begin_us
    overlap_us = sum(max(0, left.end_us - right.start_us) for left, right in pairwise(chain))
    return sum(of_rank[1:]), of_rank[3], of_rank[2], of_rank[0], -len(chain), -overlap_us


def best_subset(
    rivals: Sequence[Rival],
    *,
    after: Rival | None = None,
    last: Rival | None = None,
    first_us: int = 0,
    until_us: int = 1 << 62,
) -> list[Rival]:
    """The best of all chains."""
    ordered = sorted(rivals)
    best: tuple[tuple[int, ...], list[tuple[int, int]]] | None = None
    chosen: list[Rival] = []
    for bits in range(1 << len(ordered)):
        subset = [rival for at, rival in enumerate(ordered) if bits >> at & 1]
        if (last is not None and subset[-1:] != [last]) or not is_chain(
            [*([after] if after else []), *subset]
        ):
            continue
        reached_us = max(first_us, after.end_us if after else 0)
        backwards = [(-rival.end_us, -rival.start_us) for rival in reversed(subset)]
        *figures, overlap = score(subset, reached_us, until_us)
        if after and subset:
            overlap -= max(0, after.end_us - subset[0].start_us)
        merit = (*figures, overlap), backwards
        if best is None or merit > best:
            best, chosen = merit, subset
    return chosen


def without_equals(rivals: Sequence[Rival]) -> list[Rival]:
    """The first two rules, word by word."""
    best_rank = {
        rival.start_us: max(other.rank for other in rivals if other.start_us == rival.start_us)
        for rival in rivals
    }
    stay: dict[tuple[int, int], Rival] = {}
    for rival in rivals:
        rivalled = stay.get(rival[:2])
        if rival.rank == best_rank[rival.start_us] and (
            rivalled is None
            or (rival.size_bytes, rival.digest, rival.name)
            > (rivalled.size_bytes, rivalled.digest, rivalled.name)
        ):
            stay[rival[:2]] = rival
    kept: list[Rival] = []
    by_merit = sorted(
        stay.values(), key=lambda rival: (-rival.rank, rival.start_us - rival.end_us, rival.start_us)
    )
    for rival in by_merit:
        if not any(is_one_content(rival, other) for other in kept):
            kept.append(rival)
    return sorted(kept)


def is_one_content(left: Rival, right: Rival) -> bool:
    """Equal digests, and more than a touch in common."""
    common_us = min(left.end_us, right.end_us) - max(left.start_us, right.start_us)
    half_us = min(left.end_us - left.start_us, right.end_us - right.start_us) / 2
    return left.digest == right.digest != b"" and common_us > min(JITTER_US, half_us)


def islands(rivals: Sequence[Rival]) -> list[list[Rival]]:
    """Parted wherever any of what lies before and any of what lies after may be chosen together."""
    ordered = sorted(rivals)
    cuts = [
        at
        for at in range(1, len(ordered))
        if all(
            right.start_us > left.start_us
            and right.end_us > left.end_us
            and right.start_us >= left.end_us - JITTER_US
            for left in ordered[:at]
            for right in ordered[at:]
        )
    ]
    edges = [0, *cuts, len(ordered)]
    return [ordered[begin:end] for begin, end in pairwise(edges) if begin < end]


def best_of_island(
    island: Sequence[Rival], *, after: Rival | None = None, last: Rival | None = None
) -> list[Rival]:
    """Of a long one, minute by minute."""
    begin_us = min(rival.start_us for rival in island)
    if max(rival.end_us for rival in island) - begin_us <= HORIZON_US:
        return best_subset(island, after=after, last=last)
    chosen: list[Rival] = []
    while begin_us <= max(rival.start_us for rival in island):
        next_us, end_us = begin_us + HORIZON_US, begin_us + 2 * HORIZON_US
        seen = [rival for rival in island if begin_us <= rival.start_us < end_us]
        seen = [rival for rival in seen if after is None or may_follow(after, rival)]
        span_us = (0, 1 << 62) if after is not None and after.end_us >= end_us else (begin_us, end_us)
        chain = best_subset(
            seen, after=after, last=last if last in seen else None, first_us=span_us[0], until_us=span_us[1]
        )
        chosen += [rival for rival in chain if rival.start_us < next_us]
        after = chosen[-1] if chosen else after
        begin_us = next_us
    return chosen


def best_choice(rivals: Sequence[Rival]) -> list[Rival]:
    """Of all of them, as if there were no hours."""
    alive = without_equals(as_counted(rivals))
    return [rival for island in islands(alive) for rival in best_of_island(island)]
