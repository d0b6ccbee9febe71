"""Which of the recorded files make up a range of time, and where nothing does.

Several files may claim the same moment: retries, several nodes, a source that repeats itself. The choice depends on
the files alone, so that every node that has the same files shows the same timeline:

1. Of equal starts the best one stays: full before suspect before partial, then the longer, then the larger file, then
   the greater hash.
2. Files that overlap by at most ``JITTER_US`` join: the source's clock jitters. Where more overlaps, each *island* (a
   stretch between clean joints) is looked at by itself. Either its segments follow each other, only with durations that
   are stated too long; or they are rivals, and solved: most covered time, then best types, then fewest segments.

A hole is a value, never a missing entry; a doubtful segment is a hole of its own kind, that has content.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise

from longtake.core.listing import HourListing
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import HOUR_US, from_us, hour_name

JOIN_GAP_US = 10_000
"""Gaps up to this are none: durations in playlists are rounded."""
JITTER_US = 100_000
"""Overlaps up to this are none."""

_TRUST = {SegmentType.FULL: 2, SegmentType.SUSPECT: 1, SegmentType.PARTIAL: 0}


class GapReason(StrEnum):
    """Why a stretch of a timeline is a hole."""

    MISSING = "not recorded"
    SUSPECT = "recorded, but doubtful"
    PARTIAL = "recorded in part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hole, clipped to the range asked for."""

    start_us: int
    end_us: int
    reason: GapReason

    @property
    def start(self) -> datetime:
        """As aware UTC."""
        return from_us(self.start_us)

    @property
    def end(self) -> datetime:
        """As aware UTC."""
        return from_us(self.end_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The chosen segments that touch [start_us, end_us), in order, and all the holes in that range.

    ``breaks[i]`` says that segment i does not continue segment i-1: a hole or a doubtful segment lies between.
    ``breaks[0]`` is always False.
    """

    start_us: int
    end_us: int
    segments: tuple[Segment, ...]
    breaks: tuple[bool, ...]
    gaps: tuple[Gap, ...]


def build_timeline(
    listings: Iterable[HourListing],
    *,
    start_us: int,
    end_us: int,
    sizes: Mapping[str, int] | None = None,
) -> Timeline:
    """The timeline of [start_us, end_us).

    ``listings`` are those of the hours from the one before ``start_us`` to that of ``end_us``: a segment may reach
    into the next hour. ``sizes`` gives the bytes of the files that ``HourListing.ambiguous`` names, by
    ``Segment.path``; a missing size counts as 0.
    """
    candidates = [segment for listing in listings for segment in listing.segments]
    best = _best_of_equal_starts(candidates, sizes or {})
    chosen = [
        segment
        for island in _islands(best)
        for segment in (island if _is_chain(island) else _solve(island))
        if segment.start_us < end_us and segment.end_us > start_us
    ]
    breaks = tuple(_breaks(chosen))
    gaps = tuple(_gaps(chosen, start_us=start_us, end_us=end_us))
    return Timeline(start_us=start_us, end_us=end_us, segments=tuple(chosen), breaks=breaks, gaps=gaps)


def hours_needed(hours: Iterable[str], *, start_us: int, end_us: int) -> list[str]:
    """Of the hours that exist, those that a timeline of the range needs, in order. Times in ``hours`` sort as text."""
    first, last = hour_name(max(0, start_us - HOUR_US)), hour_name(end_us)
    return sorted(hour for hour in hours if first <= hour <= last)


def _best_of_equal_starts(candidates: Sequence[Segment], sizes: Mapping[str, int]) -> list[Segment]:
    def merit(segment: Segment) -> tuple[int, int, int, bytes, str]:
        size = sizes.get(segment.path, 0)
        return (_TRUST[segment.type], segment.duration_us, size, segment.digest, segment.name)

    ordered = sorted(candidates, key=lambda segment: segment.start_us)
    return [max(same, key=merit) for _, same in groupby(ordered, key=lambda segment: segment.start_us)]


def _islands(segments: Sequence[Segment]) -> Iterable[list[Segment]]:
    """Splits at clean joints: where nothing before reaches over the next start by more than the jitter."""
    island: list[Segment] = []
    reach_us = 0
    for segment in segments:
        if island and segment.start_us >= reach_us - JITTER_US:
            yield island
            island = []
            reach_us = 0
        island.append(segment)
        reach_us = max(reach_us, segment.end_us)
    if island:
        yield island


def latest_overlap_us(left: Segment) -> int:
    """By how much the stated end of a segment may reach over the next one's start, and the two still follow."""
    return max(JITTER_US, left.duration_us // 4)


def _is_chain(island: Sequence[Segment]) -> bool:
    """Whether all of an island follow each other: each begins in the last quarter of what came before.

    Then nothing rivals anything; only the stated durations are longer than the truth, as where a source writes whole
    seconds (EXTINF 10 each 9.6 s).
    """
    reach_us = island[0].end_us
    for left, right in pairwise(island):
        if right.start_us < reach_us - latest_overlap_us(left):
            return False
        reach_us = max(reach_us, right.end_us)
    return True


def _solve(island: Sequence[Segment]) -> list[Segment]:
    """Weighted interval scheduling: the best compatible subset, O(n log n).

    Compatible means an overlap of at most the jitter. Scores compare as (covered microseconds, trust, -count), where
    the overlap of neighbours, at most the jitter each, counts twice.
    """
    ordered = sorted(island, key=lambda segment: (_next_start_us(segment), segment.start_us))
    next_starts_us = [_next_start_us(segment) for segment in ordered]
    best: list[tuple[tuple[int, int, int], int | None, int]] = [((0, 0, 0), None, 0)]
    for index, segment in enumerate(ordered):
        before = bisect_right(next_starts_us, segment.start_us, 0, index)
        (covered, trust, count), _, _ = best[before]
        taken = (covered + segment.duration_us, trust + _TRUST[segment.type], count - 1)
        skipped = best[index][0]
        best.append((taken, before, index) if taken > skipped else (skipped, None, index))
    return _walk_back(best, ordered)


def _next_start_us(segment: Segment) -> int:
    """From when on a following segment may start: not before this one does, even if it is shorter than the jitter."""
    return max(segment.start_us, segment.end_us - JITTER_US)


def _walk_back(
    best: Sequence[tuple[tuple[int, int, int], int | None, int]], ordered: Sequence[Segment]
) -> list[Segment]:
    chosen: list[Segment] = []
    position = len(ordered)
    while position > 0:
        _, before, index = best[position]
        if before is None:
            position -= 1
        else:
            chosen.append(ordered[index])
            position = before
    return chosen[::-1]


def _breaks(chosen: Sequence[Segment]) -> Iterable[bool]:
    if not chosen:
        return
    yield False
    reached_us = chosen[0].end_us
    for left, right in pairwise(chosen):
        yield right.start_us - reached_us > JOIN_GAP_US or left.type is not SegmentType.FULL
        reached_us = max(reached_us, right.end_us)


def _gaps(chosen: Sequence[Segment], *, start_us: int, end_us: int) -> Iterable[Gap]:
    reached_us = start_us
    for segment in chosen:
        if segment.start_us - reached_us > JOIN_GAP_US:
            yield Gap(start_us=reached_us, end_us=segment.start_us, reason=GapReason.MISSING)
        doubtful_us, until_us = max(segment.start_us, reached_us), min(segment.end_us, end_us)
        if segment.type is not SegmentType.FULL and doubtful_us < until_us:
            yield Gap(start_us=doubtful_us, end_us=until_us, reason=GapReason[segment.type.name])
        reached_us = max(reached_us, segment.end_us)
    if end_us - reached_us > (JOIN_GAP_US if chosen else 0):
        yield Gap(start_us=reached_us, end_us=end_us, reason=GapReason.MISSING)
