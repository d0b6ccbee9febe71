"""Which of the recorded files make up a range of time, and where nothing does.

Several files may claim the same moment: retries, several nodes, a source that repeats itself. ``core.choosing`` says
which of them counts, by the files alone, so that every node that has the same files shows the same timeline. A hole is
a value, never a missing entry; a doubtful segment is a hole of its own kind, that has content.

- ``model``: the values.
- ``hour``: an hour's part, made once.
- ``joining``: ranges over hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from longtake.core.choosing import JITTER_US, latest_overlap_us
from longtake.core.timeline.hour import REASONS, HourContent, HourTimeline, Sizes, build_hour, still_holds
from longtake.core.timeline.joining import HourPart, JoinedHours, hours_needed, join_hours
from longtake.core.timeline.model import JOIN_GAP_US, Gap, GapReason, Timeline
from longtake.core.times import HOUR_US, hour_name, hour_start_us

__all__ = [
    "JITTER_US",
    "JOIN_GAP_US",
    "REASONS",
    "Gap",
    "GapReason",
    "HourContent",
    "HourPart",
    "HourTimeline",
    "JoinedHours",
    "Sizes",
    "Timeline",
    "build_hour",
    "hours_needed",
    "join_contents",
    "join_hours",
    "latest_overlap_us",
    "neighbours",
    "still_holds",
]


@lru_cache(maxsize=20_000)  # as of hours in core.times
def neighbours(hour: str) -> tuple[str | None, str]:
    """The hours before and after one; before the first of all is none."""
    start_us = hour_start_us(hour)
    return hour_name(start_us - HOUR_US) if start_us else None, hour_name(start_us + HOUR_US)


def join_contents(
    contents: Mapping[str, HourContent], *, start_us: int, end_us: int, sizes: Sizes
) -> JoinedHours:
    """The timeline of [start_us, end_us) from scratch: what a store does that keeps no prebuilt hours.

    ``contents`` go by hour: all that exist, or at least those that are needed and their neighbours.
    """
    hours = []
    for hour in hours_needed(contents, start_us=start_us, end_us=end_us):
        before, after = neighbours(hour)
        hours.append(build_hour(contents[hour], contents.get(before or ""), contents.get(after), sizes=sizes))
    return join_hours(hours, start_us=start_us, end_us=end_us)
