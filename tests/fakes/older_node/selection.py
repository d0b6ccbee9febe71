"""Which segments the older system plays for a range: one per start time, then one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from tests.fakes.older_node.names import OlderSegment, list_hour, parse_segment

_HOUR = timedelta(hours=1)
_SLACK = timedelta(milliseconds=10)


def select(folder: Path, start: datetime, end: datetime) -> list[OlderSegment | None]:
    """The segments of ``folder`` (CHANNEL/QUALITY) that cover [start, end); None where there is a hole.

    Raises OverflowError if an hour holds a name with an infinite duration.
    """
    chosen: list[OlderSegment | None] = []
    last: OlderSegment | None = None
    for segment in _one_per_start(folder, start, end):
        if segment.start >= end:
            break
        if last is None:
            if segment.end <= start:
                continue
            if segment.start > start:
                chosen.append(None)
        else:
            gap = segment.start - last.end
            if gap < -_SLACK:
                continue
            if gap > _SLACK or last.kind != "full":
                chosen.append(None)
        chosen.append(segment)
        last = segment
        if segment.end >= end:
            break
    if start < end and (last is None or last.kind != "full" or last.end < end):
        chosen.append(None)
    return chosen


def _one_per_start(folder: Path, start: datetime, end: datetime) -> Iterator[OlderSegment]:
    hour = start.replace(minute=0, second=0, microsecond=0) - _HOUR
    while hour <= end:
        names = sorted(list_hour(folder / hour.strftime("%Y-%m-%dT%H"), tombstones=False))
        segments = _parsed(folder / hour.strftime("%Y-%m-%dT%H"), names)
        for _, same in groupby(segments, key=lambda segment: segment.start):
            yield best(list(same))
        hour += _HOUR


def _parsed(folder: Path, names: Sequence[str]) -> Iterator[OlderSegment]:
    for name in names:
        try:
            segment = parse_segment(folder / name)
        except ValueError:
            continue
        if segment.kind != "temp":
            yield segment


def best(same: Sequence[OlderSegment]) -> OlderSegment:
    """Of segments that start together: the longest full one; else suspect before partial, and the larger file."""
    fulls = [segment for segment in same if segment.kind == "full"]
    if fulls:
        return max(fulls, key=lambda one: (one.duration, one.path.stat().st_size, one.digest))
    suspects = [segment for segment in same if segment.kind == "suspect"]
    return max(suspects or same, key=lambda one: one.path.stat().st_size)
