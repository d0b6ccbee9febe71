"""``/playlist/CH/Q.m3u8``: any past or live range as HLS.

==================================  ===================================================================================
asked for                           what it is told from
==================================  ===================================================================================
nothing, or ``window``              the ledger: the last so many seconds
``start``                           the ledger, from there on
``end`` not older than the cutoff   the ledger, from ``start`` on to there
``end`` just older than it          the same with ENDLIST, so that who followed it sees it end without a change
``end`` older                       the timeline as it is now, late fills included
==================================  ===================================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST, ClientGone, unless_gone
from longtake.adapters.web.parameters import (
    check_order,
    optional_duration,
    optional_time_us,
    optional_whole,
    path_part,
)
from longtake.core.errors import InvalidInput, InvalidTime, NotFound
from longtake.core.fixed_range import fixed_range
from longtake.core.ledger import LEAST_TARGETS, Shown, shown_range
from longtake.core.names import CHAT, check_part
from longtake.core.playlist_range import PlaylistRange
from longtake.core.timeline import hours_needed
from longtake.core.times import HOUR_US, SECOND_US, hour_start_us
from longtake.kit.clock import Clock
from longtake.services.serve.known_tags import KnownTags
from longtake.services.serve.live_edge import Asked, LiveEdge
from longtake.services.serve.playlist_answers import PlaylistAnswers, unchanged

LONGEST_IMPLICIT_US = 12 * HOUR_US
"""The longest range that a request may mean without naming both its ends."""
_DEFAULT_WINDOW_US = 60 * SECOND_US
_MOST_HOURS = 62 * 24
_LONG_US = 3 * HOUR_US
"""Ranges from there on that are over are looked at a few at a time, since many files may have to be read for them."""
_ENDING_US = 30 * SECOND_US
"""Who follows a range asks for it that often, whatever its target duration."""
_FOREVER_US = 1 << 62
_MOST_SEQUENCE = 10**17
_WAITED_TARGETS = 3
"""Target durations for which somebody waits for an entry (rfc8216bis 6.2.5.2). It wants 503 then; but a stream that pauses is no
failure, and hls.js gives up after a few: the playlist as it is lets it ask again."""
MOST_TOGETHER = 32
"""So many qualities may be named."""


class _Place(NamedTuple):
    channel: str
    quality: str

    @property
    def folder(self) -> str:
        """The URL of its hours, relative to the playlist's, so that it holds below any prefix."""
        return f"../../segments/{quote(self.channel, safe='')}/{quote(self.quality, safe='')}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a request is for; see the module's table."""

    start_us: int | None
    end_us: int | None
    window_us: int
    holes: bool
    update: bool
    awaited: int | None
    """The MEDIA-SEQUENCE of the entry that the client waits for."""
    together: tuple[str, ...]


