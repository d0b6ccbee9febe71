"""``/cut``: a range as one file."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import check_order, flag, optional_time_us, path_part
from longtake.adapters.web.streaming import StreamedBody
from longtake.core.cutting import (
    CutContainer,
    CutRange,
    CutRequest,
    RoughPlan,
    parse_container,
    parse_kind,
    parse_range,
    parse_transition,
)
from longtake.core.errors import Busy, InvalidInput, InvalidTime, NotFound
from longtake.core.names import CHAT, check_part
from longtake.core.times import HOUR_US, format_duration, from_us, hour_start_us, parse_utc_time

_TYPES = {
    CutContainer.TS: "video/mp2t",
    CutContainer.MP4: "video/mp4",
    CutContainer.MKV: "video/x-matroska",
    CutContainer.WEBM: "video/webm",
}
_MOST_RANGES = 100


class Cutting(Protocol):
    """What makes the cuts."""

    async def plan(self, channel: str, quality: str, request: CutRequest) -> RoughPlan:
        """What a cut is made of. Raises what makes it impossible."""
        ...

    async def size_bytes(self, channel: str, quality: str, plan: RoughPlan) -> int:
        """How long the stream will be."""
        ...

    def stream(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        """The bytes; a failure midway raises."""
        ...


class Cuts:
    """Cuts as downloads; ``at_once`` of them, further ones are refused for now."""

    def __init__(self, store: SegmentStore, cutting: Cutting, *, at_once: int, longest: timedelta) -> None:
        self._store = store
        self._cutting = cutting
        self._free = at_once
        self._longest = longest

    def routes(self) -> list[Route]:
        """One route; the container is the path's extension."""
        return [Route("/cut/{channel}/{file}", self.cut)]

    async def cut(self, request: Request) -> Response:
        """Checks everything that can be checked before the first byte, then streams."""
        channel = path_part(request, "channel")
        quality, dot, extension = path_part(request, "file").rpartition(".")
        if not dot:
            raise NotFound(f"a cut's path ends in its container: /cut/{channel}/QUALITY.ts")
        check_part(quality, "quality")
        if not self._free:
            raise Busy("as many cuts as may run at once are running; try again in a moment")
        self._free -= 1
        try:
            wanted = await self._read_request(request, channel, quality, parse_container(extension))
            return await self._begin(channel, quality, wanted)
        except BaseException:
            self._give_back()
            raise

    async def _begin(self, channel: str, quality: str, wanted: CutRequest) -> StreamedBody:
        plan = await self._cutting.plan(channel, quality, wanted)
        length_bytes = await self._cutting.size_bytes(channel, quality, plan)
        chunks = self._cutting.stream(channel, quality, plan)
        first = await anext(chunks)
        name = f"{channel}_{quality}_{_stamp(wanted.ranges[0].start_us)}.{wanted.container}"
        return StreamedBody(
            chunks,
            first=first,
            length_bytes=length_bytes,
            media_type=_TYPES[wanted.container],
            headers={"Content-Disposition": f'attachment; filename="{_ascii(name)}"'},
            when_over=self._give_back,
        )

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


def _stamp(us: int) -> str:
    moment: datetime = from_us(us).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H-%M-%S")


def _ascii(name: str) -> str:
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name
    )
