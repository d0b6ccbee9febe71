"""``/playlist/CH.m3u8``: what there is of a channel, as an HLS master playlist.

What its variants say of themselves is measured, not configured: of what is live by the newest minutes, of a range by its
hours (``looks``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import check_order, optional_time_us, path_part
from longtake.adapters.web.texts import text_answer
from longtake.core.errors import NotFound
from longtake.core.hls.render import render_master
from longtake.core.ledger import FUTURE_US
from longtake.core.master_playlist import OfferedQuality, master_playlist
from longtake.core.names import CHAT
from longtake.core.qualities import audio_of
from longtake.core.times import HOUR_US, SECOND_US
from longtake.kit.clock import Clock
from longtake.services.serve.looks import Look, Looks
from longtake.services.serve.playlist_answers import HLS_HEADERS, HLS_TYPE
from longtake.services.serve.playlists import MOST_TOGETHER, one_of, window_us

_MEASURED_US = 600 * SECOND_US
"""Of what is live: long enough for peaks, and seldom of more than one hour, whose facts have to be read."""
_STOPPED_US = 12 * HOUR_US
"""As far as a live playlist may reach back."""
_MOST_HOURS, _MOST_HOURS_IN_ALL, _FEWEST_HOURS = 12, 24, 2
"""Facts of an hour take 15 ms to read, and so many in all are kept by the store."""
_OVER_AFTER_US = 60 * SECOND_US
"""Then no playlist of a range that has ended is told as those were told that grew."""
_OURS = ("quality", "together")
_DIRECTIVES = "_HLS_"
"""Delivery directives are for one playlist (rfc8216bis 6.2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """``start_us`` and ``end_us`` both None: live. ``window_us``: how far that reaches back."""

    channel: str
    quality: str | None
    start_us: int | None
    end_us: int | None
    window_us: int

    @property
    def is_live(self) -> bool:
        return self.start_us is None and self.end_us is None

    @property
    def is_range(self) -> bool:
        return self.start_us is not None and self.end_us is not None


class MasterPlaylists:
    """``recent_cutoff_us``: a range that ended longer ago is finished."""

    def __init__(self, store: SegmentStore, clock: Clock, *, recent_cutoff_us: int) -> None:
        self._store = store
        self._clock = clock
        self._recent_cutoff_us = recent_cutoff_us
        self._looks = Looks(store)

    def routes(self) -> list[Route]:
        """``/playlist/CH.m3u8``."""
        return [Route("/playlist/{channel}.m3u8", self.master)]

    async def master(self, request: Request) -> Response:
        """The qualities of a channel, or one with its sound; those with nothing in the range asked for are left out."""
        wish = _wish(request)
        now_us = self._clock.now_us()
        qualities = [
            quality
            for quality in await self._store.qualities(wish.channel)
            if quality != CHAT and (wish.quality is None or _belongs(quality, wish.quality))
        ]
        looks = await (
            self._live(wish, qualities, now_us) if wish.is_live else self._range(wish, qualities, now_us)
        )
        if not looks:
            raise _nothing(wish)
        query = [
            (key, value)
            for key, value in request.query_params.multi_items()
            if key not in _OURS and not key.startswith(_DIRECTIVES)
        ]
        uris = variant_uris(wish.channel, [look.quality for look in looks], query, together=wish.is_range)
        offered = [
            OfferedQuality(
                name=look.quality, uri=uris[look.quality], measured=await self._looks.measured(look)
            )
            for look in looks
        ]
        independent = self._is_over(wish, now_us) and all(look.independent for look in looks)
        playlist = await asyncio.to_thread(master_playlist, offered, independent=independent)
        return text_answer(request, render_master(playlist), media_type=HLS_TYPE, headers=HLS_HEADERS)

    async def _range(self, wish: _Wish, qualities: Sequence[str], now_us: int) -> list[Look]:
        latest_us = now_us + FUTURE_US
        start_us, end_us = (
            wish.start_us or 0,
            latest_us if wish.end_us is None else min(wish.end_us, latest_us),
        )
        if start_us >= end_us:
            return []
        most_hours = _most_hours(len(qualities))
        looks = [
            await self._looks.in_range(
                wish.channel, quality, start_us=start_us, end_us=end_us, most_hours=most_hours
            )
            for quality in qualities
        ]
        return [look for look in looks if look is not None]

    async def _live(self, wish: _Wish, qualities: Sequence[str], now_us: int) -> list[Look]:
        """At what goes on: the playlist of a quality that stopped long before the others would stand still."""
        ends_us = {
            quality: end_us
            for quality in qualities
            if (
                end_us := await self._looks.newest_end_us(wish.channel, quality, latest_us=now_us + FUTURE_US)
            )
            is not None
        }
        newest_us = max(ends_us.values(), default=0)
        going_on = {
            quality: end_us for quality, end_us in ends_us.items() if end_us > newest_us - _STOPPED_US
        }
        most_hours, span_us = _most_hours(len(going_on)), max(wish.window_us, _MEASURED_US)
        looks = [
            await self._looks.in_range(
                wish.channel, quality, start_us=end_us - span_us, end_us=end_us, most_hours=most_hours
            )
            for quality, end_us in going_on.items()
        ]
        return [look for look in looks if look is not None]

    def _is_over(self, wish: _Wish, now_us: int) -> bool:
        end_us = wish.end_us if wish.is_range else None
        return end_us is not None and end_us + self._recent_cutoff_us + _OVER_AFTER_US < now_us


def variant_uris(
    channel: str, qualities: Sequence[str], query: Sequence[tuple[str, str]], *, together: bool
) -> Mapping[str, str]:
    """By quality, relative to the master playlist, so that it holds below any prefix; the query goes on to each.

    ``together``: each names the others, to be numbered with them. A comma cannot be said there.
    """
    named = sorted(quality for quality in qualities if "," not in quality)[:MOST_TOGETHER]
    uris = {}
    for quality in qualities:
        others = [other for other in named if other != quality] if together else []
        parts = [*query, ("together", ",".join(others))] if others else query
        mark = "?" if parts else ""
        uris[quality] = f"{quote(channel, safe='')}/{quote(quality, safe='')}.m3u8{mark}{urlencode(parts)}"
    return uris


def _wish(request: Request) -> _Wish:
    """What the variants would refuse is refused here."""
    channel = path_part(request, "channel")
    start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
    check_order(start_us, end_us)
    one_of(request, "holes", ("gap",))
    return _Wish(
        channel=channel,
        quality=request.query_params.get("quality"),
        start_us=start_us,
        end_us=end_us,
        window_us=window_us(request),
    )


def _most_hours(qualities: int) -> int:
    return max(_FEWEST_HOURS, min(_MOST_HOURS, _MOST_HOURS_IN_ALL // max(1, qualities)))


def _belongs(quality: str, wanted: str) -> bool:
    """Whether it is the quality wanted, or separate sound of that."""
    return quality == wanted or (audio_of(quality) or ("",))[0] == wanted


def _nothing(wish: _Wish) -> NotFound:
    what = f"channel {wish.channel!r}"
    if wish.quality is not None:
        what = f"quality {wish.quality[:80]!r} of {what}"
    return NotFound(f"nothing of {what} is recorded{'' if wish.is_live else ' in this range'}")
