"""Holes of a long range that is asked for in pieces: joined where pieces meet, and shared out among hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from longtake.core.timeline import JOIN_GAP_US, Gap, GapReason

FULL = "full"
MISSING = GapReason.MISSING.name.lower()


def kind_of(gap: Gap) -> str:
    """``missing``, ``suspect``, ``partial`` …: the reason as a key."""
    return gap.reason.name.lower()


def is_doubtful(gap: Gap) -> bool:
    """Whether something is recorded there, though not surely all of it."""
    return gap.reason is not GapReason.MISSING


def joined(gaps: Iterable[Gap]) -> list[Gap]:
    """Neighbours of one reason as one. ``gaps`` are sorted by start; pieces of a range may overlap.

    Doubtful segments follow each other as others do: with ``JOIN_GAP_US`` between them at most.
    """
    done: list[Gap] = []
    for gap in gaps:
        before = done[-1] if done else None
        slack_us = JOIN_GAP_US if is_doubtful(gap) else 0
        if before is not None and before.reason is gap.reason and gap.start_us <= before.end_us + slack_us:
            done[-1] = replace(before, end_us=max(before.end_us, gap.end_us))
        else:
            done.append(gap)
    return done


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
