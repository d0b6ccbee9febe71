"""What a timeline is: the chosen segments of a range, and its holes as values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from longtake.core.segments import Segment
from longtake.core.times import from_us

JOIN_GAP_US = 10_000
"""Gaps up to this are none: durations in playlists are rounded."""


class GapReason(StrEnum):
    """Why a stretch of a timeline is a hole."""

    MISSING = "not recorded"
    SUSPECT = "recorded, but doubtful"
    PARTIAL = "recorded in part"
    UNDECODABLE = "recorded, but no media"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hole, clipped to the range asked for."""

    start_us: int
    end_us: int
    reason: GapReason

    @property
    def start(self) -> datetime:
        """As aware UTC."""
        return from_us(self.start_us)

    @property
    def end(self) -> datetime:
        """As aware UTC."""
        return from_us(self.end_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The chosen segments that touch [start_us, end_us), in order, and all the holes in that range.

    ``breaks[i]`` says that segment i does not continue segment i-1: a hole or a doubtful segment lies between.
    ``breaks[0]`` is always False. For ranges whose segments may be values; long ones stay ``JoinedHours``.
    """

    start_us: int
    end_us: int
    segments: tuple[Segment, ...]
    breaks: tuple[bool, ...]
    gaps: tuple[Gap, ...]

    def undecodable(self) -> AbstractSet[int]:
        """Which of ``segments`` are no media, for all that facts say: a file is there, and yet it is a hole.

        The hole of such a segment begins in it, and where the one before it overlaps it, behind that.
        """
        starts_us = [segment.start_us for segment in self.segments]
        return {
            bisect_right(starts_us, gap.start_us) - 1
            for gap in self.gaps
            if gap.reason is GapReason.UNDECODABLE
        }
