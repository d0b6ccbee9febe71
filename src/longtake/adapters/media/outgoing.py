"""What a cut is written from, and how: pictures and sound with their times in the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from longtake.core.adts import AdtsFrame
from longtake.core.h264 import ParameterSets
from longtake.core.mpegts.scan import ScannedSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPicture:
    """A coded picture; ticks from the first picture of the cut, which shows at 0."""

    pts: int
    dts: int
    data: bytes
    idr: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSound:
    """A sound frame; ticks as above, so less than 0 for what only primes a decoder."""

    pts: int
    frame: AdtsFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a run of the cut comes from: a segment of it, and all parameter sets that its pictures will use."""

    segment: ScannedSegment
    sets: ParameterSets
    frame_ticks: int
    delay: int
    """DTS of the first picture are so many ticks before its PTS."""
    sound: AdtsFrame | None
    """Some frame of its sound, if it has any."""


class Output(Protocol):
    """A container that is written from front to back. Pictures and sound come in the order of their DTS."""

    hides_priming: bool
    """Whether sound before 0 is written but not heard (an edit list)."""
    lists_sets: bool
    """Whether all parameter sets must be known ahead, for a header."""

    def begin_run(self, source: Source) -> None:
        """What follows comes from there. Raises Unsupported if the container cannot hold it behind what it holds."""
        ...

    def picture(self, picture: OutgoingPicture) -> None:
        """One more picture."""
        ...

    def sound(self, sound: OutgoingSound) -> None:
        """One more sound frame."""
        ...

    def takes_whole(self, segment: ScannedSegment) -> bool:
        """Whether ``whole_segment`` may be used for this one; if not, it comes by pieces."""
        ...

    def whole_segment(self, segment: ScannedSegment, shift: int) -> None:
        """All of a segment, its timestamps (as the scan has them) later by ``shift``."""
        ...

    def finish(self) -> None:
        """Nothing follows."""
        ...
