"""Holes of a long range that is asked for in pieces: joined where pieces meet, and shared out among hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from longtake.core.coverage import joined_gaps
from longtake.core.timeline import Gap, GapReason

FULL = "full"
MISSING = GapReason.MISSING.name.lower()


def kind_of(gap: Gap) -> str:
    """``missing``, ``suspect``, ``partial`` …: the reason as a key."""
    return gap.reason.name.lower()


def is_doubtful(gap: Gap) -> bool:
    """Whether something is recorded there, though not surely all of it."""
    return gap.reason is not GapReason.MISSING


def joined(gaps: Iterable[Gap]) -> list[Gap]:
    """``core.coverage.joined_gaps``, at once."""
    return list(joined_gaps(gaps))


def shared_out(gaps: Sequence[Gap], bounds: Iterable[tuple[int, int]]) -> Iterator[tuple[Gap, ...]]:
    """For each of ``bounds`` (start_us, end_us) the gaps in it, clipped to it. Both are sorted, and overlap nothing."""
    at = 0
    for start_us, end_us in bounds:
        while at < len(gaps) and gaps[at].end_us <= start_us:
            at += 1
        mine = []
        for gap in gaps[at:]:
            if gap.start_us >= end_us:
                break
            mine.append(replace(gap, start_us=max(gap.start_us, start_us), end_us=min(gap.end_us, end_us)))
        yield tuple(mine)


def lengths_us(gaps: Iterable[Gap], *, start_us: int, end_us: int) -> Mapping[str, int]:
    """How much of [start_us, end_us) is ``full``, ``missing``, and each kind of doubtful; all kinds are named."""
    lengths = {FULL: max(0, end_us - start_us)} | {reason.name.lower(): 0 for reason in GapReason}
    for gap in gaps:
        lengths[kind_of(gap)] += gap.end_us - gap.start_us
        lengths[FULL] -= gap.end_us - gap.start_us
    return lengths
