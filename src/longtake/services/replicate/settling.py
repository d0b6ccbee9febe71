"""What a pulled segment becomes: nothing, if its bytes are not what its name says; else itself, with facts."""

from __future__ import annotations

from dataclasses import replace

import structlog

from longtake.adapters.store.interface import Settle
from longtake.core.errors import Corrupt
from longtake.core.facts import SegmentFacts
from longtake.core.second_looks import second_look
from longtake.core.segments import Segment

_log = structlog.get_logger()


def settled_as(segment: Segment, *, now_us: int) -> Settle:
    """For ``IncomingSegment.keep``: raises Corrupt for other bytes than those whose hash the name holds.

    What the peer knows of it is not taken over: our own look says what it is. It has no place in the source's count (``source_sequence``), by
    which recordings of our own are told from pulled ones.
    """

    def settle(content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
        if digest != segment.digest:
            raise Corrupt(f"{segment.path} came with other bytes than its name says")
        facts = second_look(segment, content, now_us=now_us, on_bug=on_bug)
        return segment, replace(facts, recorded_us=now_us)

    def on_bug(error: Exception) -> None:
        _log.error("a segment could not be looked into", path=segment.path, exc_info=error)

    return settle
