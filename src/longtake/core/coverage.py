"""What of a range is recorded, as few spans: what a timeline on a page draws, and what two nodes compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from longtake.core.timeline import Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[start_us, end_us) without a hole; clipped to the range asked for."""

    start_us: int
    end_us: int


def covered_spans(gaps: Iterable[Gap], *, start_us: int, end_us: int) -> tuple[Span, ...]:
    """The stretches of [start_us, end_us) between its holes, in order. A doubtful segment is a hole, as the timeline has it."""
    spans = []
    at_us = start_us
    for gap in gaps:
        if gap.start_us > at_us:
            spans.append(Span(start_us=at_us, end_us=gap.start_us))
        at_us = max(at_us, gap.end_us)
    if at_us < end_us:
        spans.append(Span(start_us=at_us, end_us=end_us))
    return tuple(spans)
