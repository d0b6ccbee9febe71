"""``/cut``: a range as one file."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.core.cutting import (
    CutContainer,
    CutRange,
    CutRequest,
    RoughPlan,
    check_supported,
    parse_container,
    parse_kind,
    parse_transition,
    plan_rough,
)
from longtake.core.errors import Busy, InvalidInput, NotFound
from longtake.core.names import CHAT, check_part
from longtake.core.times import HOUR_US, from_us, hour_start_us, parse_utc_time, to_us
from longtake.services.serve.parameters import check_order, flag, optional_time_us, path_part
from longtake.services.serve.streaming import StreamedBody

_TYPES = {
    CutContainer.TS: "video/mp2t",
    CutContainer.MP4: "video/mp4",
    CutContainer.MKV: "video/x-matroska",
    CutContainer.WEBM: "video/webm",
}
_MOST_RANGES = 100


@dataclass(slots=True)
class _Slots:
    """How many cuts may run at once."""

    free: int


class Cuts:
    """Cuts as downloads; ``at_once`` of them, further ones are refused for now."""

    def __init__(self, store: SegmentStore, *, at_once: int) -> None:
        self._store = store
        self._slots = _Slots(at_once)

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
        wanted = await self._read_request(request, channel, quality, parse_container(extension))
        check_supported(wanted)
        plan = plan_rough(
            wanted,
            [
                await self._store.timeline(channel, quality, start_us=span.start_us, end_us=span.end_us)
                for span in wanted.ranges
            ],
        )
        length = await self._store.size_bytes(channel, quality, plan.segments)
        first = await self._store.read(channel, quality, plan.segments[0])
        if request.method == "GET" and not self._slots.free:
            raise Busy("as many cuts as may run at once are running; try again in a moment")
        name = f"{channel}_{quality}_{_stamp(wanted.ranges[0].start_us)}.{wanted.container}"
        return StreamedBody(
            self._rough(channel, quality, plan, first),
            length_bytes=length,
            media_type=_TYPES[wanted.container],
            headers={"Content-Disposition": f'attachment; filename="{_ascii(name)}"'},
        )

    async def _rough(
        self, channel: str, quality: str, plan: RoughPlan, first: bytes
    ) -> AsyncGenerator[bytes, None]:
        """The files one after the other, each checked against its hash before a byte of it goes out."""
        self._slots.free -= 1
        try:
            yield first
            for segment in plan.segments[1:]:
                yield await self._store.read(channel, quality, segment)
        finally:
            self._slots.free += 1

    async def _read_request(
        self, request: Request, channel: str, quality: str, container: CutContainer
    ) -> CutRequest:
        hours = [] if quality == CHAT else await self._store.hours(channel, quality)
        query = request.query_params
        ranges = [_parse_range(text) for text in query.getlist("range")]
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
        return CutRequest(
            ranges=tuple(ranges),
            kind=kind,
            container=container,
            transitions=transitions,
            allow_holes=allow_holes,
        )


def _parse_range(text: str) -> CutRange:
    start, comma, end = text.partition(",")
    if not comma or "," in end:
        raise InvalidInput(f"range={text[:80]!r} is not START,END")
    return CutRange(start_us=to_us(parse_utc_time(start)), end_us=to_us(parse_utc_time(end)))


def _stamp(us: int) -> str:
    moment: datetime = from_us(us).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H-%M-%S")


def _ascii(name: str) -> str:
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name
    )
