"""A range of time over prebuilt hours: its cost is the number of hours, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longtake.core.timeline.hour import REASONS, HourTimeline
from longtake.core.timeline.model import JOIN_GAP_US, Gap, GapReason, Timeline
from longtake.core.times import HOUR_US, hour_name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HourPart:
    """The places [first, last) of an hour's timeline; never empty.

    ``broken``: something is missing or doubtful before it; ``torn``: playing on from what lies before it needs a
    discontinuity (see ``HourTimeline.torn``). Of the first part of a range neither is true.
    """

    hour: HourTimeline
    first: int
    last: int
    broken: bool
    torn: bool

    def __len__(self) -> int:
        """How many segments."""
        return self.last - self.first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinedHours:
    """The timeline of [start_us, end_us) as parts of hours, in order."""

    start_us: int
    end_us: int
    parts: tuple[HourPart, ...]

    def __len__(self) -> int:
        """How many segments."""
        return sum(map(len, self.parts))

    def timeline(self) -> Timeline:
        """All of it as values."""
        return Timeline(
            start_us=self.start_us,
            end_us=self.end_us,
            segments=tuple(
                segment for part in self.parts for segment in part.hour.segments(part.first, part.last)
            ),
            breaks=tuple(broken for part in self.parts for broken in _breaks(part)),
            gaps=tuple(self.gaps()),
        )

    def gaps(self) -> Iterator[Gap]:
        """All holes of the range; a doubtful segment is one of its own kind, that has content."""
        reached_us = self.start_us
        for part in self.parts:
            for at in _places_of_gaps(part):
                before_us = int(part.hour.ends_us[at - 1]) if at > part.first else reached_us
                yield from self._gaps_at(part.hour, at, max(before_us, self.start_us))
            reached_us = int(part.hour.ends_us[part.last - 1])
        if self.end_us - reached_us > (JOIN_GAP_US if self.parts else 0):
            yield Gap(start_us=reached_us, end_us=self.end_us, reason=GapReason.MISSING)

    def _gaps_at(self, hour: HourTimeline, at: int, reached_us: int) -> Iterator[Gap]:
        start_us, end_us = int(hour.starts_us[at]), min(int(hour.ends_us[at]), self.end_us)
        if start_us - reached_us > JOIN_GAP_US:
            yield Gap(start_us=reached_us, end_us=start_us, reason=GapReason.MISSING)
        reason = REASONS[hour.doubts[at]]
        doubtful_us = max(start_us, reached_us)
        if reason is not None and doubtful_us < end_us:
            yield Gap(start_us=doubtful_us, end_us=end_us, reason=reason)


def join_hours(hours: Iterable[HourTimeline], *, start_us: int, end_us: int) -> JoinedHours:
    """What of these hours, in order, lies in [start_us, end_us): segments that touch it."""
    parts: list[HourPart] = []
    for hour in hours:
        first = int(hour.ends_us.searchsorted(start_us, side="right"))
        last = int(hour.starts_us.searchsorted(end_us, side="left"))
        if first < last:
            broken = bool(parts) and _is_broken(parts[-1], hour, first)
            torn = broken or (bool(parts) and _is_torn(parts[-1].hour, hour, first))
            parts.append(HourPart(hour=hour, first=first, last=last, broken=broken, torn=torn))
    return JoinedHours(start_us=start_us, end_us=end_us, parts=tuple(parts))


def hours_needed(hours: Iterable[str], *, start_us: int, end_us: int) -> list[str]:
    """Of the hours that exist, those in which the segments of the range begin, in order.

    Times in ``hours`` sort as text. A segment may reach into the next hour, and no further.
    """
    first, last = hour_name(max(0, start_us - HOUR_US)), hour_name(end_us)
    return sorted(hour for hour in hours if first <= hour <= last)


def _is_broken(before: HourPart, hour: HourTimeline, first: int) -> bool:
    at = before.last - 1
    return bool(before.hour.doubts[at] or hour.starts_us[first] - before.hour.ends_us[at] > JOIN_GAP_US)


def _is_torn(before: HourTimeline, hour: HourTimeline, first: int) -> bool:
    jumps = hour.content.notes.discontinuities
    if jumps and hour.columns.name(int(hour.rows[first])) in jumps:
        return True
    return not before.edges[1].is_continued_by(hour.edges[0])


def _breaks(part: HourPart) -> Sequence[bool]:
    breaks = np.zeros(len(part.hour), dtype=np.bool_)
    breaks[part.hour.holes] = True
    breaks[1:] |= part.hour.doubts[:-1] > 0
    breaks[part.first] = part.broken
    within: list[bool] = breaks[part.first : part.last].tolist()
    return within


def _places_of_gaps(part: HourPart) -> list[int]:
    """Where something may be missing before, or is doubtful."""
    holes = part.hour.holes
    doubtful = np.flatnonzero(part.hour.doubts[part.first : part.last]) + part.first
    inner = holes[(holes > part.first) & (holes < part.last)]
    places: list[int] = np.unique(np.concatenate(([part.first], inner, doubtful))).astype(np.int64).tolist()
    return places
