"""A recording as plans of cuts know it: segments and what is in them, without a picture being coded.

Frame ``n`` counts from 0 in the order of display, over all segments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TypeVar

from tests.builders import a_segment, a_timeline, us

from longtake.core.cutting import Copy, PicturePlan, Reencode, SmartRun, Unread, plan_picture
from longtake.core.frames import FrameClock, Stamp, frame_clock, minute_start_us
from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP, difference
from longtake.core.segment_index import SegmentIndex
from longtake.core.segments import Segment
from longtake.core.timeline import Timeline

Planned = TypeVar("Planned")
_JITTER = Fraction(9, 10)
"""Of a frame; stated durations are that much longer than the truth, so that names that come later leave no gap."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A segment, its index, and the numbers of its frames in the order of decoding."""

    segment: Segment
    index: SegmentIndex
    numbers: tuple[int, ...]
    clock: FrameClock


@dataclass(frozen=True, kw_only=True)
class IndexedRecording:
    """``gops`` are their lengths in frames, ``splits`` after how many frames a segment ends: where nothing that was
    decoded shows later. ``jitter_us`` are the errors of the names, by segment."""

    gops: Sequence[int]
    splits: Sequence[int]
    rate: Fraction = Fraction(30)
    b_frames: int = 0
    first_pts: int = 90_000
    start_us: int = us("04:00:00")
    jitter_us: Sequence[int] = ()
    without: Sequence[int] = ()
    """Segments that are not recorded."""
    first_idr: int = 0
    """The first GOP that begins with an IDR; others before it are of a GOP that began earlier."""
    recorded: tuple[Recorded, ...] = field(init=False)

    def __post_init__(self) -> None:
        order = [number for gop in self._gops() for number in decoding_order(gop, self.b_frames)]
        ends = [0, *self.splits, sum(self.gops)]
        parts = [order[first:end] for first, end in pairwise(ends)]
        for at, part in enumerate(parts):
            assert sorted(part) == list(range(ends[at], ends[at + 1])), (
                "a split where pictures are still waited for"
            )
        made: list[Recorded] = []
        for at, part in enumerate(parts):
            following = parts[at + 1][0] if at + 1 < len(parts) else ends[-1]
            if at not in self.without:
                made.append(self._recorded(at, ends[at], part, following, made))
        object.__setattr__(self, "recorded", tuple(made))

    def _gops(self) -> Iterator[range]:
        for end, length in zip(accumulate(self.gops), self.gops, strict=True):
            yield range(end - length, end)

    def _recorded(
        self, at: int, first: int, part: Sequence[int], following: int, before: Sequence[Recorded]
    ) -> Recorded:
        jitter_us = self.jitter_us[at] if at < len(self.jitter_us) else 0
        seconds = float((following - part[0] + _JITTER) / self.rate)
        segment = a_segment(self.exact_us(part[0]) + jitter_us, round(seconds, 6))
        dts = [self.ticks(first + place) - self.delay for place in range(len(part))]
        turn = dts[0] % WRAP - dts[0]
        idrs = {gop[0] for number, gop in enumerate(self._gops()) if number >= self.first_idr}
        index = SegmentIndex(
            pts=tuple(self.ticks(number) + turn for number in part),
            dts=tuple(ticks + turn for ticks in dts),
            idr=tuple(number in idrs for number in part),
        )
        minute_us = minute_start_us(segment.start_us)
        stamps = [
            Stamp(start_us=other.segment.start_us, first_pts=other.index.first_pts)
            for other in before
            if other.segment.start_us >= minute_us
        ]
        own = Stamp(start_us=segment.start_us, first_pts=index.first_pts)
        clock = frame_clock([*stamps, own], frame_ticks=index.frame_ticks)
        return Recorded(segment=segment, index=index, numbers=tuple(part), clock=clock)

    @property
    def delay(self) -> int:
        """By how many ticks an IDR shows later than it is decoded."""
        return self.ticks(1) - self.ticks(0) if self.b_frames else 0

    def ticks(self, number: int) -> int:
        """The PTS of a frame, not wrapped."""
        return self.first_pts + round(number * CLOCK_HZ / self.rate)

    def exact_us(self, number: int) -> int:
        """When a frame shows, if names are exact."""
        return self.start_us + round((self.ticks(number) - self.first_pts) * Fraction(100, 9))

    def time_us(self, number: int) -> int:
        """When a frame shows by the rule."""
        return self._times_us[number]

    @cached_property
    def _times_us(self) -> dict[int, int]:
        return {
            number: part.clock.time_us(self.ticks(number))
            for part in self.recorded
            for number in part.numbers
        }

    @cached_property
    def _by_pts(self) -> dict[int, int]:
        return {self.ticks(number) % WRAP: number for number in self.numbers}

    @cached_property
    def _by_path(self) -> dict[str, Recorded]:
        return {part.segment.path: part for part in self.recorded}

    @cached_property
    def numbers(self) -> list[int]:
        """Those that are recorded."""
        return sorted(number for part in self.recorded for number in part.numbers)

    def number_of(self, pts: int) -> int:
        """Of the frame with a PTS, at any turn."""
        return self._by_pts[pts % WRAP]

    def timeline(self, start_us: int, end_us: int) -> Timeline:
        """As wide as services ask for it."""
        segments = [part.segment for part in self.recorded]
        return a_timeline(*segments, start=max(0, start_us - 12_000_000), end=end_us + 4_000_000)

    def of(self, segment: Segment) -> Recorded:
        """What is known of a segment."""
        return self._by_path[segment.path]


