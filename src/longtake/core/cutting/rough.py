"""A rough cut: the whole files that touch each range, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longtake.core.cutting.gaps import accepted_gaps
from longtake.core.cutting.request import CutRequest
from longtake.core.errors import Unsupported
from longtake.core.facts import Container, SegmentFacts
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughPlan:
    """Whole files to be sent one after the other, and the holes that were accepted."""

    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]


def plan_rough(request: CutRequest, timelines: Sequence[Timeline]) -> RoughPlan:
    """The files of each range, as their timelines have them; ``timelines`` are parallel to ``request.ranges``.

    Raises Incomplete if a range has nothing at all, or if there are
    holes and none are allowed.
    """
    gaps = accepted_gaps(request, timelines)
    return RoughPlan(
        segments=tuple(segment for timeline in timelines for segment in timeline.segments),
        gaps=gaps,
    )


def check_joinable(plan: RoughPlan, facts: Mapping[str, SegmentFacts]) -> None:
    """Raises Unsupported if the plan's files, one after the other, are no file that can be played.

    MPEG-TS can be joined so. Fragmented MP4 cannot: each file begins with an init section of its own. Where facts say
    nothing a segment is like the one before it.
    """
    if any(
        known.container is Container.FMP4
        for segment in plan.segments
        if (known := facts.get(segment.name)) is not None
    ):
        raise Unsupported(
            "this was recorded as fragmented MP4, whose files do not make one file by standing one after the other; "
            "its playlists can be played, cuts of it are not there yet"
        )
