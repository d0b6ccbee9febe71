"""What comes next in the ledgers of a channel: entries of all its qualities, numbered together, as hours that go on.

Also what is put before them when somebody asks for an earlier start: what is recorded of that time when it is first
asked for, which stays as it is from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from longtake.core.gap_entries import gap_count
from longtake.core.hour_entries import HourEntries
from longtake.core.ledger.hours import LedgerHead, LedgerHour, NewEntries, with_more
from longtake.core.numbering import Break, Run, number_together
from longtake.core.playlist_range import Stretch
from longtake.core.segment_columns import Bytes, Integers
from longtake.core.segments import SegmentType
from longtake.core.timeline import JOIN_GAP_US, latest_overlap_us
from longtake.core.times import HOUR_US, SECOND_US, hour_name

_FEW = 30
"""Names are taken one by one up to so many, since all of an hour have to be taken apart together."""
_SUSPECT_TARGETS = 3
"""An entry of over so many target durations would have all players wait for it: it is left out."""
_FIRST_SEQUENCE_US = SECOND_US
_FIRST_NUMBER_US = 60 * SECOND_US
"""Numbers begin at the clock, so that they do not go back if a ledger is lost: entries are longer than half a second, and breaks
fewer than one a minute, on the whole. And there is room before them, for an earlier start."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coming:
    """Of one quality: its last hour in the ledger, and the stretches of what may come next, in order.

    ``torn``: the first entry of each does not continue what is before it. ``target_s``: what the source stated.
    """

    last: LedgerHour | None
    stretches: Sequence[Stretch]
    torn: Sequence[bool]
    target_s: int


def from_where_us(last: LedgerHour) -> int:
    """Entries after the last one begin there, or later."""
    segment = last.entries.columns[len(last) - 1]
    return max(segment.start_us + 1, segment.end_us - latest_overlap_us(segment))


def goes_on(last: LedgerHour, start_us: int) -> bool:
    """Whether an entry that begins there continues the last one."""
    full = last.entries.columns.type(len(last) - 1) is SegmentType.FULL
    return full and start_us - last.end_us <= JOIN_GAP_US


def extended(
    coming: Mapping[str, Coming], *, known: Iterable[Break], target_s: int, reach_us: int
) -> dict[str, list[LedgerHour]]:
    """By quality: the hours that have more entries now, oldest first; the last known one first if it goes on.

    ``known`` breaks: those of all qualities since the last entry of the one that lags most. ``target_s``: that of all
    qualities so far. ``reach_us``: where a ledger that is begun reaches back to.
    """
    chosen = {quality: _chosen(one, target_s) for quality, one in coming.items()}
    target_s = max([target_s, *(_needed_s(coming[quality], rows) for quality, rows in chosen.items())])
    runs = [
        _run(rows, _number_before(coming[quality].last, reach_us)) for quality, rows in chosen.items() if rows
    ]
    numbers = iter(number_together(runs, known))
    return {
        quality: _grown(coming[quality].last, rows, next(numbers), target_s, reach_us)
        for quality, rows in chosen.items()
        if rows
    }


def reached_back(
    coming: Mapping[str, Coming], firsts: Mapping[str, LedgerHour | None], *, reach_us: int, target_s: int
) -> dict[str, list[LedgerHour]]:
    """By quality: the hours that come before the first ones, oldest first; an empty one where nothing is recorded before one.

    ``coming`` has no ``last``: its stretches are those of what is recorded from ``reach_us`` up to each first one.
    """
    chosen = {quality: _chosen(one, target_s) for quality, one in coming.items()}
    target_s = max([target_s, *(_needed_s(coming[quality], rows) for quality, rows in chosen.items())])
    numbers = dict(zip(chosen, number_together([_run(rows, 0) for rows in chosen.values()]), strict=True))
    known = [first.head.number for first in firsts.values() if first is not None]
    most = max((int(mine[-1]) for mine in numbers.values() if len(mine)), default=0)
    base = max(0, min(known) - 1 - most) if known else reach_us // _FIRST_NUMBER_US
    return {
        quality: _put_before(firsts[quality], rows, numbers[quality] + base, reach_us, target_s)
        for quality, rows in chosen.items()
    }


