"""A part of the ledger as a playlist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longtake.core.gap_entries import GapRun, gap_run
from longtake.core.ledger.extending import hour_reach_us, numbers_to_come
from longtake.core.ledger.hours import LedgerHour
from longtake.core.playlist_range import Insert, PlaylistRange, Stretch
from longtake.core.segment_columns import Integers
from longtake.core.times import SECOND_US

LEAST_TARGETS = 3
"""Target durations that a playlist keeps at least (RFC 8216 6.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """The end of a ledger, as far as somebody asked for it: hours whose numbers follow each other, oldest first.

    Of the first one the entries before ``first`` are gone: removed by age. ``number_before`` is the last number of what was
    before the first hour, if that is known. ``target_s``: TARGETDURATION of all qualities. ``reach_us``: where
    the ledger begins; None if there is none yet. ``start_us``: from where on it was asked for, or where the window begins.
    """

    hours: Sequence[LedgerHour]
    start_us: int
    first: int
    number_before: int | None
    target_s: int
    reach_us: int | None


def window_start_us(hours_back: Iterable[LedgerHour], *, window_us: int) -> int | None:
    """Where a window begins that ends with the last entry; None if there is no entry. ``hours_back``: the newest first.

    It has ``LEAST_TARGETS`` target durations at least, however long a hole is that it has to reach over for them: RFC 8216
    6.2.2 forbids to remove what would leave less. Nor does it go back when the target duration rises, since what has left
    must not come again: it stays where it was just before.
    """
    hours: list[LedgerHour] = []
    left_us: int | None = None
    for hour in hours_back:
        if len(hour):
            hours.insert(0, hour)
            left_us = LEAST_TARGETS * hour.target_s * SECOND_US if left_us is None else left_us
            left_us -= int(hour.entries.columns.durations_us.sum())
            if left_us <= 0 and int(hour.entries.starts_us[0]) <= hours[-1].end_us - window_us:
                break
    if not hours:
        return None
    starts_us = np.concatenate([hour.entries.starts_us for hour in hours])
    durations_us = np.concatenate([hour.entries.columns.durations_us for hour in hours])
    return max(
        _window_start_us(starts_us[:count], durations_us[:count], window_us, target_s)
        for count, target_s in _target_epochs(hours)
    )


def _target_epochs(hours: Sequence[LedgerHour]) -> Iterator[tuple[int, int]]:
    """(entries, target duration) just before each rise of it, and now."""
    target_s, before = hours[0].head.target_s, 0
    for hour in hours:
        for place, raised_s in hour.targets:
            if before + place:
                yield before + place, target_s
            target_s = raised_s
        before += len(hour)
    yield before, target_s


def _window_start_us(starts_us: Integers, durations_us: Integers, window_us: int, target_s: int) -> int:
    end_us = int(starts_us[-1] + durations_us[-1])
    needed = int(np.searchsorted(np.cumsum(durations_us[::-1]), LEAST_TARGETS * target_s * SECOND_US))
    return min(end_us - window_us, int(starts_us[max(len(starts_us) - 1 - needed, 0)]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    hour: LedgerHour
    before: LedgerHour | None
    number_before: int
    first: int
    last: int


def shown_range(shown: Shown, *, start_us: int, end_us: int, holes: bool, grows: bool) -> PlaylistRange:
    """The entries that touch [start_us, end_us), with the numbers that they have for all who see them.

    An empty playlist stands behind the last entry.
    """
    parts = _parts(shown, start_us, end_us)
    stretches = tuple(
        _stretch(part, start_us if part is parts[0] else 0, is_front=part is parts[0], holes=holes)
        for part in parts
    )
    if not parts:
        sequence, number = _behind(shown, holes=holes)
    else:
        front = parts[0]
        sequence = front.hour.head.sequence + front.first
        number = max(0, front.hour.number_at(front.first) - min(1, _tags_at(front, front.first)))
        if holes:
            listed = [insert for insert in stretches[0].inserts if insert.place == front.first]
            sequence += front.hour.gaps_at(front.first) - sum(map(len, listed))
    return PlaylistRange(
        stretches=stretches,
        sequence=sequence,
        discontinuity_sequence=number,
        target_s=max(shown.target_s, 1),
        grows=grows,
        with_gaps=holes,
    )


def _behind(shown: Shown, *, holes: bool) -> tuple[int, int]:
    if not shown.hours:
        return numbers_to_come(hour_reach_us(shown.start_us) if shown.reach_us is None else shown.reach_us)
    last = shown.hours[-1]
    return last.end_sequence + (last.last_gaps if holes else 0), last.last_number


def _parts(shown: Shown, start_us: int, end_us: int) -> list[_Part]:
    """From the end back to the first entry that does not reach over ``start_us``: times are in order but for set clocks."""
    parts: list[_Part] = []
    for index in range(len(shown.hours) - 1, -1, -1):
        hour = shown.hours[index]
        gone = shown.first if index == 0 else 0
        first, last = _places(hour, start_us, end_us)
        first = max(first, gone)
        before = shown.hours[index - 1] if index else None
        number_before = before.last_number if before is not None else shown.number_before
        if first < last:
            if number_before is None:
                number_before = hour.head.number - 1
            parts.append(_Part(hour=hour, before=before, number_before=number_before, first=first, last=last))
        if first > gone:
            break
    return parts[::-1]


def _places(hour: LedgerHour, start_us: int, end_us: int) -> tuple[int, int]:
    """The entries that touch the range; of most hours all do."""
    starts_us, ends_us = hour.entries.starts_us, hour.entries.ends_us
    first, last = 0, len(hour)
    if last and ends_us[0] <= start_us:
        first = int(np.searchsorted(ends_us, start_us, side="right"))
    if last and starts_us[-1] >= end_us:
        last = int(np.searchsorted(starts_us, end_us, side="left"))
    return first, last


def _tags_at(part: _Part, place: int) -> int:
    if place == 0:
        return part.hour.head.number - part.number_before
    at = np.flatnonzero(part.hour.entries.torn == place)
    return int(part.hour.tags[at[0]]) if len(at) else 0


def _stretch(part: _Part, start_us: int, *, is_front: bool, holes: bool) -> Stretch:
    """Before an entry stands one tag, before the GAP entries in front of it all others.

    So what is at the front has one tag, however many there were with what has left, or was put before.
    """
    torn = part.hour.entries.torn
    if not holes and not len(torn) and (part.first or part.hour.head.number == part.number_before):
        return Stretch(entries=part.hour.entries, first=part.first, last=part.last)
    tags = {
        place: count
        for place, count in zip(torn.tolist(), part.hour.tags.tolist(), strict=True)
        if part.first <= place < part.last
    }
    if part.first == 0 and (count := _tags_at(part, 0)) > 0:
        tags[0] = count
    gaps = dict(_gaps(part, start_us)) if holes else {}
    inserts = tuple(
        Insert(
            place=place,
            tags=min(1, tags.get(place, 0)),
            gaps=gaps.get(place, ()),
            tags_first=0 if is_front and place == part.first else max(0, tags.get(place, 0) - 1),
        )
        for place in sorted({*tags, *gaps})
    )
    return Stretch(entries=part.hour.entries, first=part.first, last=part.last, inserts=inserts)


def _gaps(part: _Part, start_us: int) -> Iterator[tuple[int, tuple[GapRun, ...]]]:
    """By place; of those before the first entry only what reaches over ``start_us``."""
    longest_us = part.hour.head.gap_us
    if part.first == 0:
        runs = _runs_before(part, longest_us)
        kept = tuple(each for each in (run.from_time(start_us) for run in runs) if len(each))
        if kept:
            yield 0, kept
    for place, begin_us, until_us in part.hour.holes():
        run = gap_run(begin_us, until_us, longest_us=longest_us)
        if run is None or not part.first <= place < part.last:
            continue
        listed = run.from_time(start_us) if place == part.first else run
        if len(listed):
            yield place, (listed,)


def _runs_before(part: _Part, longest_us: int) -> list[GapRun]:
    reach_us = part.hour.head.reach_us
    runs = [gap_run(reach_us, int(part.hour.entries.starts_us[0]), longest_us=longest_us)]
    if part.before is not None:
        runs.insert(0, gap_run(part.before.end_us, reach_us, longest_us=longest_us))
    return [run for run in runs if run is not None]
