"""A look into a stored segment: its facts anew, with what only its recorder knew."""

from __future__ import annotations

from dataclasses import replace

import structlog

from longtake.core.facts import SegmentFacts
from longtake.core.inspection import INSPECTION_VERSION
from longtake.core.second_looks import second_look
from longtake.core.segments import Segment, SegmentType

_log = structlog.get_logger()


def needs_look(facts: SegmentFacts | None) -> bool:
    """Whether nobody looked into the segment yet, or only an older version did."""
    return facts is None or facts.looked is None or facts.looked < INSPECTION_VERSION


def look(segment: Segment, content: bytes, *, now_us: int) -> SegmentFacts:
    """What the content alone tells (``core.second_looks``). Never raises."""

    def on_bug(error: Exception) -> None:
        _log.error("a segment could not be looked into", path=segment.path, exc_info=error)

    return second_look(segment, content, now_us=now_us, on_bug=on_bug)


def joined(segment: Segment, seen: SegmentFacts, known: SegmentFacts | None) -> SegmentFacts:
    """What was seen now, and of what was known before that which no look can find out."""
    if known is None:
        return seen
    told = None if segment.type is SegmentType.FULL else known.doubt
    return replace(
        seen,
        # A playlist says these too, of streams that keep them to themselves.
        codecs=seen.codecs or known.codecs,
        width=seen.width or known.width,
        height=seen.height or known.height,
        frame_rate=seen.frame_rate or known.frame_rate,
        init_bytes=seen.init_bytes or known.init_bytes,
        # And these are the recorder's own.
        source_sequence=known.source_sequence,
        discontinuity=known.discontinuity,
        target_duration_s=known.target_duration_s,
        dating=known.dating,
        recorded_us=known.recorded_us,
        doubt=told or seen.doubt,
    )
