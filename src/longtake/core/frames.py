"""The wall time of a frame: one rule for cuts, pictures, the pages and whoever asks.

A segment's name gives the wall time of its first frame in the order of decoding. A frame's wall time is that time and
the distance of its PTS from that frame's PTS, modulo 2^33. The named times of a source jitter, mostly because it writes
whole milliseconds: within a run of segments whose timestamps go on, the first one's name holds for all, as long as the
others agree with it by less than half a frame. A run begins anew with each minute of the wall clock, so that what a frame's
time is never depends on more than a minute of what lies before it, and is the same for whoever asks from where.

Times are whole microseconds since the Unix epoch, rounded from the exact ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from longtake.core.mpegts.timestamps import US_PER_TICK, difference, ticks_to_us
from longtake.core.segment_index import SegmentIndex
from longtake.core.times import SECOND_US

_MINUTE_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameClock:
    """Turns PTS into wall time: the frame with ``pts`` shows at ``us``."""

    us: int
    pts: int

    def time_us(self, pts: int) -> int:
        """The wall time of a frame, at any turn of the 33 bits."""
        return self.us + ticks_to_us(difference(pts, self.pts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a run is judged by: the time in a segment's name, and the PTS of its first frame."""

    start_us: int
    first_pts: int


def minute_start_us(us: int) -> int:
    """The beginning of the minute in which a run begins anew."""
    return us - us % _MINUTE_US


def frame_clock(stamps: Sequence[Stamp], *, frame_ticks: int) -> FrameClock:
    """The clock of the last of some segments: all those of its minute up to it, in order, without the unknown ones."""
    clock = FrameClock(us=stamps[0].start_us, pts=stamps[0].first_pts)
    for stamp in stamps[1:]:
        jitter_us = abs(clock.time_us(stamp.first_pts) - stamp.start_us)
        if 2 * jitter_us >= frame_ticks * US_PER_TICK:
            clock = FrameClock(us=stamp.start_us, pts=stamp.first_pts)
    return clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFrames:
    """The wall times of a segment's frames: ``start_us``, and from there ``offsets_us`` in the order of display.

    ``path`` is the segment's. ``start_us`` is None, and there are no offsets, if its content is not understood.
    """

    path: str
    start_us: int | None
    frame_us: float
    offsets_us: tuple[int, ...]


def segment_frames(path: str, index: SegmentIndex, clock: FrameClock) -> SegmentFrames:
    """Of a segment that is understood."""
    start_us = clock.time_us(index.shown[0])
    return SegmentFrames(
        path=path,
        start_us=start_us,
        frame_us=float(index.frame_ticks * US_PER_TICK),
        offsets_us=tuple(_offsets(index.shown, clock, start_us)),
    )


def _offsets(shown: Iterable[int], clock: FrameClock, start_us: int) -> Iterable[int]:
    return (clock.time_us(pts) - start_us for pts in shown)
