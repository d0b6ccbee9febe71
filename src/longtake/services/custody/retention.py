"""Removes what is older than it is to be kept: whole hours, and of the hour that the limit lies in, segment by segment.

Ages are counted from the quality's newest recording, or from now should that lie in the future: a clock that jumps
forward must not delete everything. So the last recordings of a quality that is no longer recorded stay.

============================  =======================================  ==============================
failed at                     state left                               who acts
============================  =======================================  ==============================
listing a channel or quality  nothing of it is removed                 the next pass
removing a segment            it stays, with its facts                 the next pass
removing an hour              what could be removed is gone            the next pass
============================  =======================================  ==============================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import LongtakeError
from longtake.core.listing import HourListing
from longtake.core.names import CHAT
from longtake.core.times import HOUR_US, SECOND_US, format_us, hour_start_us
from longtake.kit.clock import Clock

_SOONEST_S, _LATEST_S = 10, 60
_PART_OF_KEPT = 600
"""A pass lists hours: it may come late by so small a part of what is kept anyway, but not by more than a minute."""
_CLOCK_MAY_DRIFT_US = 300 * SECOND_US

_log = structlog.get_logger()


@dataclass(slots=True)
class _Pass:
    """What one pass over one quality did."""

    removed: int = 0
    failed: int = 0
    reason: str = ""

    def fail(self, error: LongtakeError) -> None:
        """Notes what could not be removed; the first reason is told."""
        self.failed += 1
        self.reason = self.reason or str(error)


class Retention:
    """Runs until cancelled. ``keep_us``: a segment goes once its end is longer ago than this."""

    def __init__(
        self, store: SegmentStore, clock: Clock, *, keep_us: int, registry: CollectorRegistry
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep_us = keep_us
        self._every_s = min(_LATEST_S, max(_SOONEST_S, keep_us / SECOND_US / _PART_OF_KEPT))
        self._removed = Counter(
            "longtake_retention_removed_segments", "Segments removed by age", registry=registry
        )
        self._failed = Counter(
            "longtake_retention_failures",
            "Files, hours and qualities that could not be removed or looked at",
            registry=registry,
        )
        self._count = 0
        self._clock_offset_us: int | None = None
        self._clock_is_trusted = True

    async def run(self) -> None:
        """One pass after the other, for ever."""
        while True:
            await self.once()
            await self._clock.sleep(self._every_s)

    def details(self) -> dict[str, object]:
        """For the status."""
        return {"removed": self._count}

    async def once(self) -> int:
        """One pass over all channels; how many segments went. What fails is logged and left for the next pass."""
        removed = 0
        if self._clock_has_jumped():
            return 0
        try:
            channels = await self._store.channels()
        except LongtakeError as error:
            self._skip(error)
            return 0
        for channel in channels:
            try:
                qualities = await self._store.qualities(channel)
            except LongtakeError as error:
                self._skip(error, channel=channel)
                continue
            for quality in qualities:
                if quality != CHAT:
                    removed += await self._prune(channel, quality)
        return removed

    def _clock_has_jumped(self) -> bool:
        """Whether the wall clock went another way than time itself since the start. Then no age is sure.

        The recorder dates undated streams by the same clock, so that the newest recording is no help.
        """
        offset_us = self._clock.now_us() - round(self._clock.monotonic_s() * SECOND_US)
        if self._clock_offset_us is None:
            self._clock_offset_us = offset_us
        trusted = abs(offset_us - self._clock_offset_us) <= _CLOCK_MAY_DRIFT_US
        if not trusted and self._clock_is_trusted:
            _log.error(
                "the clock has jumped: nothing is removed until it is back, or this process starts again"
            )
        self._clock_is_trusted = trusted
        return not trusted

    def _skip(self, error: LongtakeError, **place: str) -> None:
        self._failed.inc()
        _log.warning("retention passes over what it cannot list", reason=str(error), **place)

    async def _prune(self, channel: str, quality: str) -> int:
        done = _Pass()
        try:
            hours = await self._store.hours(channel, quality)
            oldest_us = await self._newest_end_us(channel, quality, hours) - self._keep_us if hours else 0
        except LongtakeError as error:
            self._skip(error, channel=channel, quality=quality)
            return 0
        for hour in hours:
            if hour_start_us(hour) > oldest_us:
                break
            await self._prune_hour(channel, quality, hour, oldest_us, done)
        self._tell(channel, quality, oldest_us, done)
        return done.removed

    async def _newest_end_us(self, channel: str, quality: str, hours: Sequence[str]) -> int:
        """From when ages are counted. Where there is no segment, the hours themselves are what is recorded."""
        now_us = self._clock.now_us()
        for hour in reversed(hours):
            segments = (await self._store.listing(channel, quality, hour)).segments
            if segments:
                return min(now_us, int(segments.ends_us().max()))
        return min(now_us, hour_start_us(hours[-1]) + HOUR_US)

    async def _prune_hour(self, channel: str, quality: str, hour: str, oldest_us: int, done: _Pass) -> None:
        try:
            listing = await self._store.listing(channel, quality, hour)
            if _reaches_to_us(listing) <= oldest_us:
                await self._store.remove_hour(channel, quality, hour)
                done.removed += len(listing.segments)
                return
        except LongtakeError as error:
            done.fail(error)
            return
        for row in (listing.segments.ends_us() < oldest_us).nonzero()[0].tolist():
            segment = listing.segments[row]
            try:
                await self._store.remove(channel, quality, segment)
            except LongtakeError as error:
                done.fail(error)
            else:
                done.removed += 1

    def _tell(self, channel: str, quality: str, oldest_us: int, done: _Pass) -> None:
        self._count += done.removed
        self._removed.inc(done.removed)
        self._failed.inc(done.failed)
        log = _log.bind(channel=channel, quality=quality, before=format_us(oldest_us))
        if done.failed:
            log.warning("cannot remove what is too old", failed=done.failed, reason=done.reason)
        if done.removed:
            log.debug("removed by age", segments=done.removed)


def _reaches_to_us(listing: HourListing) -> int:
    """The end of an hour and of what is in it: its last segment may reach into the next."""
    hour_end_us = hour_start_us(listing.hour) + HOUR_US
    return max(hour_end_us, int(listing.segments.ends_us().max(initial=0)))