def decoding_order(gop: range, b_frames: int) -> Iterator[int]:
    """An IDR, then each P before the B-frames that show before it."""
    yield gop[0]
    shown = gop[0]
    while shown < gop[-1]:
        anchor = min(shown + b_frames + 1, gop[-1])
        yield anchor
        yield from range(shown + 1, anchor)
        shown = anchor


class Looking:
    """``KnownSegments`` of a recording that counts what it is asked for, and knows nothing that was not asked for."""

    def __init__(self, recording: IndexedRecording) -> None:
        self._recording = recording
        self.read: list[Segment] = []

    def index(self, segment: Segment) -> SegmentIndex:
        """See ``KnownSegments``."""
        return self._known(segment).index

    def clock(self, segment: Segment) -> FrameClock:
        """See ``KnownSegments``."""
        return self._known(segment).clock

    def planned(self, make: Callable[[Looking], Planned]) -> Planned:
        """What ``make`` plans, once it has looked into all that it wants to."""
        while True:
            try:
                return make(self)
            except Unread as asked:
                segment = asked.segment
            assert segment not in self.read
            self.read.append(segment)

    def _known(self, segment: Segment) -> Recorded:
        if segment not in self.read:
            raise Unread(segment)
        return self._recording.of(segment)


def piece_numbers(recording: IndexedRecording, piece: Copy | Reencode) -> list[int]:
    """The frames that a piece puts into a cut, as whoever carries it out finds them: by place, or by PTS."""
    if isinstance(piece, Copy):
        return list(recording.of(piece.segment).numbers[piece.first : piece.until])
    length = difference(piece.end_pts, piece.first_pts)
    return [
        number
        for number, pts in zip(
            decoded_numbers(recording, piece.decode), decoded_pts(recording, piece.decode), strict=True
        )
        if 0 <= difference(pts, piece.first_pts) < length
    ]


def decoded_numbers(recording: IndexedRecording, decode: Iterable[Copy]) -> list[int]:
    """The frames of some parts, in the order of decoding."""
    return [number for part in decode for number in piece_numbers(recording, part)]


def decoded_pts(recording: IndexedRecording, decode: Iterable[Copy]) -> list[int]:
    """The PTS of some parts, in the order of decoding."""
    return [pts for part in decode for pts in recording.of(part.segment).index.pts[part.first : part.until]]


def told(recording: IndexedRecording, runs: Iterable[SmartRun]) -> list[str]:
    """A plan in words: ``code 5-9 from 0`` decodes from frame 0 on, ``copy 10-19`` is of one segment."""
    lines: list[str] = []
    for run in runs:
        lines += ["joint"] if lines else []
        for piece in run.pieces:
            numbers = sorted(piece_numbers(recording, piece))
            span = f"{numbers[0]}-{numbers[-1]}"
            if isinstance(piece, Copy):
                lines.append(f"copy {span}")
            else:
                lines.append(f"code {span} from {decoded_numbers(recording, piece.decode)[0]}")
    return lines


def picture_plan(recording: IndexedRecording, at_us: int, *, keyframe: bool = False) -> PicturePlan:
    """The plan of a single frame."""
    timeline = recording.timeline(at_us, at_us)
    return Looking(recording).planned(lambda known: plan_picture(timeline, at_us, known, keyframe=keyframe))
