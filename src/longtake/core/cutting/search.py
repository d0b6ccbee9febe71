"""Finds frames by their wall times, in runs of segments, and looks into no more segments than it must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from longtake.core.frames import FrameClock
from longtake.core.segment_index import SegmentIndex
from longtake.core.segments import Segment
from longtake.core.timeline import Timeline

_ELSEWHERE_US = 10_000_000
"""Stated durations may be wrong, but not by so much: a run that ends so long before a range has no frame in it."""
_NEAR_US = 300_000
"""Frames lie in the segments that the names say, but for less than this: half a frame, and as many pictures as may show
before the first one that is decoded (five at 24 frames a second take 208 ms)."""


class Unread(Exception):
    """A plan needs to know a segment that nobody has looked into yet."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment.path)
        self.segment = segment


class KnownSegments(Protocol):
    """What is known of segments' insides. Both raise ``Unread`` where it is not known yet."""

    def index(self, segment: Segment) -> SegmentIndex:
        """Its pictures."""
        ...

    def clock(self, segment: Segment) -> FrameClock:
        """When they show."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture: the ``at``-th of segment ``number`` in the order of decoding."""

    number: int
    at: int
    pts: int
    us: int


def contiguous(timeline: Timeline) -> Iterator[list[Segment]]:
    """The runs of a timeline: its segments, parted where one does not go on from the one before it.

    What facts call no media is in none: a cut can only go on behind it, as behind what is missing.
    """
    undecodable = timeline.undecodable()
    run: list[Segment] = []
    for at, (segment, breaks) in enumerate(zip(timeline.segments, timeline.breaks, strict=True)):
        if run and (breaks or at in undecodable):
            yield run
            run = []
        if at not in undecodable:
            run.append(segment)
    if run:
        yield run


def is_elsewhere(segments: Sequence[Segment], *, start_us: int, end_us: int) -> bool:
    """Whether a run surely has no frame in [start_us, end_us)."""
    return segments[-1].end_us + _ELSEWHERE_US < start_us or segments[0].start_us - _NEAR_US > end_us


def first_frame(segments: Sequence[Segment], start_us: int, known: KnownSegments) -> Frame | None:
    """The first frame whose time is at or after ``start_us``."""
    for number, following in enumerate([*segments[1:], None]):
        # Its neighbour's name tells where a segment ends, but for the jitter: it may be passed over unread.
        if following is not None and following.start_us + _NEAR_US < start_us:
            continue
        found = [frame for frame in _frames(segments, number, known) if frame.us >= start_us]
        if found:
            return min(found, key=lambda frame: frame.us)
    return None


def last_frame(segments: Sequence[Segment], end_us: int, known: KnownSegments) -> Frame | None:
    """The last frame whose time is before ``end_us``."""
    for number in reversed(range(len(segments))):
        if segments[number].start_us - _NEAR_US > end_us:
            continue
        found = [frame for frame in _frames(segments, number, known) if frame.us < end_us]
        if found:
            return max(found, key=lambda frame: frame.us)
    return None


def _frames(segments: Sequence[Segment], number: int, known: KnownSegments) -> Iterator[Frame]:
    segment = segments[number]
    index, clock = known.index(segment), known.clock(segment)
    for at, pts in enumerate(index.pts):
        yield Frame(number=number, at=at, pts=pts, us=clock.time_us(pts))
