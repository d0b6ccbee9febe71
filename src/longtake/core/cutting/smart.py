"""A smart cut: exact to the frame at both ends, and everything copied packet for packet that can be.

Of each run of the timeline (between holes) the first frame at or after the start and the last before the end are looked
up by their wall times (``core.frames``). Pictures may only be copied from an IDR on, which nothing before it is needed
for. So from the first frame to the next IDR they are coded anew. At the other end copying can stop wherever the
pictures decoded so far are just those to be shown so far; what is left until the last frame, mostly nothing or a
few pictures, is coded anew.

Only the segments at the edges need to be looked into. A plan asks for what it lacks by raising ``Unread``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from longtake.core.cutting.gaps import accepted_gaps, nothing_recorded
from longtake.core.cutting.request import CutContainer, CutRequest
from longtake.core.errors import Incomplete, NotUnderstood
from longtake.core.frames import FrameClock
from longtake.core.mpegts.timestamps import difference
from longtake.core.segment_index import SegmentIndex
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, Timeline
from longtake.core.times import format_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Pictures of a segment that go into the cut as they are: [first, until) in the order of decoding.

    ``until`` is None for all to the end of the segment.
    """

    segment: Segment
    first: int = 0
    until: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is all of the segment."""
        return self.first == 0 and self.until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reencode:
    """Pictures that are coded anew: all of ``decode`` that show in [first_pts, end_pts), ``frames`` of them.

    ``decode`` begins with an IDR. PTS are modulo 2^33; ``delay`` is by how many ticks DTS must stand before PTS, so that
    DTS grow over the joint with what is copied after them or before them.
    """

    decode: tuple[Copy, ...]
    first_pts: int
    end_pts: int
    frames: int
    delay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartRun:
    """A stretch of the cut without a hole. ``before`` and ``after`` are neighbours, in which some of its sound may lie.

    ``first_us`` and ``last_us`` are the wall times of its first and last frames.
    """

    pieces: tuple[Copy | Reencode, ...]
    first_us: int
    last_us: int
    first_pts: int
    last_pts: int
    frame_ticks: int
    before: Segment | None
    after: Segment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartPlan:
    """Runs in the order of the result, and the holes that were accepted."""

    container: CutContainer
    runs: tuple[SmartRun, ...]
    gaps: tuple[Gap, ...] = field(default=())

    @property
    def frames(self) -> int:
        """About how many frames the cut will have: what is in the middle of a run nobody has looked into."""
        return sum(1 + round(difference(run.last_pts, run.first_pts) / run.frame_ticks) for run in self.runs)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All segments of whose pictures something is in the cut, in order."""
        found: dict[str, Segment] = {}
        for run in self.runs:
            for piece in run.pieces:
                for copy in (piece,) if isinstance(piece, Copy) else piece.decode:
                    found[copy.segment.path] = copy.segment
        return tuple(found.values())


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


def plan_smart(request: CutRequest, timelines: Sequence[Timeline], known: KnownSegments) -> SmartPlan:
    """The plan of a request that is supported.

    ``timelines`` are parallel to the request's ranges, and should reach further than these at both ends: what is there
    may be needed to decode the first pictures and sounds. Raises ``Unread``; Incomplete where no frame lies in a range, or where there are holes and none are allowed; NotUnderstood
    where no IDR leads to the frames wanted.
    """
    gaps = accepted_gaps(request, timelines)
    runs = []
    for wanted, timeline in zip(request.ranges, timelines, strict=True):
        planned = [
            run
            for segments in _contiguous(timeline)
            if (run := _plan_run(segments, wanted.start_us, wanted.end_us, known)) is not None
        ]
        if not planned:
            raise nothing_recorded(wanted)
        runs += planned
    return SmartPlan(container=request.container, runs=tuple(runs), gaps=gaps)


def _contiguous(timeline: Timeline) -> Iterator[list[Segment]]:
    run: list[Segment] = []
    for segment, breaks in zip(timeline.segments, timeline.breaks, strict=True):
        if breaks and run:
            yield run
            run = []
        run.append(segment)
    if run:
        yield run


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """A picture: the ``at``-th of segment ``number`` in the order of decoding."""

    number: int
    at: int
    pts: int
    us: int