class Playlists:
    """``recent_cutoff_us``: a range that ended longer ago is finished."""

    def __init__(
        self,
        store: SegmentStore,
        answers: PlaylistAnswers,
        clock: Clock,
        *,
        recent_cutoff_us: int,
    ) -> None:
        self._store = store
        self._answers = answers
        self._clock = clock
        self._edge = LiveEdge(store, clock)
        self._recent_cutoff_us = recent_cutoff_us
        self._tags = KnownTags()

    def routes(self) -> list[Route]:
        """``/playlist/CH/Q.m3u8``."""
        return [Route("/playlist/{channel}/{quality}.m3u8", self.media)]

    async def media(self, request: Request) -> Response:
        """See the module."""
        place = _Place(path_part(request, "channel"), path_part(request, "quality"))
        wish = _wish(request)
        if place.quality == CHAT:
            raise _nothing(place)
        start_us, now_us = wish.start_us, self._clock.now_us()
        if wish.end_us is not None and start_us is None:
            start_us = _earliest_us(await self._hours(place), wish.end_us)
        try:
            if start_us is None:
                listed = await self._live(request, place, wish)
                return await self._answers.answer(request, listed, place.folder)
            return await self._range(request, place, wish, start_us, now_us)
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)

    async def _live(self, request: Request, place: _Place, wish: _Wish) -> PlaylistRange:
        asked = Asked(*place, window_us=wish.window_us)

        def listed(shown: Shown) -> PlaylistRange:
            start_us = shown.start_us
            if wish.holes and shown.hours:  # a hole counts, and may be years long
                least_us = LEAST_TARGETS * shown.target_s * SECOND_US
                start_us = max(start_us, shown.hours[-1].end_us - max(wish.window_us, least_us))
            return shown_range(shown, start_us=start_us, end_us=_FOREVER_US, holes=wish.holes, grows=True)

        found = await self._awaited(request, asked, wish, listed)
        if not found.hours:
            await self._hours(place)
            raise NotFound(
                f"{place.channel}/{place.quality} has nothing to show yet; ask again in some seconds"
            )
        return _updated(listed(found), wish)

    async def _range(
        self, request: Request, place: _Place, wish: _Wish, start_us: int, now_us: int
    ) -> Response:
        await self._check_length(place, wish, start_us, now_us)
        end_us = _FOREVER_US if wish.end_us is None else wish.end_us
        over_us = now_us - self._recent_cutoff_us - end_us
        if over_us > _ENDING_US:
            return await self._over(request, place, wish, start_us, end_us)
        grows = over_us <= 0

        def listed(shown: Shown) -> PlaylistRange:
            return shown_range(shown, start_us=start_us, end_us=end_us, holes=wish.holes, grows=grows)

        asked = Asked(*place, start_us=start_us, reach_back=grows)
        found = await self._awaited(request, asked, wish, listed)
        if not grows and (found.reach_us is None or found.reach_us > start_us):  # nobody followed it
            return await self._over(request, place, wish, start_us, end_us)
        if not found.hours:
            await self._hours(place)
        return await self._answers.answer(request, _updated(listed(found), wish), place.folder)

    async def _awaited(
        self, request: Request, asked: Asked, wish: _Wish, listed: Callable[[Shown], PlaylistRange]
    ) -> Shown:
        """What is shown, once it has the entry that the client waits for (rfc8216bis 6.2.5.2)."""
        shown = await self._edge.shown(asked)
        awaited = wish.awaited
        now = listed(shown) if awaited is not None else None
        if awaited is None or now is None or not now.grows or awaited < now.end_sequence:
            return shown
        if awaited > now.end_sequence + 1:
            raise InvalidInput(f"_HLS_msn={awaited} is too far ahead: the next entry is {now.end_sequence}")
        return await unless_gone(
            request.receive,
            self._edge.shown_once(
                asked,
                lambda later: listed(later).end_sequence > awaited,
                patience_s=_WAITED_TARGETS * now.target_s,
            ),
        )

    async def _over(
        self, request: Request, place: _Place, wish: _Wish, start_us: int, end_us: int
    ) -> Response:
        with ExitStack() as held:
            if end_us - start_us > _LONG_US:
                held.callback((await self._answers.turns.take(request)).give_back)
            found = await unless_gone(request.receive, self._fixed(request, place, wish, start_us, end_us))
            if isinstance(found, Response):
                return found
            return await self._answers.answer(request, found, place.folder, held.pop_all())

    async def _fixed(
        self, request: Request, place: _Place, wish: _Wish, start_us: int, end_us: int
    ) -> PlaylistRange | Response:
        """The range, or 304 if it is as the client knows it."""
        qualities = [place.quality, *(quality for quality in wish.together if quality != place.quality)]
        joined, *others = [
            await self._store.joined(place.channel, quality, start_us=start_us, end_us=end_us)
            for quality in qualities
        ]
        if not joined.parts:
            await self._hours(place)
        asked = (place, start_us, end_us, wish.holes, wish.together)
        hours = [part.hour for one in (joined, *others) for part in one.parts]
        known = self._tags.get(asked, hours)
        if known is not None and (answer := unchanged(request, known)) is not None:
            return answer
        listed = await asyncio.to_thread(fixed_range, joined, others, holes=wish.holes)
        self._tags.put(asked, hours, await self._answers.tag(listed))
        return listed

    async def _hours(self, place: _Place) -> Sequence[str]:
        """Those that exist. Raises NotFound."""
        hours = await self._store.hours(*place)
        if not hours:
            raise _nothing(place)
        return hours

    async def _check_length(self, place: _Place, wish: _Wish, start_us: int, now_us: int) -> None:
        """All hours of a playlist are in memory while it is sent, and all pieces of a hole are written. Raises InvalidTime."""
        end_us = now_us if wish.end_us is None else wish.end_us
        if end_us - start_us <= _MOST_HOURS * HOUR_US:
            return
        needed = hours_needed(await self._hours(place), start_us=start_us, end_us=end_us)
        if wish.holes or len(needed) > _MOST_HOURS:
            what = "with holes as gaps a playlist spans" if wish.holes else "a playlist has"
            raise InvalidTime(f"{what} at most {_MOST_HOURS} recorded hours; ask for less at once")


def _updated(listed: PlaylistRange, wish: _Wish) -> PlaylistRange:
    return listed.as_update() if wish.update else listed


def _nothing(place: _Place) -> NotFound:
    return NotFound(f"nothing of {place.channel}/{place.quality} is recorded")


def _wish(request: Request) -> _Wish:
    start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
    check_order(start_us, end_us)
    return _Wish(
        start_us=start_us,
        end_us=end_us,
        window_us=window_us(request),
        holes=one_of(request, "holes", ("gap",)),
        update=one_of(request, "_HLS_skip", ("YES", "v2")),
        awaited=optional_whole(request, "_HLS_msn", least=0, most=_MOST_SEQUENCE),
        together=_together(request),
    )


def one_of(request: Request, name: str, words: Sequence[str]) -> bool:
    """Whether one of the words is said. Raises InvalidInput for another."""
    text = request.query_params.get(name)
    if text is None:
        return False
    if text not in words:
        raise InvalidInput(f"{name}={text[:40]!r} is not {' or '.join(words)}")
    return True


def _together(request: Request) -> tuple[str, ...]:
    text = request.query_params.get("together")
    if text is None:
        return ()
    qualities = tuple(dict.fromkeys(text.split(",")))
    if len(qualities) > MOST_TOGETHER:
        raise InvalidInput(f"together: at most {MOST_TOGETHER} qualities are numbered together")
    return tuple(check_part(quality, "together") for quality in qualities)


def window_us(request: Request) -> int:
    """How far a live playlist reaches back. Raises InvalidTime."""
    span = optional_duration(request, "window")
    if span is None:
        return _DEFAULT_WINDOW_US
    length_us = round(span.total_seconds() * SECOND_US)
    if not 0 < length_us <= LONGEST_IMPLICIT_US:
        raise InvalidTime(
            f"window: a live playlist reaches back at most {LONGEST_IMPLICIT_US // HOUR_US} h, and not 0"
        )
    return length_us


def _earliest_us(hours: Sequence[str], end_us: int) -> int:
    first_us = hour_start_us(hours[0])
    if end_us - first_us > LONGEST_IMPLICIT_US:
        raise InvalidTime(
            f"from the earliest recording to end is over {LONGEST_IMPLICIT_US // HOUR_US} h; give a start"
        )
    return first_us
