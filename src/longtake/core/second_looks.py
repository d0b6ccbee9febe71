"""A look into a segment whose recording nobody here has seen: what its content alone tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from longtake.core.facts import SegmentFacts, sniff_container
from longtake.core.inspection import Inspection, facts_of, inspect
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import SECOND_US
from longtake.core.trust import judge

_HEAD_BYTES = 4096


def second_look(
    segment: Segment, content: bytes | memoryview, *, now_us: int, on_bug: Callable[[Exception], None]
) -> SegmentFacts:
    """Its facts. Its hash was checked just now. Takes a while, so not in the loop.

    How it came is not known any more: a segment that is named full ended as its transport said, others may not have.
    Raises nothing: should our look stumble over it, ``on_bug`` is told, and the facts say that it is not understood.
    """
    inspection = _inspected(content, on_bug)
    verdict = judge(
        inspection,
        announced_s=segment.duration_us / SECOND_US,
        framed=segment.type is SegmentType.FULL,
        slow=False,
        media_bytes=len(content) - (inspection.init_bytes or 0),
    )
    seen = facts_of(inspection, name=segment.name, size_bytes=len(content))
    return replace(seen, doubt=verdict.doubt, verified_us=now_us)


def _inspected(content: bytes | memoryview, on_bug: Callable[[Exception], None]) -> Inspection:
    try:
        return inspect(content)
    except Exception as error:  # noqa: BLE001 - a bug in looking must not have us look at this one for ever
        on_bug(error)
        head = bytes(content[:_HEAD_BYTES])
        return Inspection(container=sniff_container(head), flaw="it could not be looked into")