def _plan_run(
    segments: Sequence[Segment], start_us: int, end_us: int, known: KnownSegments
) -> SmartRun | None:
    if segments[-1].end_us + _ELSEWHERE_US < start_us or segments[0].start_us - _NEAR_US > end_us:
        return None
    first, last = _first_frame(segments, start_us, known), _last_frame(segments, end_us, known)
    if first is None or last is None or last.us < first.us:
        return None
    run = _Run(segments, known, first, last)
    return SmartRun(
        pieces=tuple(run.pieces()),
        first_us=first.us,
        last_us=last.us,
        first_pts=first.pts,
        last_pts=last.pts,
        frame_ticks=known.index(segments[last.number]).frame_ticks,
        before=segments[first.number - 1] if first.number > 0 else None,
        after=segments[last.number + 1] if last.number + 1 < len(segments) else None,
    )


def _first_frame(segments: Sequence[Segment], start_us: int, known: KnownSegments) -> _Frame | None:
    """The first frame whose time is at or after ``start_us``."""
    for number, following in enumerate([*segments[1:], None]):
        # Its neighbour's name tells where a segment ends, but for the jitter: it may be passed over unread.
        if following is not None and following.start_us + _NEAR_US < start_us:
            continue
        found = [frame for frame in _frames(segments, number, known) if frame.us >= start_us]
        if found:
            return min(found, key=lambda frame: frame.us)
    return None


def _last_frame(segments: Sequence[Segment], end_us: int, known: KnownSegments) -> _Frame | None:
    """The last frame whose time is before ``end_us``."""
    for number in reversed(range(len(segments))):
        if segments[number].start_us - _NEAR_US > end_us:
            continue
        found = [frame for frame in _frames(segments, number, known) if frame.us < end_us]
        if found:
            return max(found, key=lambda frame: frame.us)
    return None


_ELSEWHERE_US = 10_000_000
"""Stated durations may be wrong, but not by so much: a run that ends so long before a range has no frame in it."""
_NEAR_US = 300_000
"""Frames lie in the segments that the names say, but for less than this: half a frame, and as many pictures as may show
before the first one that is decoded (five at 24 frames a second take 208 ms)."""


def _frames(segments: Sequence[Segment], number: int, known: KnownSegments) -> Iterator[_Frame]:
    segment = segments[number]
    index, clock = known.index(segment), known.clock(segment)
    for at, pts in enumerate(index.pts):
        yield _Frame(number=number, at=at, pts=pts, us=clock.time_us(pts))


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePlan:
    """One frame: the one of ``decode`` with ``pts`` (modulo 2^33). ``decode`` begins with an IDR."""

    decode: tuple[Copy, ...]
    pts: int
    time_us: int


_PICTURE_WITHIN_US = 1_000_000


def plan_picture(timeline: Timeline, at_us: int, known: KnownSegments, *, keyframe: bool) -> PicturePlan:
    """The first frame at or after a time, which a cut from there begins with; at most a second later.

    ``keyframe``: rather the last IDR at or before that frame, which needs no other picture. ``timeline`` reaches some
    seconds further at both ends. Raises ``Unread``; Incomplete where no picture is; NotUnderstood as ``plan_smart``.
    """
    for segments in _contiguous(timeline):
        if segments[-1].end_us + _ELSEWHERE_US < at_us:
            continue
        frame = _first_frame(segments, at_us, known)
        if frame is None:
            continue
        if frame.us - at_us > _PICTURE_WITHIN_US:
            break
        run = _Run(segments, known, frame, frame)
        return run.keyframe() if keyframe else run.picture()
    raise Incomplete(f"no picture is recorded at {format_us(at_us)}")


