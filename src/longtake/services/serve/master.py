"""``/playlist/CH.m3u8``: what there is of a channel, as an HLS master playlist."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import check_order, optional_time_us, path_part
from longtake.core.errors import NotFound
from longtake.core.hls.render import render_master
from longtake.core.ledger import FUTURE_US
from longtake.core.master_playlist import OfferedQuality, RecordedSegment, master_playlist
from longtake.core.names import CHAT
from longtake.core.qualities import audio_of
from longtake.core.times import HOUR_US, SECOND_US, hour_start_us
from longtake.kit.clock import Clock
from longtake.services.serve.playlist_answers import HLS_HEADERS, HLS_TYPE

_MEASURED_US = 120 * SECOND_US


class MasterPlaylists:
    """What is measured is the newest of each quality."""

    def __init__(self, store: SegmentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def routes(self) -> list[Route]:
        """``/playlist/CH.m3u8``."""
        return [Route("/playlist/{channel}.m3u8", self.master)]

    async def master(self, request: Request) -> Response:
        """The qualities of a channel, or one with its sound; those with nothing in the range asked for are left out."""
        channel = path_part(request, "channel")
        only = request.query_params.get("quality")
        start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
        check_order(start_us, end_us)
        offered = []
        for quality in await self._store.qualities(channel):
            if quality == CHAT or (only is not None and not _belongs(quality, only)):
                continue
            hours = await self._store.hours(channel, quality)
            if hours and _touches(hours, start_us, end_us):
                recent = await self._recent(channel, quality, hours)
                offered.append(
                    OfferedQuality(name=quality, uri=_variant_uri(channel, quality, request), recent=recent)
                )
        if not offered:
            what = f"channel {channel!r}" if only is None else f"quality {only[:80]!r} of channel {channel!r}"
            raise NotFound(f"nothing of {what} is recorded{' in this range' if start_us or end_us else ''}")
        text = render_master(master_playlist(offered))
        return Response(text, media_type=HLS_TYPE, headers=HLS_HEADERS)

    async def _recent(self, channel: str, quality: str, hours: list[str]) -> list[RecordedSegment]:
        """The newest segments of which there are facts, to measure bit rates by."""
        newest_us = await self._newest_end_us(channel, quality, hours)
        if newest_us is None:
            return []
        timeline = await self._store.timeline(
            channel, quality, start_us=newest_us - _MEASURED_US, end_us=newest_us
        )
        needed = sorted({segment.hour for segment in timeline.segments})
        facts = await self._store.facts(channel, quality, needed)
        return [(segment, facts[segment.name]) for segment in timeline.segments if segment.name in facts]

    async def _newest_end_us(self, channel: str, quality: str, hours: list[str]) -> int | None:
        """The live edge; None if nothing is recorded, or only in the future."""
        now_us = self._clock.now_us()
        for hour in reversed(hours):
            if hour_start_us(hour) > now_us + FUTURE_US:
                continue
            segments = (await self._store.listing(channel, quality, hour)).segments
            ends_us = segments.ends_us()[segments.starts_us <= now_us + FUTURE_US]
            if len(ends_us):
                return int(ends_us.max())
        return None


def _touches(hours: list[str], start_us: int | None, end_us: int | None) -> bool:
    after_start = start_us is None or hour_start_us(hours[-1]) + HOUR_US > start_us
    before_end = end_us is None or hour_start_us(hours[0]) < end_us
    return after_start and before_end


def _variant_uri(channel: str, quality: str, request: Request) -> str:
    """Relative to the master playlist, so that it holds below any prefix; the query goes on to the variant."""
    query = urlencode([(key, value) for key, value in request.query_params.multi_items() if key != "quality"])
    return f"{quote(channel, safe='')}/{quote(quality, safe='')}.m3u8{'?' if query else ''}{query}"


def _belongs(quality: str, wanted: str) -> bool:
    """Whether it is the quality wanted, or separate sound of that."""
    return quality == wanted or (audio_of(quality) or ("",))[0] == wanted