def _put_before(
    first: LedgerHour | None, rows: Sequence[_Rows], numbers: Integers, reach_us: int, target_s: int
) -> list[LedgerHour]:
    if first is None and not rows:
        return []
    head = _first_head(reach_us, target_s)
    if first is not None:
        head = replace(
            head,
            sequence=first.head.sequence - len(numbers),
            number=max(0, first.head.number - 1),
            gap_us=first.head.gap_us,
        )
    hours: list[LedgerHour] = []
    begin = 0
    for row in rows:
        mine = numbers[begin : begin + len(row.places)]
        begin += len(row.places)
        hour = _begun(head, hours[-1] if hours else None, row, int(mine[0]))
        hours.append(_with_rows(hour, row, mine, target_s))
    return _counted_back(hours or [LedgerHour.empty(hour_name(reach_us), head)], first)


def _counted_back(hours: list[LedgerHour], first: LedgerHour | None) -> list[LedgerHour]:
    """With counts of GAP entries that end where those of ``first`` begin.

    The hole before ``first`` counts from where that begins, and what lies before it by itself.
    """
    if first is None:
        return hours
    longest_us, reach_us, last = first.head.gap_us, first.head.reach_us, hours[-1]
    own = gap_count(reach_us, int(first.entries.starts_us[0]), longest_us=longest_us) if len(first) else 0
    before = gap_count(last.end_us, reach_us, longest_us=longest_us)
    shift = first.head.gaps - own - before - last.last_gaps
    return [replace(hour, head=replace(hour.head, gaps=hour.head.gaps + shift)) for hour in hours]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """Of one stretch, those entries that are taken."""

    entries: HourEntries
    places: NDArray[np.int64]
    starts_us: Integers
    torn: NDArray[np.bool_]

    @classmethod
    def of(cls, stretch: Stretch, *, torn_first: bool) -> _Rows:
        entries, first, last = stretch.entries, stretch.first, stretch.last
        torn = np.zeros(last - first, dtype=np.bool_)
        inner = entries.torn[(entries.torn >= first) & (entries.torn < last)]
        torn[inner - first] = True
        torn[0] |= torn_first
        return cls(
            entries=entries,
            places=np.arange(first, last),
            starts_us=entries.starts_us[first:last],
            torn=torn,
        )

    def without(self, gone: NDArray[np.bool_]) -> _Rows:
        torn = self.torn.copy()
        torn[1:] |= gone[:-1]
        keep = ~gone
        return _Rows(
            entries=self.entries,
            places=self.places[keep],
            starts_us=self.starts_us[keep],
            torn=torn[keep],
        )

    @property
    def durations_us(self) -> Integers:
        return self.entries.columns.durations_us[self.entries.rows[self.places]]


def _chosen(coming: Coming, target_s: int) -> list[_Rows]:
    """Without what is too long for the target duration that players know."""
    found = []
    torn_before = False
    for stretch, torn in zip(coming.stretches, coming.torn, strict=True):
        rows = _Rows.of(stretch, torn_first=torn or torn_before)
        gone = rows.durations_us > _SUSPECT_TARGETS * target_s * SECOND_US if target_s else None
        torn_before = False
        if gone is not None and gone.any():
            torn_before = bool(gone[-1])
            rows = rows.without(gone)
        if len(rows.places):
            found.append(rows)
    return found


def _needed_s(coming: Coming, rows: Sequence[_Rows]) -> int:
    """TARGETDURATION: what the source stated, and at least each EXTINF rounded (RFC 8216 4.3.3.1)."""
    longest_us = max((int(row.durations_us.max()) for row in rows), default=0)
    return max(coming.target_s, int(longest_us / SECOND_US + 0.5))


def _number_before(last: LedgerHour | None, reach_us: int) -> int:
    return last.last_number if last is not None else reach_us // _FIRST_NUMBER_US


