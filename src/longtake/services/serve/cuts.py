"""``/cut``: a range as one file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import check_order, flag, optional_time_us, path_part
from longtake.adapters.web.streaming import BodyEnd, StreamedBody, set_length
from longtake.core.cutting import (
    CutContainer,
    CutRange,
    CutRequest,
    parse_container,
    parse_kind,
    parse_range,
    parse_transition,
)
from longtake.core.errors import Busy, InvalidInput, InvalidTime, MediaFailed, NotFound
from longtake.core.names import CHAT, check_part
from longtake.core.times import HOUR_US, format_duration, format_us, hour_start_us, parse_utc_time
from longtake.services.serve.cut_metrics import CutMetrics

Plan = TypeVar("Plan")

_TYPES = {
    CutContainer.TS: "video/mp2t",
    CutContainer.MP4: "video/mp4",
    CutContainer.MKV: "video/x-matroska",
    CutContainer.WEBM: "video/webm",
}
_MOST_RANGES = 100


class Cutting(Protocol[Plan]):
    """What makes the cuts. A plan is its own affair."""

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
        """Checks everything that can be checked before the first byte, then streams. HEAD starts no work."""
        channel = path_part(request, "channel")
        quality, dot, extension = path_part(request, "file").rpartition(".")
        if not dot:
            raise NotFound(f"a cut's path ends in its container: /cut/{channel}/QUALITY.mp4 or .ts")
        check_part(quality, "quality")
        if not self._free:
            raise Busy("as many cuts as may run at once are running; try again in a moment")
        self._free -= 1
        try:
            wanted = await self._read_request(request, channel, quality, parse_container(extension))
            plan = await self._cutting.plan(channel, quality, wanted)
            length_bytes = await self._cutting.size_bytes(channel, quality, plan)
            headers = _headers(channel, quality, wanted)
            if request.method == "HEAD":
                answer = Response(headers=headers, media_type=_TYPES[wanted.container])
                set_length(answer, length_bytes)
                self._give_back()
                return answer
            chunks = self._cutting.stream(channel, quality, plan)
            return await self._begun(chunks, wanted, length_bytes, headers)
        except BaseException:
            self._give_back()
            raise

    async def _begun(
        self,
        chunks: AsyncGenerator[bytes, None],
        wanted: CutRequest,
        length_bytes: int | None,
        headers: Mapping[str, str],
    ) -> StreamedBody:
        """An answer whose first bytes are there: until then, a failure still has its status."""
        meter = self._metrics.begin(wanted.kind)

        def over(end: BodyEnd, sent_bytes: int) -> None:
            self._give_back()
            meter.over(end, sent_bytes)

        try:
            first = await self._first_of(chunks)
        except BaseException:
            meter.over(BodyEnd.FAILED, 0)
            raise
        meter.first_byte()
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

    def _give_back(self) -> None:
        self._free += 1

    async def _read_request(
        self, request: Request, channel: str, quality: str, container: CutContainer
    ) -> CutRequest:
        hours = [] if quality == CHAT else await self._store.hours(channel, quality)
        query = request.query_params
        ranges = [parse_range(text, parse_utc_time) for text in query.getlist("range")]
        if len(ranges) > _MOST_RANGES:
            raise InvalidInput(f"a cut has at most {_MOST_RANGES} ranges")
        start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
        kind = parse_kind(query.get("type", "fast"))
        transitions = tuple(parse_transition(text) for text in query.getlist("transition"))
        allow_holes = flag(request, "allow_holes")
        if not hours:
            raise NotFound(f"nothing of {channel}/{quality} is recorded")
        if not ranges:
            start_us = hour_start_us(hours[0]) if start_us is None else start_us
            end_us = hour_start_us(hours[-1]) + HOUR_US if end_us is None else end_us
            check_order(start_us, end_us)
            ranges = [CutRange(start_us=start_us, end_us=end_us)]
        if sum(span.end_us - span.start_us for span in ranges) > self._longest // timedelta(microseconds=1):
            raise InvalidTime(f"a cut is at most {format_duration(self._longest)} long; ask for less at once")
        return CutRequest(
            ranges=tuple(ranges),
            kind=kind,
            container=container,
            transitions=transitions,
            allow_holes=allow_holes,
        )


def _headers(channel: str, quality: str, wanted: CutRequest) -> dict[str, str]:
    """A name for the file: in ASCII for all, and as it is for those who understand RFC 6266."""
    name = f"{channel}_{quality}_{_stamp(wanted.ranges[0].start_us)}.{wanted.container}"
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name
    )
    disposition = f'attachment; filename="{plain}"'
    if plain != name:
        disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": disposition, "Cache-Control": "no-store"}


def _stamp(us: int) -> str:
    """A time without colons, which not every file system allows; to the millisecond where there are any."""
    return format_us(us, digits=3).removesuffix("Z").removesuffix(".000").replace(":", "-")
