"""``/playlist``: any past or live range as HLS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import InvalidTime, NotFound
from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MediaPlaylist
from longtake.core.hls.render import render_master, render_media
from longtake.core.ledger import Entry, extend, number
from longtake.core.names import CHAT
from longtake.core.playlists import RecordedSegment, master_playlist, media_playlist
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US, hour_start_us
from longtake.kit.clock import Clock
from longtake.services.serve.parameters import check_order, optional_duration, optional_time_us, path_part

HLS_TYPE = "application/vnd.apple.mpegurl"
LONGEST_IMPLICIT_US = 12 * HOUR_US
"""The longest range that a request may mean without naming both its ends."""
_DEFAULT_WINDOW_US = 60 * SECOND_US
_MEASURED_US = 120 * SECOND_US


@dataclass(frozen=True, slots=True)
class _Place:
    channel: str
    quality: str


class Playlists:
    """Master and media playlists. ``recent_cutoff_us``: a range that ended longer ago is taken for finished."""

    def __init__(self, store: SegmentStore, clock: Clock, *, recent_cutoff_us: int) -> None:
        self._store = store
        self._clock = clock
        self._recent_cutoff_us = recent_cutoff_us
        self._live_targets_s: dict[_Place, int] = {}

    def routes(self) -> list[Route]:
        """Master and media."""
        return [
            Route("/playlist/{channel}.m3u8", self.master),
            Route("/playlist/{channel}/{quality}.m3u8", self.media),
        ]

    async def master(self, request: Request) -> Response:
        """The qualities of a channel; those with nothing in the range asked for are left out."""
        channel = path_part(request, "channel")
        start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
        check_order(start_us, end_us)
        offered = []
        for quality in await self._store.qualities(channel):
            place = _Place(channel, quality)
            hours = [] if quality == CHAT else await self._store.hours(channel, quality)
            if hours and _touches(hours, start_us, end_us):
                offered.append((quality, _variant_uri(place, request), await self._recent(place, hours)))
        if not offered:
            raise NotFound(
                f"nothing of channel {channel!r} is recorded{' in this range' if start_us or end_us else ''}"
            )
        return _hls(render_master(master_playlist(offered)))

    async def media(self, request: Request) -> Response:
        """Live (no times), growing (``start``), up to ``end``, or a fixed range."""
        place = _Place(path_part(request, "channel"), path_part(request, "quality"))
        start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
        check_order(start_us, end_us)
        window_us = _window_us(request)
        hours = await self._store.hours(place.channel, place.quality)
        if not hours or place.quality == CHAT:
            raise NotFound(f"nothing of {place.channel}/{place.quality} is recorded")
        if start_us is None and end_us is None:
            playlist = await self._live_playlist(place, await self._live(place, hours, window_us))
        else:
            entries = await self._range(place, hours, start_us, end_us)
            ended = end_us is not None and end_us <= self._clock.now_us() - self._recent_cutoff_us
            playlist = await self._playlist(place, entries, ended=ended)
        return _hls(render_media(playlist))

    async def _live_playlist(self, place: _Place, entries: Sequence[Entry]) -> MediaPlaylist:
        """TARGETDURATION must not change (RFC 8216 6.2.1); while this process lives it at least never falls."""
        playlist = await self._playlist(place, entries, least_target_s=self._live_targets_s.get(place, 0))
        self._live_targets_s[place] = playlist.target_duration_s
        return playlist

    async def _playlist(
        self, place: _Place, entries: Sequence[Entry], *, ended: bool = False, least_target_s: int = 0
    ) -> MediaPlaylist:
        return media_playlist(
            entries,
            await self._facts(place, [entry.segment for entry in entries]),
            url_of=lambda segment: _segment_uri(place, segment),
            ended=ended,
            least_target_s=least_target_s,
        )

    async def _range(
        self, place: _Place, hours: list[str], start_us: int | None, end_us: int | None
    ) -> tuple[Entry, ...]:
        first_us, last_us = hour_start_us(hours[0]), hour_start_us(hours[-1]) + 2 * HOUR_US
        if start_us is None and end_us is not None and end_us - first_us > LONGEST_IMPLICIT_US:
            raise InvalidTime(
                f"from the earliest recording to end is over {LONGEST_IMPLICIT_US // HOUR_US} h; give a start"
            )
        start_us = first_us if start_us is None else start_us
        end_us = last_us if end_us is None else end_us
        if end_us <= start_us:  # it grows from a moment that is not recorded yet
            return ()
        timeline = await self._store.timeline(place.channel, place.quality, start_us=start_us, end_us=end_us)
        return number(timeline, await self._facts(place, timeline.segments))

    async def _live(self, place: _Place, hours: list[str], window_us: int) -> list[Entry]:
        """The last of what live viewers were shown, after appending what is new."""
        newest_us = await self._newest_end_us(place, hours)
        before = await self._store.shown(place.channel, place.quality, lambda last: ())
        start_us = newest_us - LONGEST_IMPLICIT_US
        if before:
            start_us = max(start_us, before[-1].segment.start_us)
        timeline = await self._store.timeline(
            place.channel, place.quality, start_us=start_us, end_us=max(newest_us, start_us + 1)
        )
        facts = await self._facts(place, timeline.segments)

        def more(last: Entry | None) -> tuple[Entry, ...]:
            # Should the ledger get lost, numbers that begin at the clock still do not go back.
            return (
                extend(last, timeline, facts)
                if last is not None
                else number(timeline, facts, first_sequence=start_us // SECOND_US)
            )

        shown = await self._store.shown(place.channel, place.quality, more)
        oldest_us = hour_start_us(hours[0])
        first_us = max(newest_us - window_us, oldest_us)
        return [entry for entry in shown if entry.segment.end_us > first_us]

    async def _newest_end_us(self, place: _Place, hours: list[str]) -> int:
        for hour in reversed(hours):
            listing = await self._store.listing(place.channel, place.quality, hour)
            if listing.segments:
                return max(segment.end_us for segment in listing.segments)
        raise NotFound(f"nothing of {place.channel}/{place.quality} is recorded")

    async def _recent(self, place: _Place, hours: list[str]) -> list[RecordedSegment]:
        """The newest segments of which there are facts, to measure bit rates by."""
        newest_us = await self._newest_end_us(place, hours)
        timeline = await self._store.timeline(
            place.channel, place.quality, start_us=newest_us - _MEASURED_US, end_us=newest_us
        )
        facts = await self._facts(place, timeline.segments)
        return [(segment, facts[segment.name]) for segment in timeline.segments if segment.name in facts]

    async def _facts(self, place: _Place, segments: Sequence[Segment]) -> dict[str, SegmentFacts]:
        hours = sorted({segment.hour for segment in segments})
        return dict(await self._store.facts(place.channel, place.quality, hours))


def _touches(hours: list[str], start_us: int | None, end_us: int | None) -> bool:
    after_start = start_us is None or hour_start_us(hours[-1]) + HOUR_US > start_us
    before_end = end_us is None or hour_start_us(hours[0]) < end_us
    return after_start and before_end


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


def _variant_uri(place: _Place, request: Request) -> str:
    """Relative to the master playlist, so that it holds below any prefix; the query goes on to the variant."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{_quoted(place.channel)}/{_quoted(place.quality)}.m3u8{query}"


def _segment_uri(place: _Place, segment: Segment) -> str:
    path = "/".join(_quoted(part) for part in (place.channel, place.quality, segment.hour, segment.name))
    return f"../../segments/{path}"


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _hls(text: str) -> Response:
    return Response(text, media_type=HLS_TYPE, headers={"Cache-Control": "no-cache"})
