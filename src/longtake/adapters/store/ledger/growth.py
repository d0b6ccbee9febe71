"""How the ledgers of a channel grow: at their ends with what is new and settled, at their beginnings when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from longtake.adapters.store.ledger.quality_ledger import QualityLedger
from longtake.adapters.store.ledger.recorded import RecordedChannel
from longtake.core.fixed_range import stretches_of
from longtake.core.ledger import (
    FUTURE_US,
    Coming,
    LedgerHour,
    extended,
    from_where_us,
    goes_on,
    hour_reach_us,
    reached_back,
    settled_count,
)
from longtake.core.numbering import Break
from longtake.core.playlist_range import Stretch
from longtake.core.qualities import audio_of
from longtake.core.segments import Segment
from longtake.core.timeline import JOIN_GAP_US, JoinedHours
from longtake.core.times import HOUR_US, SECOND_US, hour_start_us

_CLOSELY_US = 2 * HOUR_US
"""What is older than that behind the newest is not on its way any more."""
_FARTHEST_US = 1500 * HOUR_US
"""So far before the first recording a ledger may begin: who asks from 1970 on would have its numbers begin at 0."""
_AFTER_FUTURE_US = 60 * SECOND_US

Ledgers = Mapping[str, QualityLedger]
"""Of all qualities of a channel, by name; refreshed."""


class Growth:
    """Of the ledgers of one channel, at one moment."""

    def __init__(self, recorded: RecordedChannel, ledgers: Ledgers, *, now_us: int) -> None:
        self._recorded = recorded
        self._ledgers = ledgers
        self._now_us = now_us
        self._held_us: dict[str, int] = {}
        """By quality, where a hole begins that is still waited for."""

    def extend(self, start_us: int | None, window_us: int) -> None:
        """Appends what is new. A ledger that begins now does so as far back as is asked for (see ``ChannelLedger.shown``)."""
        edges_us = {
            quality: edge_us for quality in self._ledgers if (edge_us := self._edge_us(quality)) is not None
        }
        if not edges_us:
            return
        begins_us = reach_us(self._ledgers)
        if begins_us is None:
            begins_us = self._back_us(max(edges_us.values()) - window_us if start_us is None else start_us)
        coming = {
            quality: one
            for quality, edge_us in edges_us.items()
            if (one := self._coming(quality, edge_us, begins_us)) is not None and one.stretches
        }
        coming = {
            quality: replace(one, stretches=stretches, torn=one.torn[: len(stretches)])
            for quality, one in coming.items()
            if (stretches := self._with_its_sound(quality, one.stretches))
        }
        if coming:
            self._append(coming, begins_us)

    def reach_back(self, start_us: int) -> None:
        """Puts what is recorded from ``start_us`` on before the beginning of all ledgers, if that is later."""
        begins_us = reach_us(self._ledgers)
        if begins_us is None or start_us >= begins_us:
            return
        back_us = self._back_us(start_us)
        if back_us >= begins_us:
            return
        firsts = {quality: ledger.oldest for quality, ledger in self._ledgers.items()}
        coming = {
            quality: self._earlier(quality, first, back_us, begins_us) for quality, first in firsts.items()
        }
        found = reached_back(coming, firsts, reach_us=back_us, target_s=target_s(self._ledgers))
        for quality, hours in found.items():
            self._ledgers[quality].put_before(hours)

    def _back_us(self, start_us: int) -> int:
        """Where ledgers reach back to for a start: not endlessly far before all that is recorded, since numbers begin there."""
        earliest_us = min(
            (hour_start_us(hours[0]) for each in self._ledgers if (hours := self._recorded.hours(each))),
            default=start_us,
        )
        return max(hour_reach_us(start_us), earliest_us - _FARTHEST_US)

    def _edge_us(self, quality: str) -> int | None:
        """The live edge; None if nothing is recorded, or only in the future."""
        latest_us = self._now_us + FUTURE_US
        for hour in reversed(self._recorded.hours(quality)):
            if hour_start_us(hour) > latest_us:
                continue
            segments = self._recorded.listing(quality, hour).segments
            ends_us = segments.ends_us()[segments.starts_us <= latest_us]
            if len(ends_us):
                return int(ends_us.max())
        return None

    def _append(self, coming: Mapping[str, Coming], begins_us: int) -> None:
        since_us = min(_start_us(one.stretches[0]) for one in coming.values())
        known = [each for ledger in self._ledgers.values() for each in _breaks_since(ledger, since_us)]
        grown = extended(coming, known=known, target_s=target_s(self._ledgers), reach_us=begins_us)
        for quality, hours in grown.items():
            ledger = self._ledgers[quality]
            before = ledger.newest
            ledger.go_on(hours)
            recorded = self._recorded.hours(quality)
            if recorded and (before is None or before.hour != hours[-1].hour):
                with suppress(OSError):  # the next time
                    ledger.forget_before(recorded[0])

    def _coming(self, quality: str, edge_us: int, begins_us: int) -> Coming | None:
        newest = self._ledgers[quality].newest
        last = newest if newest is not None and len(newest) else None
        place = self._place(quality, last, edge_us, begins_us)
        end_us = max(min(edge_us, self._now_us + FUTURE_US), place.look_us + 1)
        joined = self._recorded.joined(quality, start_us=place.look_us, end_us=end_us)
        stretches, torn = _from(joined, place.from_us)
        if not stretches:
            return None
        if last is not None:
            torn[0] |= place.before is None or not goes_on(last, _start_us(stretches[0]))
        stretches = self._settled(quality, stretches, edge_us, place)
        return Coming(last=last, stretches=stretches, torn=torn[: len(stretches)], target_s=_stated_s(joined))

    def _place(self, quality: str, last: LedgerHour | None, edge_us: int, begins_us: int) -> _Place:
        if last is None:
            return _Place(look_us=begins_us, from_us=0, reached_us=begins_us, before=None)
        last_us = int(last.entries.starts_us[-1])
        if last_us > self._now_us + FUTURE_US:
            back_us = _before_future_us(self._ledgers[quality], self._now_us, edge_us)
            return _Place(look_us=back_us, from_us=back_us, reached_us=back_us, before=None)
        return _Place(
            look_us=last_us,
            from_us=from_where_us(last),
            reached_us=last.end_us,
            before=last.entries.columns[len(last) - 1],
        )

    def _settled(self, quality: str, stretches: list[Stretch], edge_us: int, place: _Place) -> list[Stretch]:
        """Up to the first young hole. Most have no hole at all, and nothing has to be known of them."""
        starts_us = np.concatenate([each.entries.starts_us[each.first : each.last] for each in stretches])
        ends_us = np.concatenate([each.entries.ends_us[each.first : each.last] for each in stretches])
        before_us = np.maximum.accumulate(np.concatenate(([place.reached_us], ends_us)))[:-1]
        holes = np.flatnonzero((starts_us - before_us > JOIN_GAP_US) & (starts_us > edge_us - _CLOSELY_US))
        if not len(holes):
            return stretches
        at = int(holes[0])
        segments, before = _segments(stretches, max(0, at - 1)), place.before
        if at:
            before, segments = segments[0], segments[1:]
        known = segments if before is None else [before, *segments]
        count = settled_count(
            segments,
            self._recorded.facts(quality, sorted({one.hour for one in known})),
            now_us=self._now_us,
            reached_us=int(before_us[at]),
            before=before,
        )
        if at + count < len(starts_us):
            self._held_us[quality] = int(before_us[at + count])
        return _first_of(stretches, at + count)

    def _with_its_sound(self, quality: str, stretches: Sequence[Stretch]) -> Sequence[Stretch]:
        """Pictures and their sound wait for each other: no player shows the one without the other.

        Who begins to play just then would find other discontinuity numbers in the one that went on; hls.js stops at that.
        """
        held_us = [self._held_us[other] for other in self._held_us if _pictures(other) == _pictures(quality)]
        return _begun_before(stretches, min(held_us)) if held_us else stretches

    def _earlier(self, quality: str, first: LedgerHour | None, back_us: int, begins_us: int) -> Coming:
        until_us = begins_us if first is None else _begins_us(first)
        joined = self._recorded.joined(quality, start_us=back_us, end_us=max(until_us, back_us + 1))
        stretches, torn = stretches_of(joined)
        if first is not None:
            stretches = _before(stretches, first)
        return Coming(last=None, stretches=stretches, torn=torn[: len(stretches)], target_s=_stated_s(joined))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a ledger goes on: the timeline is looked at from ``look_us`` on, entries begin at ``from_us`` or later.

    ``reached_us`` is where the entry ``before`` ends; without one, where a hole begins.
    """

    look_us: int
    from_us: int
    reached_us: int
    before: Segment | None


