"""A look into a segment whose recording nobody here has seen: what its content alone tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from longtake.core.facts import SegmentFacts
from longtake.core.inspection import Inspection, facts_of, inspect
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import SECOND_US
from longtake.core.trust import judge


def second_look(
    segment: Segment,
    content: bytes | memoryview,
    *,
    now_us: int,
    looked: Callable[[bytes | memoryview], Inspection] = inspect,
) -> SegmentFacts:
    """Its facts. Its hash was checked just now. Takes a while, so not in the loop.

    How it came is not known any more: a segment that is named full ended as its transport said, others may not have.
    """
    inspection = looked(content)
    verdict = judge(
        inspection,
        announced_s=segment.duration_us / SECOND_US,
        framed=segment.type is SegmentType.FULL,
        slow=False,
        media_bytes=len(content) - (inspection.init_bytes or 0),
    )
    seen = facts_of(inspection, name=segment.name, size_bytes=len(content))
    return replace(seen, doubt=verdict.doubt, verified_us=now_us)
