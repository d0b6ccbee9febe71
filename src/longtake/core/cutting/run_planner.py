"""Plans one run: what is copied between its first and last frames, and what is coded anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtake.core.cutting.plan import Copy, PicturePlan, Reencode
from longtake.core.cutting.search import Frame, KnownSegments
from longtake.core.errors import NotUnderstood
from longtake.core.segment_index import SegmentIndex
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US, format_us

_MOST_CODED_ANEW_US = 60 * SECOND_US
"""Where key frames are further apart than this, a cut would be mostly coding, and all of it in memory at once."""


class RunPlanner:
    """Plans one run, whose first and last frames are known."""

    def __init__(self, segments: Sequence[Segment], known: KnownSegments, first: Frame, last: Frame) -> None:
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

    def _entry_from(self, frame: Frame) -> tuple[int, int] | None:
        """The first IDR that shows at or after a frame and not after the last one: its segment and place there."""
        for number in range(frame.number, self._last.number + 1):
            if self._segments[number].start_us > frame.us + _MOST_CODED_ANEW_US:
                raise self._no_key_frame("after")
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
        until = last_clean_stop(index, at, self._last.pts)
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
            if self._segments[each].start_us < self._segments[number].start_us - _MOST_CODED_ANEW_US:
                break
            index = self._index(each)
            entries = [
                at for at, idr in enumerate(index.idr) if idr and (each < number or index.pts[at] <= pts)
            ]
            if entries:
                return each, entries[-1]
        raise self._no_key_frame("before")

    def _no_key_frame(self, where: str) -> NotUnderstood:
        return NotUnderstood(
            f"no key frame is recorded within a minute {where} {format_us(self._first.us)}, so that the pictures there"
            " cannot be cut to the frame; ask for a rough cut"
        )

    def _count(self, number: int, first_pts: int, last_number: int, end_pts: int) -> int:
        return sum(
            (each > number or pts >= first_pts) and (each < last_number or pts < end_pts)
            for each in range(number, last_number + 1)
            for pts in self._index(each).pts
        )


def last_clean_stop(index: SegmentIndex, first: int, last_pts: int) -> int:
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
