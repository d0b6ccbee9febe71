"""What of a quality is in a range of time, and what its files are like: looked at in a bounded number of hours.

Whether there is anything is exact, over all hours: by what is recorded there and is media, not by folders. What it is like is
told by all hours of a short range, and of a long one by hours that are spread evenly over it, the first and the last
among them.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from longtake.adapters.store.interface import SegmentStore
from longtake.core.fixed_range import stretches_of
from longtake.core.hour_entries import HourEntries
from longtake.core.measured_hours import Measured, MeasuredHour, in_a_row, measured_hour
from longtake.core.playlist_range import Stretch
from longtake.core.times import HOUR_US, hour_start_us

Run = Sequence[Stretch]
"""Stretches of hours that follow each other."""
_One = TypeVar("_One")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """Never of nothing. ``independent``: all of the range was looked at, and each segment begins with a picture that needs
    no other; and there is no hole, into which others may come."""

    channel: str
    quality: str
    runs: Sequence[Run]
    independent: bool = False


class Looks:
    """Keeps what it measured for as long as the store keeps the hour."""

    def __init__(self, store: SegmentStore) -> None:
        self._store = store
        self._known: weakref.WeakKeyDictionary[HourEntries, tuple[int, MeasuredHour]] = (
            weakref.WeakKeyDictionary()
        )
        """With the size of the facts then: they come after the file."""
        self._one_at_a_time = asyncio.Lock()
        """Many may open a page at once, and reading facts is work for the processor."""

    async def in_range(
        self, channel: str, quality: str, *, start_us: int, end_us: int, most_hours: int
    ) -> Look | None:
        """At what begins before ``end_us`` and ends after ``start_us``; None if nothing does."""
        hours = [
            hour
            for hour in await self._store.hours(channel, quality)
            if hour_start_us(hour) + HOUR_US > start_us and hour_start_us(hour) < end_us
        ]
        if len(hours) > most_hours:
            found = [
                await self._hour(channel, quality, hour, start_us, end_us)
                for hour in spread(hours, most_hours)
            ]
            if runs := [run for run in found if run]:
                return Look(channel=channel, quality=quality, runs=runs)
        joined = await self._store.joined(channel, quality, start_us=start_us, end_us=end_us)
        run, _ = stretches_of(joined)
        if len(run) > most_hours:
            return Look(channel=channel, quality=quality, runs=[[one] for one in spread(run, most_hours)])
        independent = all(one.entries.independent for one in run) and next(joined.gaps(), None) is None
        return Look(channel=channel, quality=quality, runs=[run], independent=independent) if run else None

    async def newest_end_us(self, channel: str, quality: str, *, latest_us: int) -> int | None:
        """Where the newest ends of what begins before ``latest_us``."""
        for hour in reversed(await self._store.hours(channel, quality)):
            run = await self._hour(channel, quality, hour, 0, latest_us)
            if run:
                return int(run[-1].entries.ends_us[run[-1].last - 1])
        return None

    async def measured(self, look: Look) -> list[Measured]:
        """For each run what facts say of it."""
        hours = {stretch.entries for run in look.runs for stretch in run}
        known = await self._measured_hours(look, sorted(hours, key=lambda entries: entries.columns.hour))
        return [
            in_a_row([known[stretch.entries].part(stretch.first, stretch.last) for stretch in run])
            for run in look.runs
        ]

    async def _hour(self, channel: str, quality: str, hour: str, start_us: int, end_us: int) -> Run:
        """What begins in that hour, as far as it is in the range."""
        begin_us = hour_start_us(hour)
        start_us, end_us = max(start_us, begin_us), min(end_us, begin_us + HOUR_US)
        if start_us >= end_us:
            return ()
        joined = await self._store.joined(channel, quality, start_us=start_us, end_us=end_us)
        stretches, _ = stretches_of(joined)
        return [stretch for stretch in stretches if stretch.entries.columns.hour == hour]

    async def _measured_hours(
        self, look: Look, hours: Sequence[HourEntries]
    ) -> dict[HourEntries, MeasuredHour]:
        names = [entries.columns.hour for entries in hours]
        stamps = await self._store.stamps(look.channel, look.quality, names)
        known = {}
        for entries, stamp in zip(hours, stamps, strict=True):
            measured = self._still(entries, stamp.facts_bytes)
            known[entries] = measured or await self._measure(look, entries, stamp.facts_bytes)
        return known

    def _still(self, entries: HourEntries, facts_bytes: int) -> MeasuredHour | None:
        """What is kept, if no facts have come since."""
        known_bytes, measured = self._known.get(entries, (-1, None))
        return measured if known_bytes == facts_bytes else None

    async def _measure(self, look: Look, entries: HourEntries, facts_bytes: int) -> MeasuredHour:
        async with self._one_at_a_time:
            measured = self._still(entries, facts_bytes)  # another request may have measured it meanwhile
            if measured is None:
                facts = await self._store.facts(look.channel, look.quality, [entries.columns.hour])
                measured = await asyncio.to_thread(measured_hour, entries, facts)
                self._known[entries] = facts_bytes, measured
            return measured


def spread(all_of_them: Sequence[_One], most: int) -> list[_One]:
    """At most so many (two at least), evenly, the first and the last among them."""
    last = len(all_of_them) - 1
    if last < most:
        return list(all_of_them)
    return [all_of_them[place * last // (most - 1)] for place in range(most)]