def reach_us(ledgers: Ledgers) -> int | None:
    """Where they begin; None if there is none."""
    oldest = [first for ledger in ledgers.values() if (first := ledger.oldest) is not None]
    return min((first.head.reach_us for first in oldest), default=None)


def target_s(ledgers: Ledgers) -> int:
    """TARGETDURATION of all of them: it must be the same in all variants of a master playlist (RFC 8216 6.2.4)."""
    ends = [
        hour for ledger in ledgers.values() for hour in (ledger.newest, ledger.oldest) if hour is not None
    ]
    return max((hour.target_s for hour in ends), default=0)


def _from(joined: JoinedHours, from_us: int) -> tuple[list[Stretch], list[bool]]:
    """What begins at a time, or later."""
    stretches, torn = stretches_of(joined)
    kept: list[Stretch] = []
    kept_torn: list[bool] = []
    for stretch, is_torn in zip(stretches, torn, strict=True):
        at = int(np.searchsorted(stretch.entries.starts_us, from_us, side="left"))
        first = max(stretch.first, at)
        if first < stretch.last:
            kept.append(Stretch(entries=stretch.entries, first=first, last=stretch.last))
            kept_torn.append(is_torn and first == stretch.first)
    return kept, kept_torn


def _before(stretches: list[Stretch], first: LedgerHour) -> list[Stretch]:
    """What ends before an hour of the ledger begins.

    What reaches over that would come to stand before the first entry of those who asked for just that time.
    """
    kept = []
    for stretch in stretches:
        ends_us = stretch.entries.ends_us
        last = min(stretch.last, int(np.searchsorted(ends_us, _begins_us(first), side="right")))
        if last > stretch.first:
            kept.append(Stretch(entries=stretch.entries, first=stretch.first, last=last))
    return kept


