"""A single frame: the one that a cut from there begins with."""

from __future__ import annotations

from longtake.core.cutting.plan import PicturePlan
from longtake.core.cutting.run_planner import RunPlanner
from longtake.core.cutting.search import KnownSegments, contiguous, first_frame, is_elsewhere
from longtake.core.errors import Incomplete
from longtake.core.timeline import Timeline
from longtake.core.times import SECOND_US, format_us

_WITHIN_US = SECOND_US


def plan_picture(timeline: Timeline, at_us: int, known: KnownSegments, *, keyframe: bool) -> PicturePlan:
    """The first frame at or after a time, which a cut from there begins with; at most a second later.

    ``keyframe``: rather the last IDR at or before that frame, which needs no other picture. ``timeline`` reaches some
    seconds further at both ends. Raises ``Unread``; Incomplete where no picture is; NotUnderstood as ``plan_smart``.
    """
    for segments in contiguous(timeline):
        if is_elsewhere(segments, start_us=at_us, end_us=at_us + _WITHIN_US):
            continue
        frame = first_frame(segments, at_us, known)
        if frame is None:
            continue
        if frame.us - at_us > _WITHIN_US:
            break
        run = RunPlanner(segments, known, frame, frame)
        return run.keyframe() if keyframe else run.picture()
    raise Incomplete(f"no picture is recorded at {format_us(at_us)}")
