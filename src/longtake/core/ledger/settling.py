"""Which holes may still be filled: what is behind them waits, and is not shown yet.

At the live edge segments complete out of order: several are fetched at once, some only at the second try. Nothing is
inserted into a playlist later (RFC 8216 6.2.1), so the ledger does not go past a hole that is *young*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longtake.core.facts import SegmentFacts
from longtake.core.segments import Segment
from longtake.core.timeline import JOIN_GAP_US
from longtake.core.times import SECOND_US

LEAST_HOLD_BACK_US = 10 * SECOND_US
"""A hole is young for so long after something behind it was there, or for three target durations if that is longer."""
_HOLD_BACK_TARGETS = 3
_LONG_HOLE_US = 600 * SECOND_US
_BEGINNING_US = 3 * SECOND_US
"""Behind a long hole, or with nothing before it, a recording has just begun: what it asked for first is there within so long."""
FUTURE_US = 60 * SECOND_US
"""Clocks may differ by so much; what begins later than this from now is dated wrongly, and no part of what is live."""


def settled_count(
    segments: Sequence[Segment],
    facts: Mapping[str, SegmentFacts],
    *,
    now_us: int,
    reached_us: int | None = None,
    before: Segment | None = None,
) -> int:
    """How many of these segments come before the first young hole: a playlist that only grows may show them.

    ``reached_us``: what the playlist shows already, or where it begins; a hole from there to the first segment counts.
    ``before`` is the segment there, if there is one. A hole's age is the time since the first segment behind it was recorded
    (or began, if facts do not say). Segments that follow each other in the source's own count have nothing between them, so
    nothing is waited for.
    """
    there_since = _there_since_us(segments, facts, now_us)
    for index, segment in enumerate(segments):
        hole_us = segment.start_us - reached_us if reached_us is not None else 0
        begins = before is None or hole_us > _LONG_HOLE_US
        hold_back_us = _BEGINNING_US if begins else _hold_back_us(segment, facts)
        if (
            hole_us > JOIN_GAP_US
            and there_since[index] > now_us - hold_back_us
            and not _consecutive(before, segment, facts)
        ):
            return index
        reached_us = segment.end_us if reached_us is None else max(reached_us, segment.end_us)
        before = segment
    return len(segments)


def _there_since_us(segments: Sequence[Segment], facts: Mapping[str, SegmentFacts], now_us: int) -> list[int]:
    """For each segment, when the first of it and all behind it was there."""
    since_us = now_us
    since: list[int] = []
    for segment in reversed(segments):
        known = facts.get(segment.name)
        recorded_us = known.recorded_us if known is not None else None
        if recorded_us is None or recorded_us > now_us:  # the clock was set back since: no word to go by
            recorded_us = segment.start_us
        since_us = min(since_us, recorded_us)
        since.append(since_us)
    return since[::-1]


def _hold_back_us(segment: Segment, facts: Mapping[str, SegmentFacts]) -> int:
    known = facts.get(segment.name)
    stated_us = (known.target_duration_s or 0) * SECOND_US if known is not None else 0
    return max(_HOLD_BACK_TARGETS * max(stated_us, segment.duration_us), LEAST_HOLD_BACK_US)


def _consecutive(before: Segment | None, segment: Segment, facts: Mapping[str, SegmentFacts]) -> bool:
    left = facts.get(before.name) if before is not None else None
    right = facts.get(segment.name)
    if left is None or right is None or left.source_sequence is None or right.source_sequence is None:
        return False
    return right.source_sequence == left.source_sequence + 1