class _Run:
    """Plans one run, whose first and last frames are known."""

    def __init__(
        self, segments: Sequence[Segment], known: KnownSegments, first: _Frame, last: _Frame
    ) -> None:
        self._segments, self._known, self._first, self._last = segments, known, first, last

    def pieces(self) -> Iterator[Copy | Reencode]:
        """What the run is made of, in order."""
        entry = self._entry_from(self._first)
        if entry is None:
            yield self._reencode(
                self._first.number, self._first.pts, self._last.number, self._last.pts + 1, delay=0
            )
            return
        number, at = entry
        if (number, at) != (self._first.number, self._first.at):
            yield self._head(number, at)
        yield from self._copied_from(number, at)

    def picture(self) -> PicturePlan:
        """The first frame."""
        number, pts = self._first.number, self._first.pts
        piece = self._reencode(number, pts, number, pts + 1, delay=0)
        return PicturePlan(decode=piece.decode, pts=self._first.pts, time_us=self._first.us)

    def keyframe(self) -> PicturePlan:
        """The IDR before the first frame, or that itself."""
        number, at = self._entry_before(self._first.number, self._first.pts)
        segment, pts = self._segments[number], self._index(number).pts[at]
        return PicturePlan(
            decode=(Copy(segment=segment, first=at, until=at + 1),),
            pts=pts,
            time_us=self._known.clock(segment).time_us(pts),
        )

    def _index(self, number: int) -> SegmentIndex:
        return self._known.index(self._segments[number])

    def _entry_from(self, frame: _Frame) -> tuple[int, int] | None:
        """The first IDR that shows at or after a frame and not after the last one: its segment and place there."""
        for number in range(frame.number, self._last.number + 1):
            index = self._index(number)
            for at, (pts, idr) in enumerate(zip(index.pts, index.idr, strict=True)):
                if not idr or (number == frame.number and pts < frame.pts):
                    continue
                late = number == self._last.number and pts > self._last.pts
                return None if late else (number, at)
        return None

    def _head(self, number: int, at: int) -> Reencode:
        """From the first frame to the IDR where copying begins."""
        first, index = self._first, self._index(number)
        delay = max(0, index.pts[at] - index.dts[at])
        if at == 0 and number > first.number:
            return self._reencode(first.number, first.pts, number - 1, None, delay=delay)
        return self._reencode(first.number, first.pts, number, index.pts[at], delay=delay)

    def _copied_from(self, number: int, at: int) -> Iterator[Copy | Reencode]:
        last = self._last.number
        while number < last:
            yield Copy(segment=self._segments[number], first=at)
            number, at = number + 1, 0
        index = self._index(last)
        until = _last_clean_stop(index, at, self._last.pts)
        if until > at:
            whole = until == len(index.pts)
            yield Copy(segment=self._segments[last], first=at, until=None if whole else until)
        rest = [pts for pts in index.pts[until:] if pts <= self._last.pts]
        if rest:
            delay = max(0, min(rest) - index.dts[until])
            yield self._reencode(last, min(rest), last, self._last.pts + 1, delay=delay)

    def _reencode(
        self, number: int, first_pts: int, last_number: int, until_pts: int | None, *, delay: int
    ) -> Reencode:
        """From a picture of segment ``number`` until, and without, one of ``last_number`` (None: to its end)."""
        entry_number, entry_at = self._entry_before(number, first_pts)
        last = self._index(last_number)
        end_pts = last.end_pts if until_pts is None else until_pts
        stop = 1 + max((at for at, pts in enumerate(last.pts) if pts < end_pts), default=len(last.pts) - 1)
        decode = [
            Copy(
                segment=self._segments[each],
                first=entry_at if each == entry_number else 0,
                until=stop if each == last_number and stop < len(last.pts) else None,
            )
            for each in range(entry_number, last_number + 1)
        ]
        return Reencode(
            decode=tuple(decode),
            first_pts=first_pts,
            end_pts=end_pts,
            frames=self._count(number, first_pts, last_number, end_pts),
            delay=delay,
        )

    def _entry_before(self, number: int, pts: int) -> tuple[int, int]:
        """The last IDR that shows at or before a picture: its segment and place there."""
        for each in range(number, -1, -1):
            index = self._index(each)
            entries = [
                at for at, idr in enumerate(index.idr) if idr and (each < number or index.pts[at] <= pts)
            ]
            if entries:
                return each, entries[-1]
        raise NotUnderstood(
            f"no key frame is recorded before {format_us(self._first.us)} from which the pictures there could be decoded"
        )

    def _count(self, number: int, first_pts: int, last_number: int, end_pts: int) -> int:
        return sum(
            (each > number or pts >= first_pts) and (each < last_number or pts < end_pts)
            for each in range(number, last_number + 1)
            for pts in self._index(each).pts
        )


def _last_clean_stop(index: SegmentIndex, first: int, last_pts: int) -> int:
    """How far a segment may be copied from ``first`` on: to where the pictures decoded are just those shown so far.

    None of them may show after ``last_pts``, and none that is left may show before one of them. Where that is nowhere,
    it is ``first``.
    """
    latest, best = -1, first
    earliest_left = _minima_from_the_end(index.pts)
    for until in range(first + 1, len(index.pts) + 1):
        latest = max(latest, index.pts[until - 1])
        if latest > last_pts:
            break
        if earliest_left[until] > latest:
            best = until
    return best


def _minima_from_the_end(values: Sequence[int]) -> list[int]:
    """``result[i]`` is the least of ``values[i:]``; infinite, as it were, at the end."""
    minima = [1 << 62]
    for value in reversed(values):
        minima.append(min(minima[-1], value))
    return minima[::-1]