def _grown(
    last: LedgerHour | None, rows: Sequence[_Rows], numbers: Integers, target_s: int, reach_us: int
) -> list[LedgerHour]:
    hours: list[LedgerHour] = []
    begin = 0
    for row in rows:
        mine = numbers[begin : begin + len(row.places)]
        begin += len(row.places)
        if last is None or not _continues(last, row):
            head = last.head if last is not None else _first_head(reach_us, target_s)
            last = _begun(head, last, row, int(mine[0]))
        elif hours:
            hours.pop()
        last = _with_rows(last, row, mine, target_s)
        hours.append(last)
    return hours


def _first_head(reach_us: int, target_s: int) -> LedgerHead:
    return LedgerHead(
        sequence=reach_us // _FIRST_SEQUENCE_US,
        number=reach_us // _FIRST_NUMBER_US,
        gaps=0,
        reach_us=reach_us,
        target_s=target_s,
        gap_us=max(target_s, 1) * SECOND_US,
    )


def _continues(last: LedgerHour, row: _Rows) -> bool:
    """Whether it may stand in the same file: entries of one hour, in order."""
    columns = row.entries.columns
    if last.hour != columns.hour or not len(last):
        return False
    known = last.entries.columns
    return columns.name(int(row.entries.rows[row.places[0]])) > known.name(len(known) - 1)


def _begun(head: LedgerHead, before: LedgerHour | None, row: _Rows, number: int) -> LedgerHour:
    """The hour of these rows, without them."""
    start_us = int(row.starts_us[0])
    if before is None:
        sequence, reach_us, gaps, target_s = head.sequence, head.reach_us, head.gaps, head.target_s
    else:
        sequence, reach_us = before.end_sequence, before.end_us
        gaps = before.last_gaps + gap_count(reach_us, start_us, longest_us=head.gap_us)
        target_s = before.target_s
    return LedgerHour.empty(
        row.entries.columns.hour,
        LedgerHead(
            sequence=sequence,
            number=number,
            gaps=gaps,
            reach_us=reach_us,
            target_s=target_s,
            gap_us=head.gap_us,
        ),
    )


def _with_rows(hour: LedgerHour, row: _Rows, numbers: Integers, target_s: int) -> LedgerHour:
    columns = row.entries.columns
    places = row.entries.rows[row.places]
    names = _names(row, places)
    before = hour.last_number if len(hour) else hour.head.number
    return with_more(
        hour,
        NewEntries(
            names=names,
            starts_us=row.starts_us,
            durations_us=columns.durations_us[places],
            codes=_codes(row, places),
            tags=np.diff(numbers, prepend=before),
            inits={name: row.entries.inits[name] for name in names if name in row.entries.inits}
            if row.entries.inits
            else {},
            target_s=target_s,
        ),
    )


def _names(row: _Rows, places: NDArray[np.int32]) -> list[str]:
    columns = row.entries.columns
    if len(places) == len(columns):
        return columns.names()
    if len(places) < _FEW:
        return [columns.name(place) for place in places.tolist()]
    names = columns.names()
    return [names[place] for place in places.tolist()]


def _codes(row: _Rows, places: NDArray[np.int32]) -> Bytes:
    codes: Bytes = row.entries.columns.codes[places]
    return codes


def _run(rows: Sequence[_Rows], number: int) -> Run:
    starts = [row.starts_us for row in rows]
    torn = [row.torn for row in rows]
    return Run(
        starts_us=np.concatenate(starts) if starts else np.empty(0, dtype=np.int64),
        torn=np.flatnonzero(np.concatenate(torn)) if torn else np.empty(0, dtype=np.int64),
        number=number,
    )


def hour_reach_us(start_us: int) -> int:
    """Where a ledger begins that is asked for from ``start_us`` on: at a whole hour, so that there are few beginnings."""
    return max(0, start_us - start_us % HOUR_US)


def numbers_to_come(reach_us: int) -> tuple[int, int]:
    """MEDIA-SEQUENCE and discontinuity sequence at the head of a playlist whose first entry is to come, behind a tag."""
    return reach_us // _FIRST_SEQUENCE_US, max(0, reach_us // _FIRST_NUMBER_US - 1)
