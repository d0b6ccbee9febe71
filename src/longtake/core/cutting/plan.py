"""Plans of cuts and pictures as values: which pictures of which segments are copied, decoded, coded anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from longtake.core.cutting.request import CutContainer
from longtake.core.mpegts.timestamps import difference
from longtake.core.segments import Segment
from longtake.core.timeline import Gap


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePlan:
    """One frame: the one of ``decode`` with ``pts`` (modulo 2^33). ``decode`` begins with an IDR."""

    decode: tuple[Copy, ...]
    pts: int
    time_us: int
