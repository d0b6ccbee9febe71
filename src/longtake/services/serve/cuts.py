"""``/cut``: a range as one file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST, ClientGone, unless_gone
from longtake.adapters.web.streaming import BodyEnd, StreamedBody, set_length
from longtake.core.cutting import CutContainer, CutRequest, RoughPlan, list_gaps
from longtake.core.errors import Busy, MediaFailed
from longtake.core.names import CHAT
from longtake.core.timeline import Gap
from longtake.core.times import format_us
from longtake.services.serve.cut_metrics import CutMetrics
from longtake.services.serve.cut_requests import CutPath, CutQuery, read_path, read_query

HOLES, HOLES_OF_SOUND = "Longtake-Holes", "Longtake-Sound-Holes"
"""Headers with the holes that were cut over: nothing is there, or silence where separate sound alone is missing."""


class CutPlan(Protocol):
    """What a plan says of itself."""

    @property
    def gaps(self) -> Sequence[Gap]:
        """The holes that were accepted."""
        ...


Plan = TypeVar("Plan", bound=CutPlan)

_TYPES = {
    CutContainer.TS: "video/mp2t",
    CutContainer.MP4: "video/mp4",
    CutContainer.MKV: "video/x-matroska",
    CutContainer.WEBM: "video/webm",
}


class Cutting(Protocol[Plan]):
    """What makes the cuts. What is in a plan, but for its holes, is its own affair."""

    async def plan(self, channel: str, quality: str, request: CutRequest) -> Plan:
        """What a cut is made of, without working on it. Raises what makes it impossible."""
        ...

    async def size_bytes(self, channel: str, quality: str, plan: Plan) -> int | None:
        """How long the stream will be; None if that shows only at its end."""
        ...

    def stream(self, channel: str, quality: str, plan: Plan) -> AsyncGenerator[bytes, None]:
        """The bytes; a failure midway raises. Closing it ends the work at once."""
        ...


class Cuts(Generic[Plan]):
    """Cuts as downloads; ``at_once`` of them, further ones are refused for now.

    One that makes no progress for ``patience`` is broken off: a client that does not read must not keep a place.
    """

    def __init__(
        self,
        store: SegmentStore,
        cutting: Cutting[Plan],
        registry: CollectorRegistry,
        *,
        at_once: int,
        longest: timedelta,
        patience: timedelta,
    ) -> None:
        self._store = store
        self._cutting = cutting
        self._metrics = CutMetrics(registry)
        self._free = at_once
        self._longest = longest
        self._patience_s = patience.total_seconds()

    def routes(self) -> list[Route]:
        """One route; the container is the path's extension."""
        return [Route("/cut/{channel}/{file}", self.cut)]

    async def cut(self, request: Request) -> Response:
        """Checks everything that can be checked before the first byte, then streams. HEAD starts no work.

        What is wrong with a request is told in this order: it makes no sense (400); no place is free (503); no such
        recording (404); a cut that is still to come (501); holes (406). Only what shows in the media itself comes later.
        """
        path = read_path(request)
        query = read_query(request, path, longest=self._longest)
        with ExitStack() as place:
            self._take_place()
            place.callback(self._give_back)
            try:
                return await unless_gone(request.receive, self._answer(request, path, query, place))
            except ClientGone:
                return Response(status_code=CLIENT_CLOSED_REQUEST)

    def _take_place(self) -> None:
        if not self._free:
            raise Busy("as many cuts as may run at once are running; try again in a moment")
        self._free -= 1

    def _give_back(self) -> None:
        self._free += 1

    async def _answer(self, request: Request, path: CutPath, query: CutQuery, place: ExitStack) -> Response:
        at = path.channel, path.quality
        wanted = query.of(path, [] if path.quality == CHAT else await self._store.hours(*at))
        plan = await self._cutting.plan(*at, wanted)
        length_bytes = await self._cutting.size_bytes(*at, plan)
        headers = {
            "Content-Disposition": _disposition(*at, wanted),
            "Cache-Control": "no-store",
            **_holes(plan),
        }
        if request.method == "HEAD":
            answer = Response(headers=headers, media_type=_TYPES[wanted.container])
            set_length(answer, length_bytes)
            return answer
        chunks = self._cutting.stream(*at, plan)
        return await self._begun(chunks, wanted, length_bytes, headers, place)

    async def _begun(
        self,
        chunks: AsyncGenerator[bytes, None],
        wanted: CutRequest,
        length_bytes: int | None,
        headers: Mapping[str, str],
        place: ExitStack,
    ) -> StreamedBody:
        """An answer whose first bytes are there: until then, a failure still has its status."""
        meter = self._metrics.begin(wanted.kind)
        try:
            first = await self._first_of(chunks)
        except BaseException:
            meter.over(BodyEnd.FAILED, 0)
            raise
        meter.first_byte()
        kept = place.pop_all()

        def over(end: BodyEnd, sent_bytes: int) -> None:
            kept.close()
            meter.over(end, sent_bytes)

        return StreamedBody(
            chunks,
            first=first,
            length_bytes=length_bytes,
            media_type=_TYPES[wanted.container],
            headers=headers,
            when_over=over,
            patience_s=self._patience_s,
        )

    async def _first_of(self, chunks: AsyncGenerator[bytes, None]) -> bytes:
        try:
            async with asyncio.timeout(self._patience_s):
                return await anext(chunks)
        except TimeoutError as error:
            raise MediaFailed(
                f"the cut has not begun within {self._patience_s:g} s; the node may be overloaded"
            ) from error


def _holes(plan: CutPlan) -> dict[str, str]:
    """A header for each sort of hole that there is."""
    of_sound = plan.sound_gaps if isinstance(plan, RoughPlan) else ()
    return {name: list_gaps(gaps) for name, gaps in ((HOLES, plan.gaps), (HOLES_OF_SOUND, of_sound)) if gaps}


def _disposition(channel: str, quality: str, wanted: CutRequest) -> str:
    """A name for the file: in ASCII for all, and as it is for those who understand RFC 6266."""
    name = f"{channel}_{quality}_{_stamp(wanted.ranges[0].start_us)}.{wanted.container}"
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name
    )
    also = f"; filename*=UTF-8''{quote(name, safe='')}" if plain != name else ""
    return f'attachment; filename="{plain}"{also}'


def _stamp(us: int) -> str:
    """A time without colons, which not every file system allows; to the millisecond where there are any."""
    return format_us(us, digits=3).removesuffix("Z").removesuffix(".000").replace(":", "-")