def _begun_before(stretches: Sequence[Stretch], until_us: int) -> list[Stretch]:
    kept = []
    for stretch in stretches:
        last = min(stretch.last, int(np.searchsorted(stretch.entries.starts_us, until_us, side="left")))
        if last > stretch.first:
            kept.append(Stretch(entries=stretch.entries, first=stretch.first, last=last))
    return kept


def _pictures(quality: str) -> str:
    """What a quality is played with, if it is sound."""
    return (audio_of(quality) or (quality,))[0]


def _first_of(stretches: list[Stretch], count: int) -> list[Stretch]:
    kept = []
    for stretch in stretches:
        taken = min(count, stretch.last - stretch.first)
        count -= taken
        if taken:
            kept.append(Stretch(entries=stretch.entries, first=stretch.first, last=stretch.first + taken))
    return kept


def _segments(stretches: list[Stretch], skipped: int) -> list[Segment]:
    """As values, without so many at the front."""
    found = []
    for stretch in stretches:
        length = stretch.last - stretch.first
        if skipped >= length:
            skipped -= length
            continue
        rows = stretch.entries.rows[stretch.first + skipped : stretch.last].tolist()
        found += [stretch.entries.columns[row] for row in rows]
        skipped = 0
    return found


def _breaks_since(ledger: QualityLedger, since_us: int) -> Iterator[Break]:
    """Those of a quality from that time on, and what its number was then."""
    for hour in ledger.hours_back():
        if not len(hour):
            return
        starts_us = hour.entries.starts_us
        for place in hour.entries.torn.tolist():
            if starts_us[place] >= since_us:
                yield Break(start_us=int(starts_us[place]), number=hour.number_at(place))
        at = int(np.searchsorted(starts_us, since_us, side="left"))
        if at:
            yield Break(start_us=int(starts_us[at - 1]), number=hour.number_at(at - 1))
            return
        yield Break(start_us=int(starts_us[0]), number=hour.head.number)


def _before_future_us(ledger: QualityLedger, now_us: int, edge_us: int) -> int:
    """Where the last entry ends that does not lie in a future which a clock set right has taken back."""
    for hour in ledger.hours_back():
        ends_us = hour.entries.ends_us[hour.entries.starts_us <= now_us + FUTURE_US]
        if len(ends_us):
            return int(ends_us[-1])
    return edge_us - _AFTER_FUTURE_US


def _start_us(stretch: Stretch) -> int:
    return int(stretch.entries.starts_us[stretch.first])


def _begins_us(hour: LedgerHour) -> int:
    """Where it reaches back to, or its first entry, if that begins before."""
    return min(hour.head.reach_us, int(hour.entries.starts_us[0])) if len(hour) else hour.head.reach_us


def _stated_s(joined: JoinedHours) -> int:
    """TARGETDURATION, as the source had it."""
    return max((part.hour.content.notes.target_duration_s for part in joined.parts), default=0)
