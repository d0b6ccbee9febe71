"""What live viewers were shown, in order, with its numbers: append-only, so that no version contradicts another.

RFC 8216 6.2.1 and 6.2.2: a live playlist may only grow at its end and lose entries at its front; MEDIA-SEQUENCE and
DISCONTINUITY-SEQUENCE of a segment never change. So once an entry is in the ledger it stays as it is; what arrives
late for an earlier time is seen in fixed ranges, never here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longtake.core.errors import InvalidInput
from longtake.core.facts import SegmentFacts
from longtake.core.segments import Segment, SegmentType, parse_segment_name
from longtake.core.timeline import JITTER_US, JOIN_GAP_US, Timeline

_LINE = re.compile(r"(\d{1,20}) (\d{1,20}) ([D-]) ([^/]+)/(.+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A segment as a playlist shows it. ``discontinuity`` stands before it and is counted in its own number."""

    segment: Segment
    sequence: int
    discontinuity_sequence: int
    discontinuity: bool


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


def extend(last: Entry, timeline: Timeline, facts: Mapping[str, SegmentFacts]) -> tuple[Entry, ...]:
    """The entries to append after ``last``: the timeline's segments that begin where it ends, or later."""
    first = next(
        (
            index
            for index, segment in enumerate(timeline.segments)
            if segment.start_us > last.segment.start_us
            and segment.start_us >= last.segment.end_us - JITTER_US
        ),
        len(timeline.segments),
    )
    return _append(last, timeline.segments[first:], timeline.breaks[first:], facts)


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
