"""What live viewers were shown, in order, with its numbers: append-only, so that no version contradicts another.

RFC 8216 6.2.1 and 6.2.2: a live playlist may only grow at its end and lose entries at its front; MEDIA-SEQUENCE and
DISCONTINUITY-SEQUENCE of a segment never change. So once an entry is in the ledger it stays as it is; what arrives
late for an earlier time is seen in fixed ranges, never here.

At the live edge segments complete out of order: several are fetched at once, some only at the second try. So nothing is
appended past a hole that may still be filled: ``settled`` cuts a timeline off before the first hole that is *young*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from longtake.core.errors import InvalidInput
from longtake.core.facts import SegmentFacts
from longtake.core.segments import Segment, SegmentType, parse_segment_name
from longtake.core.timeline import JOIN_GAP_US, Timeline, latest_overlap_us
from longtake.core.times import SECOND_US

LEAST_HOLD_BACK_US = 10 * SECOND_US
"""A hole is young for so long after something behind it was there, or for three target durations if that is longer."""
_HOLD_BACK_TARGETS = 3
FUTURE_US = 60 * SECOND_US
"""Clocks may differ by so much; what begins later than this from now is dated wrongly, and no part of what is live."""

_LINE = re.compile(r"(\d{1,20}) (\d{1,20}) ([D-]) ([^/]+)/(.+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A segment as a playlist shows it. ``discontinuity`` stands before it and is counted in its own number."""

    segment: Segment
    sequence: int
    discontinuity_sequence: int
    discontinuity: bool


def settled(
    timeline: Timeline, facts: Mapping[str, SegmentFacts], *, now_us: int, reached_us: int | None = None
) -> Timeline:
    """The timeline up to its first young hole: what a playlist may show that only grows at its end.

    ``reached_us``: what the playlist shows already, or where it begins; a hole from there to the first segment counts.
    A hole's age is the time since the first segment behind it was recorded (or began, if facts do not say). Segments
    that follow each other in the source's own count have nothing between them, so nothing is waited for.
    """
    count = _settled_count(timeline.segments, facts, now_us, reached_us)
    return replace(timeline, segments=timeline.segments[:count], breaks=timeline.breaks[:count])


def _settled_count(
    segments: Sequence[Segment], facts: Mapping[str, SegmentFacts], now_us: int, reached_us: int | None
) -> int:
    there_since = _there_since_us(segments, facts, now_us)
    before: Segment | None = None
    for index, segment in enumerate(segments):
        hole = reached_us is not None and segment.start_us - reached_us > JOIN_GAP_US
        if (
            hole
            and there_since[index] > now_us - _hold_back_us(segment, facts)
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


def number(
    timeline: Timeline, facts: Mapping[str, SegmentFacts], *, first_sequence: int = 0
) -> tuple[Entry, ...]:
    """A whole timeline as entries. Counted from 0 for playlists whose start is fixed."""
    if not timeline.segments:
        return ()
    first = Entry(
        segment=timeline.segments[0], sequence=first_sequence, discontinuity_sequence=0, discontinuity=False
    )
    return (first, *_append(first, timeline.segments[1:], timeline.breaks[1:], facts))


def extend(
    last: Entry, timeline: Timeline, facts: Mapping[str, SegmentFacts], *, after_us: int | None = None
) -> tuple[Entry, ...]:
    """The entries to append after ``last``: the timeline's segments that begin where it ends, or later.

    With ``after_us``: those that begin there or later, after a discontinuity. For a ``last`` that lies in a future
    which a clock set right has taken back; without it nothing would be shown until that future comes.
    """
    if after_us is None:
        overlap_us = latest_overlap_us(last.segment)
        from_us = max(last.segment.start_us + 1, last.segment.end_us - overlap_us)
    else:
        from_us = after_us
    first = next(
        (index for index, segment in enumerate(timeline.segments) if segment.start_us >= from_us),
        len(timeline.segments),
    )
    breaks = list(timeline.breaks[first:])
    if after_us is not None:
        breaks[:1] = [True] * len(breaks[:1])
    return _append(last, timeline.segments[first:], breaks, facts)


def _append(
    last: Entry,
    segments: Sequence[Segment],
    breaks: Sequence[bool],
    facts: Mapping[str, SegmentFacts],
) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for segment, broken in zip(segments, breaks, strict=True):
        known = facts.get(segment.name)
        torn = broken or (known is not None and known.discontinuity) or _apart(last.segment, segment)
        last = Entry(
            segment=segment,
            sequence=last.sequence + 1,
            discontinuity_sequence=last.discontinuity_sequence + torn,
            discontinuity=torn,
        )
        entries.append(last)
    return tuple(entries)


def _apart(left: Segment, right: Segment) -> bool:
    return right.start_us - left.end_us > JOIN_GAP_US or left.type is not SegmentType.FULL


def encode_entry(entry: Entry) -> str:
    """One line without its newline: ``SEQUENCE DISCONTINUITY-SEQUENCE D|- HOUR/NAME``."""
    mark = "D" if entry.discontinuity else "-"
    return f"{entry.sequence} {entry.discontinuity_sequence} {mark} {entry.segment.path}"


def decode_entry(line: str) -> Entry:
    """The entry of one line. Raises InvalidInput for what is none (a torn line)."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise InvalidInput(f"not a line of the ledger: {line[:60]!r}")
    sequence, discontinuity_sequence, mark, hour, name = match.groups()
    return Entry(
        segment=parse_segment_name(hour, name),
        sequence=int(sequence),
        discontinuity_sequence=int(discontinuity_sequence),
        discontinuity=mark == "D",
    )
