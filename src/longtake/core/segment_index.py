"""What cuts and clocks must know of the inside of a segment: its pictures, without their content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import median_low

_USUAL_FRAME_TICKS = 3000
"""A thirtieth of a second: for a segment of a single picture."""


@dataclass(frozen=True, kw_only=True)
class SegmentIndex:
    """The pictures of a segment, in the order of decoding. ``pts`` and ``dts`` are ticks that do not jump at a wrap."""

    pts: tuple[int, ...]
    dts: tuple[int, ...]
    idr: tuple[bool, ...]

    @property
    def first_pts(self) -> int:
        """Of the first picture in the order of decoding: the one that the segment's name is about."""
        return self.pts[0]

    @cached_property
    def shown(self) -> tuple[int, ...]:
        """The PTS in the order of display."""
        return tuple(sorted(self.pts))

    @cached_property
    def frame_ticks(self) -> int:
        """The usual distance of two frames."""
        steps = [later - earlier for earlier, later in zip(self.shown, self.shown[1:], strict=False)]
        return max(1, median_low(steps)) if steps else _USUAL_FRAME_TICKS

    @property
    def end_pts(self) -> int:
        """Where the next frame is due."""
        return self.shown[-1] + self.frame_ticks
