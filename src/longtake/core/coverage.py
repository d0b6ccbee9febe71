"""What of a range is recorded, as few spans: what a timeline on a page draws, and what two nodes compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from longtake.core.timeline import JOIN_GAP_US, Gap, GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[start_us, end_us) without a hole; clipped to the range asked for."""

    start_us: int
    end_us: int


def joined_gaps(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Neighbours of one reason as one. ``gaps`` are sorted by start, and may overlap.

    Doubtful segments follow each other as others do: with ``JOIN_GAP_US`` between them at most.
    """
    before: Gap | None = None
    for gap in gaps:
        slack_us = 0 if gap.reason is GapReason.MISSING else JOIN_GAP_US
        if before is not None and before.reason is gap.reason and gap.start_us <= before.end_us + slack_us:
            if gap.end_us > before.end_us:
                before = replace(before, end_us=gap.end_us)
        else:
            if before is not None:
                yield before
            before = gap
    if before is not None:
        yield before


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
