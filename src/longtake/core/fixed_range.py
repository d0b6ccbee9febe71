"""The playlist of a range that is over: what its timeline has now, counted from 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from longtake.core.gap_entries import GapRun, gap_run
from longtake.core.hour_entries import HourEntries
from longtake.core.numbering import Run, number_together
from longtake.core.playlist_range import Insert, PlaylistRange, Stretch
from longtake.core.segment_columns import Integers
from longtake.core.timeline import JOIN_GAP_US, HourPart, HourTimeline, JoinedHours
from longtake.core.times import SECOND_US, hour_name

FALLBACK_TARGET_S = 6
"""For a playlist without a segment, as the older system does."""


def stretches_of(joined: JoinedHours) -> tuple[list[Stretch], list[bool]]:
    """What of a timeline is media, and for each stretch whether its first entry does not continue what is before it."""
    stretches: list[Stretch] = []
    torn: list[bool] = []
    left_out = False
    for part in joined.parts:
        entries = part.hour.entries
        first, last = _places(part, joined)
        if first >= last:
            left_out = True
            continue
        is_torn = (
            part.torn or left_out or int(entries.starts_us[first]) != int(part.hour.starts_us[part.first])
        )
        torn.append(bool(stretches) and is_torn)
        stretches.append(Stretch(entries=entries, first=first, last=last))
        left_out = False
    return stretches, torn


def _places(part: HourPart, joined: JoinedHours) -> tuple[int, int]:
    """Those of a part among the entries of its hour, which may be fewer than the segments of its timeline."""
    entries = part.hour.entries
    if len(entries) == len(part.hour):
        return part.first, part.last
    first = np.searchsorted(entries.ends_us, joined.start_us, side="right")
    last = np.searchsorted(entries.starts_us, joined.end_us, side="left")
    return int(first), int(last)


def fixed_range(joined: JoinedHours, others: Sequence[JoinedHours] = (), *, holes: bool) -> PlaylistRange:
    """The playlist of a timeline. ``others``: the same range of qualities that are played with it, to be numbered together."""
    stretches, torn = stretches_of(joined)
    target_s = max(_target_s(one) for one in (joined, *others))
    tags = _tags(stretches, torn, others)
    listed = [
        Stretch(
            entries=stretch.entries,
            first=stretch.first,
            last=stretch.last,
            inserts=tuple(Insert(place=place, tags=count) for place, count in sorted(mine.items())),
        )
        for stretch, mine in zip(stretches, tags, strict=True)
    ]
    if holes:
        listed = _with_gaps(listed, joined, longest_us=target_s * SECOND_US)
    return PlaylistRange(
        stretches=tuple(listed),
        sequence=0,
        discontinuity_sequence=0,
        target_s=target_s,
        grows=False,
        whole=_is_whole(joined),
        with_gaps=holes,
    )


def torn_places(stretches: Sequence[Stretch], torn: Sequence[bool]) -> Integers:
    """Of all entries of the stretches in a row, those that do not continue what is before them."""
    found = []
    count = 0
    for stretch, is_torn in zip(stretches, torn, strict=True):
        inner = stretch.entries.torn
        if len(inner):
            inner = inner[(inner > stretch.first) & (inner < stretch.last)] - stretch.first + count
        if is_torn or len(inner):
            found.append(np.concatenate(([count], inner)) if is_torn else inner)
        count += stretch.last - stretch.first
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _run(stretches: Sequence[Stretch], torn: Integers) -> Run:
    starts = [stretch.entries.starts_us[stretch.first : stretch.last] for stretch in stretches]
    return Run(starts_us=np.concatenate(starts) if starts else np.empty(0, dtype=np.int64), torn=torn)


def _tags(
    stretches: Sequence[Stretch], torn: Sequence[bool], others: Sequence[JoinedHours]
) -> list[Mapping[int, int]]:
    """For each stretch: DISCONTINUITY tags by place."""
    played = [(stretches, torn), *map(stretches_of, others)]
    places = [torn_places(*each) for each in played]
    if not any(map(len, places)):
        return [{} for _ in stretches]
    runs = [_run(each, mine) for (each, _), mine in zip(played, places, strict=True)]
    numbers = number_together(runs)[0]
    tags = np.diff(numbers, prepend=0)
    placed: list[Mapping[int, int]] = []
    begin = 0
    for stretch in stretches:
        mine = tags[begin : begin + stretch.last - stretch.first]
        begin += stretch.last - stretch.first
        placed.append({stretch.first + at: int(mine[at]) for at in np.flatnonzero(mine).tolist()})
    return placed


def _with_gaps(stretches: Sequence[Stretch], joined: JoinedHours, *, longest_us: int) -> list[Stretch]:
    """With all holes of the range, those at its ends too."""
    if not stretches:
        whole = gap_run(joined.start_us, joined.end_us, longest_us=longest_us)
        gaps = (whole,) if whole is not None else ()
        nothing = HourEntries.none(hour_name(joined.start_us))
        return [Stretch(entries=nothing, first=0, last=0, inserts=(Insert(place=0, gaps=gaps),))]
    found = []
    reached_us = joined.start_us
    for stretch in stretches:
        tags = {insert.place: insert.tags for insert in stretch.inserts}
        runs = dict(_gaps_within(stretch, reached_us, longest_us))
        reached_us = int(stretch.entries.ends_us[stretch.last - 1])
        if stretch is stretches[-1] and (tail := gap_run(reached_us, joined.end_us, longest_us=longest_us)):
            runs[stretch.last] = tail
        inserts = tuple(
            Insert(
                place=place,
                tags=tags.get(place, 0),
                gaps=(runs[place],) if place in runs else (),
            )
            for place in sorted({*tags, *runs})
        )
        found.append(
            Stretch(entries=stretch.entries, first=stretch.first, last=stretch.last, inserts=inserts)
        )
    return found


def _gaps_within(stretch: Stretch, reached_us: int, longest_us: int) -> Iterator[tuple[int, GapRun]]:
    entries = stretch.entries
    starts_us = entries.starts_us[stretch.first : stretch.last]
    before_us = np.concatenate(([reached_us], entries.ends_us[stretch.first : stretch.last - 1]))
    for at in np.flatnonzero(starts_us > before_us).tolist():
        run = gap_run(int(before_us[at]), int(starts_us[at]), longest_us=longest_us)
        if run is not None:
            yield stretch.first + at, run


def _target_s(joined: JoinedHours) -> int:
    """What the source stated, and at least each EXTINF rounded (RFC 8216 4.3.3.1); over whole hours."""
    hours = [part.hour for part in joined.parts]
    stated = [hour.content.notes.target_duration_s for hour in hours]
    needed = [int(_longest_us(hour) / SECOND_US + 0.5) for hour in hours]
    return max([*stated, *needed], default=0) or (1 if hours else FALLBACK_TARGET_S)


def _longest_us(hour: HourTimeline) -> int:
    durations_us = hour.columns.durations_us
    return int((durations_us if hour.takes_all() else durations_us[hour.rows]).max())


def _is_whole(joined: JoinedHours) -> bool:
    """Whether nothing of the range is missing or doubtful."""
    reached_us = joined.start_us
    for part in joined.parts:
        hour = part.hour
        if (
            int(hour.starts_us[part.first]) - reached_us > JOIN_GAP_US
            or hour.doubts[part.first : part.last].any()
        ):
            return False
        if len(hour.holes) and ((hour.holes > part.first) & (hour.holes < part.last)).any():
            return False
        reached_us = int(hour.ends_us[part.last - 1])
    return bool(joined.parts) and joined.end_us - reached_us <= JOIN_GAP_US
