"""Small builders for the values of ``longtake.core``: everything happens on one day, named by its clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import groupby

from hypothesis import settings

from longtake.core.cutting import CutContainer, CutKind, CutRange, CutRequest, Transition
from longtake.core.hour_notes import NO_NOTES
from longtake.core.listing import HourListing, read_listing
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.timeline import HourContent, Timeline, join_contents
from longtake.core.times import SECOND_US, parse_time, to_us

DAY = "2024-11-09"

quick = settings(max_examples=80, deadline=None)
"""For property tests: a loaded machine is no failure."""


def us(clock: str) -> int:
    """Microseconds of ``04:00:02.5`` on the day, or of a whole time."""
    return to_us(parse_time(clock if "T" in clock else f"{DAY}T{clock}"))


def digest_of(content: str) -> bytes:
    """The SHA-256 of some content."""
    return hashlib.sha256(content.encode()).digest()


def a_segment(
    start: str | int = "04:00:00", duration: float = 2.0, type: str = "full", content: str = "content"
) -> Segment:
    """A segment with the name that longtake writes; ``start`` is a clock or microseconds."""
    return named_segment(
        start_us=us(start) if isinstance(start, str) else start,
        duration_s=duration,
        type=SegmentType(type),
        digest=digest_of(content),
    )


def a_run(
    start: str = "04:00:00", count: int = 3, duration: float = 2.0, type: str = "full"
) -> list[Segment]:
    """Segments that follow each other without a gap."""
    step_us = round(duration * SECOND_US)
    return [a_segment(us(start) + index * step_us, duration, type) for index in range(count)]


def listings_of(segments: Iterable[Segment]) -> list[HourListing]:
    """The listings of the hours that the segments lie in."""
    ordered = sorted(segments, key=lambda segment: segment.path)
    return [
        read_listing(hour, [segment.name for segment in same])
        for hour, same in groupby(ordered, key=lambda segment: segment.hour)
    ]


def build_timeline(
    listings: Iterable[HourListing], *, start_us: int, end_us: int, sizes: Mapping[str, int] | None = None
) -> Timeline:
    """The timeline of these hours, of which no facts are known."""
    contents = {listing.hour: HourContent(listing=listing, notes=NO_NOTES) for listing in listings}
    return join_contents(contents, start_us=start_us, end_us=end_us, sizes=sizes or {}).timeline()


def a_timeline(
    *segments: Segment,
    start: str | int | None = None,
    end: str | int | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Timeline:
    """What ``build_timeline`` makes of the segments; without ``start`` and ``end``, over all of them."""
    first_us = min((segment.start_us for segment in segments), default=us("04:00:00"))
    last_us = max((segment.end_us for segment in segments), default=us("05:00:00"))
    return build_timeline(
        listings_of(segments),
        start_us=us(start) if isinstance(start, str) else first_us if start is None else start,
        end_us=us(end) if isinstance(end, str) else last_us if end is None else end,
        sizes=sizes,
    )


def a_range(start: str = "04:00:00", end: str = "04:00:06") -> CutRange:
    """A range of the day."""
    return CutRange(start_us=us(start), end_us=us(end))


def a_request(
    *ranges: CutRange,
    kind: CutKind = CutKind.ROUGH,
    container: CutContainer = CutContainer.TS,
    transitions: tuple[Transition | None, ...] = (),
    allow_holes: bool = False,
) -> CutRequest:
    """A request, rough unless said otherwise."""
    return CutRequest(
        ranges=ranges or (a_range(),),
        kind=kind,
        container=container,
        transitions=transitions,
        allow_holes=allow_holes,
    )
