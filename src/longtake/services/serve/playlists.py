"""``/playlist``: any past or live range as HLS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import check_order, optional_duration, optional_time_us, path_part
from longtake.core.errors import InvalidTime, NotFound
from longtake.core.facts import SegmentFacts
from longtake.core.hls.render import render_media
from longtake.core.ledger import FUTURE_US, Entry, extend, number, settled
from longtake.core.master_playlist import RecordedSegment
from longtake.core.names import CHAT
from longtake.core.playlists import media_playlist
from longtake.core.segment_columns import SegmentColumns
from longtake.core.segments import Segment
from longtake.core.timeline import hours_needed
from longtake.core.times import HOUR_US, SECOND_US, hour_start_us
from longtake.kit.clock import Clock
from longtake.services.serve.ranges import HLS_HEADERS, HLS_TYPE, RangePlaylists
from longtake.services.serve.targets import Targets

LONGEST_IMPLICIT_US = 12 * HOUR_US
"""The longest range that a request may mean without naming both its ends."""
_DEFAULT_WINDOW_US = 60 * SECOND_US
_MEASURED_US = 120 * SECOND_US
_MANY = 2000
"""Playlists with more entries are made in a thread: they take longer than other requests should wait."""
_CLOSELY_US = 2 * HOUR_US
"""So much of a range that grows is looked at segment by segment: what is older is not held back."""
_MOST_HOURS = 62 * 24
_MOST_REMEMBERED = 1000
"""Growing playlists of which it is known that they follow the ledger."""


Made = TypeVar("Made")


class _Place(NamedTuple):
    channel: str
    quality: str


class Playlists:
    """Media playlists. ``recent_cutoff_us``: a range that ended longer ago is taken for finished."""

    def __init__(
        self,
        store: SegmentStore,
        ranges: RangePlaylists,
        targets: Targets,
        clock: Clock,
        *,
        recent_cutoff_us: int,
    ) -> None:
        self._store = store
        self._targets = targets
        self._ranges = ranges
        self._clock = clock
        self._recent_cutoff_us = recent_cutoff_us
        self._by_ledger: dict[tuple[_Place, int], None] = {}

    def routes(self) -> list[Route]:
        """``/playlist/CH/Q.m3u8``."""
        return [
            Route("/playlist/{channel}/{quality}.m3u8", self.media),
        ]

    async def media(self, request: Request) -> Response:
        """Live (no times), growing (``start``), up to ``end``, or a fixed range."""
        place = _Place(path_part(request, "channel"), path_part(request, "quality"))
        start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
        check_order(start_us, end_us)
        window_us = _window_us(request)
        hours = await self._store.hours(*place)
        if not hours or place.quality == CHAT:
            raise NotFound(f"nothing of {place.channel}/{place.quality} is recorded")
        if start_us is None and end_us is None:
            return _hls(await self._live(place, hours, window_us))
        if end_us is None:
            start_us = start_us or 0
            _check_length(hours, start_us, self._clock.now_us())
            return await self._growing(request, place, hours, start_us)
        start_us = _earliest_us(hours, end_us) if start_us is None else start_us
        _check_length(hours, start_us, end_us)
        if end_us > self._clock.now_us() - self._recent_cutoff_us:
            return await self._unsettled(request, place, hours, start_us, end_us)
        return await self._ranges.answer(request, *place, start_us=start_us, end_us=end_us, ended=True)

    async def _growing(self, request: Request, place: _Place, hours: list[str], start_us: int) -> Response:
        """What live viewers were shown from ``start_us`` on, so that late segments and removed files change no number.

        Where that is not in the ledger, the timeline itself.
        """
        try:
            shown = await self._extended(place, hours)
        except NotFound:  # nothing is recorded but in a future
            shown = []
        if not await self._is_in_ledger(place, shown, start_us):
            return await self._unsettled(request, place, hours, start_us, self._clock.now_us() + FUTURE_US)
        entries = await self._with_files(place, hours, _from(shown, start_us))
        return _hls(await self._unfinished(place, hours, entries, after=shown[-1]))

    async def _is_in_ledger(self, place: _Place, shown: Sequence[Entry], start_us: int) -> bool:
        """Whether the ledger has all from ``start_us`` on. That stays so when it forgets its beginning."""
        if not shown:
            return False
        first_us, known = shown[0].segment.start_us, (place, start_us)
        if start_us >= first_us:
            self._by_ledger.pop(known, None)
        elif known not in self._by_ledger and not await self._is_first(place, start_us, shown[0].segment):
            return False
        self._by_ledger[known] = None
        if len(self._by_ledger) > _MOST_REMEMBERED:
            del self._by_ledger[next(iter(self._by_ledger))]
        return True

    async def _is_first(self, place: _Place, start_us: int, segment: Segment) -> bool:
        """Whether nothing comes before the segment, from ``start_us`` on, and nothing may be on its way."""
        joined = await self._store.joined(*place, start_us=start_us, end_us=segment.start_us + 1)
        if len(joined) != 1:
            return False
        timeline = joined.timeline()
        facts = await self._facts(place, timeline.segments)
        fresh = settled(timeline, facts, now_us=self._clock.now_us(), reached_us=start_us)
        return fresh.segments == (segment,)

    async def _unsettled(
        self, request: Request, place: _Place, hours: list[str], start_us: int, end_us: int
    ) -> Response:
        """A range that only grows at its end, counted from 0. Of a long one, only the end is looked at closely."""
        if end_us <= start_us:  # it grows from a moment that is not recorded yet
            return _hls(await self._unfinished(place, hours, ()))
        close_us = max(start_us, end_us - _CLOSELY_US)
        timeline = await self._store.timeline(*place, start_us=close_us, end_us=end_us)
        facts = await self._facts(place, timeline.segments)
        reached_us = start_us if close_us == start_us else None
        fresh = settled(timeline, facts, now_us=self._clock.now_us(), reached_us=reached_us)
        if close_us == start_us:
            return _hls(await self._unfinished(place, hours, number(fresh, facts)))
        held_back = timeline.segments[len(fresh.segments) :]
        return await self._ranges.answer(
            request,
            *place,
            start_us=start_us,
            end_us=held_back[0].start_us if held_back else end_us,
            ended=False,
        )

    async def _live(self, place: _Place, hours: list[str], window_us: int) -> str:
        """The last of what live viewers were shown, after appending what is new."""
        shown = await self._extended(place, hours)
        first_us = shown[-1].segment.end_us - window_us if shown else 0
        entries = await self._with_files(place, hours, _from(shown, first_us))
        return await self._unfinished(place, hours, entries, after=shown[-1] if shown else None)

    async def _unfinished(
        self, place: _Place, hours: list[str], entries: Sequence[Entry], *, after: Entry | None = None
    ) -> str:
        """A playlist that goes on; without entries it stands behind the one that it comes ``after``.

        TARGETDURATION: see ``Targets``.
        """
        if entries:
            facts = await self._facts(place, [entry.segment for entry in entries])
        else:
            facts = {facts.name: facts for _, facts in await self._recent(place, hours)}
        least_target_s = self._targets.least_s(*place)

        def made() -> tuple[int, str]:
            playlist = media_playlist(
                entries,
                facts,
                url_of=_urls_of(place),
                ended=False,
                least_target_s=least_target_s,
                after=after,
            )
            return playlist.target_duration_s, render_media(playlist)

        target_s, text = await _without_delay(made, len(entries))
        self._targets.raise_to(target_s, *place)
        return text

    async def _extended(self, place: _Place, hours: list[str]) -> list[Entry]:
        """The ledger, with all that may be appended now."""
        now_us = self._clock.now_us()
        newest_us = await self._newest_end_us(place, hours)
        if newest_us is None:
            raise NotFound(f"nothing of {place.channel}/{place.quality} is recorded")
        before = await self._store.shown(*place, lambda last: ())
        reached = next((entry for entry in reversed(before) if not _is_future(entry.segment, now_us)), None)
        start_us = newest_us - LONGEST_IMPLICIT_US
        if reached is not None:
            start_us = max(start_us, reached.segment.start_us)
        elif before:
            start_us = newest_us - _DEFAULT_WINDOW_US
        end_us = max(min(newest_us, now_us + FUTURE_US), start_us + 1)
        timeline = await self._store.timeline(*place, start_us=start_us, end_us=end_us)
        facts = await self._facts(place, timeline.segments)

        def more(last: Entry | None) -> tuple[Entry, ...]:
            if last is None:
                # Should the ledger get lost, numbers that begin at the clock still do not go back.
                fresh = settled(timeline, facts, now_us=now_us)
                return number(fresh, facts, first_sequence=start_us // SECOND_US)
            reached_us, after_us = last.segment.end_us, None
            if _is_future(last.segment, now_us):
                reached_us = after_us = start_us if reached is None else reached.segment.end_us
            fresh = settled(timeline, facts, now_us=now_us, reached_us=reached_us)
            return extend(last, fresh, facts, after_us=after_us)

        return await self._store.shown(*place, more)

    async def _newest_end_us(self, place: _Place, hours: list[str]) -> int | None:
        """The live edge; None if nothing is recorded, or only in the future."""
        now_us = self._clock.now_us()
        for hour in reversed(hours):
            if hour_start_us(hour) > now_us + FUTURE_US:
                continue
            segments = (await self._store.listing(*place, hour)).segments
            ends_us = segments.ends_us()[segments.starts_us <= now_us + FUTURE_US]
            if len(ends_us):
                return int(ends_us.max())
        return None

    async def _with_files(self, place: _Place, hours: list[str], entries: Sequence[Entry]) -> Sequence[Entry]:
        """Without those at the front whose files are gone: removed by age.

        At the front only, so that the numbers of those that stay follow each other (RFC 8216 6.2.2).
        """
        listed: dict[str, SegmentColumns | None] = {}
        for index, entry in enumerate(entries):
            segment = entry.segment
            if segment.hour not in listed:
                there = segment.hour in hours
                listed[segment.hour] = (
                    (await self._store.listing(*place, segment.hour)).segments if there else None
                )
            segments = listed[segment.hour]
            if segments is not None and segments.has(segment):
                return entries[index:]
        return ()

    async def _recent(self, place: _Place, hours: list[str]) -> list[RecordedSegment]:
        """The newest segments of which there are facts, to measure bit rates by."""
        newest_us = await self._newest_end_us(place, hours)
        if newest_us is None:
            return []
        timeline = await self._store.timeline(*place, start_us=newest_us - _MEASURED_US, end_us=newest_us)
        facts = await self._facts(place, timeline.segments)
        return [(segment, facts[segment.name]) for segment in timeline.segments if segment.name in facts]

    async def _facts(self, place: _Place, segments: Sequence[Segment]) -> Mapping[str, SegmentFacts]:
        hours = sorted({segment.hour for segment in segments})
        return await self._store.facts(*place, hours)


async def _without_delay(make: Callable[[], Made], entries: int) -> Made:
    """What ``make`` makes of that many entries, without holding up other requests."""
    return await asyncio.to_thread(make) if entries > _MANY else make()


def _from(shown: Sequence[Entry], start_us: int) -> Sequence[Entry]:
    """The end of what was shown, as far as all of it reaches over ``start_us``."""
    front = len(shown)
    while front and shown[front - 1].segment.end_us > start_us:
        front -= 1
    return shown[front:]


def _is_future(segment: Segment, now_us: int) -> bool:
    return segment.start_us > now_us + FUTURE_US


def _earliest_us(hours: list[str], end_us: int) -> int:
    first_us = hour_start_us(hours[0])
    if end_us - first_us > LONGEST_IMPLICIT_US:
        raise InvalidTime(
            f"from the earliest recording to end is over {LONGEST_IMPLICIT_US // HOUR_US} h; give a start"
        )
    return first_us


def _check_length(hours: list[str], start_us: int, end_us: int) -> None:
    """All hours of a playlist are in memory while it is sent. Raises InvalidTime."""
    if len(hours_needed(hours, start_us=start_us, end_us=end_us)) > _MOST_HOURS:
        raise InvalidTime(f"a playlist has at most {_MOST_HOURS} recorded hours; ask for less at once")


def _window_us(request: Request) -> int:
    span = optional_duration(request, "window")
    if span is None:
        return _DEFAULT_WINDOW_US
    window_us = round(span.total_seconds() * SECOND_US)
    if not 0 < window_us <= LONGEST_IMPLICIT_US:
        raise InvalidTime(
            f"window: a live playlist reaches back at most {LONGEST_IMPLICIT_US // HOUR_US} h, and not 0"
        )
    return window_us


def _urls_of(place: _Place) -> Callable[[Segment], str]:
    folder = f"../../segments/{_quoted(place.channel)}/{_quoted(place.quality)}"
    return lambda segment: f"{folder}/{_quoted(segment.hour)}/{_quoted(segment.name)}"


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _hls(text: str) -> Response:
    return Response(text, media_type=HLS_TYPE, headers=HLS_HEADERS)
