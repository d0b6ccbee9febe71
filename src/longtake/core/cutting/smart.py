"""A smart cut: exact to the frame at both ends, and everything copied packet for packet that can be.

Of each run of the timeline (between holes) the first frame at or after the start and the last before the end are looked
up by their wall times (``core.frames``). Pictures may only be copied from an IDR on, which nothing before it is needed
for. So from the first frame to the next IDR they are coded anew. At the other end copying can stop wherever the
pictures decoded so far are just those to be shown so far; what is left until the last frame, mostly nothing or a
few pictures, is coded anew.

Only the segments at the edges need to be looked into. A plan asks for what it lacks by raising ``Unread``.
"""

from __future__ import annotations

from collections.abc import Sequence

from longtake.core.cutting.gaps import accepted_gaps, no_frame
from longtake.core.cutting.plan import SmartPlan, SmartRun
from longtake.core.cutting.request import CutRequest
from longtake.core.cutting.run_planner import RunPlanner
from longtake.core.cutting.search import KnownSegments, contiguous, first_frame, is_elsewhere, last_frame
from longtake.core.segments import Segment
from longtake.core.timeline import Timeline


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
            for segments in contiguous(timeline)
            if (run := _plan_run(segments, wanted.start_us, wanted.end_us, known)) is not None
        ]
        if not planned:
            raise no_frame(wanted)
        runs += planned
    return SmartPlan(container=request.container, runs=tuple(runs), gaps=gaps)


def _plan_run(
    segments: Sequence[Segment], start_us: int, end_us: int, known: KnownSegments
) -> SmartRun | None:
    if is_elsewhere(segments, start_us=start_us, end_us=end_us):
        return None
    first, last = first_frame(segments, start_us, known), last_frame(segments, end_us, known)
    if first is None or last is None or last.us < first.us:
        return None
    run = RunPlanner(segments, known, first, last)
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
