"""``/api/v1``: what people's pages and tools ask, described by OpenAPI."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from longtake import __version__
from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.store.status_troubles import troubles
from longtake.adapters.store.status_view import NodeView, RecorderStatus, node_view
from longtake.adapters.store.status_words import ServiceStatus
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST, ClientGone
from longtake.adapters.web.parameters import check_order, has_tag
from longtake.adapters.web.problems import BAD_INPUT, BUSY, UNCHANGED, UNSIGNED
from longtake.core.coverage import covered_spans, joined_gaps
from longtake.core.errors import InvalidTime
from longtake.core.ledger import FUTURE_US
from longtake.core.names import CHAT, hash_text
from longtake.core.qualities import audio_of, best_first
from longtake.core.timeline import JoinedHours
from longtake.core.times import HOUR_US, format_us, parse_utc_time, to_us
from longtake.kit.clock import Clock
from longtake.services.serve.models import (
    ChannelInfo,
    ChannelsAnswer,
    CoverageAnswer,
    DigestsAnswer,
    HoleInfo,
    HourDigestInfo,
    QualityInfo,
    QualityState,
    ServiceInfo,
    SpanInfo,
    StatusAnswer,
)
from longtake.services.serve.turns import Turns

_STATES = {
    "starting": QualityState.WAITING,
    "recording": QualityState.RECORDING,
    "down": QualityState.WAITING,
    "stalled": QualityState.ERROR,
    "refused": QualityState.ERROR,
    "unreachable": QualityState.ERROR,
    "paused": QualityState.ERROR,
    "unknown": QualityState.STOPPED,
    "absent": QualityState.STOPPED,
}
_LONGEST_COVERAGE_US = 168 * HOUR_US
_COVERAGES_AT_ONCE, _WAITING, _WAITS_S = 4, 64, 10
_MOST_HOLES = 10_000
"""Of one answer, which has two MB then. A bad week may have thirty times as many."""
ReadServices = Callable[[], Awaitable[Sequence[ServiceStatus]]]
"""What all services last said, stale ones included."""


class Api:
    """Channels and status."""

    def __init__(self, store: SegmentStore, read_services: ReadServices, clock: Clock) -> None:
        self._store = store
        self._read_services = read_services
        self._clock = clock
        self._turns = Turns(
            "answers on coverage", at_once=_COVERAGES_AT_ONCE, waiting=_WAITING, patience_s=_WAITS_S
        )

    def router(self) -> APIRouter:
        """To be included by the app."""
        router = APIRouter(prefix="/api/v1")
        router.add_api_route("/channels", self.channels, methods=["GET"], responses=BUSY)
        router.add_api_route(
            "/coverage/{channel}/{quality}",
            self.coverage,
            methods=["GET"],
            response_model=CoverageAnswer,
            responses=BAD_INPUT | BUSY,
        )
        router.add_api_route(
            "/digests/{channel}/{quality}",
            self.digests,
            methods=["GET"],
            response_model=DigestsAnswer,
            responses=BAD_INPUT | UNSIGNED | BUSY | UNCHANGED,
        )
        router.add_api_route("/status", self.status, methods=["GET"], responses=BUSY)
        return router

    async def channels(self) -> ChannelsAnswer:
        """All channels that are recorded, or were: with their qualities, what is there, and what happens now."""
        recorders = {(one.channel, one.quality): one for one in (await self._view()).recorders}
        places: dict[str, set[str]] = {channel: set() for channel, _ in recorders}
        for channel, quality in recorders:
            places[channel].add(quality)
        for channel in await self._store.channels():
            places.setdefault(channel, set()).update(await self._store.qualities(channel))
        return ChannelsAnswer(
            now=format_us(self._clock.now_us(), digits=3),
            channels=[
                ChannelInfo(name=channel, qualities=await self._qualities(channel, qualities, recorders))
                for channel, qualities in sorted(places.items())
            ],
        )

    async def _qualities(
        self, channel: str, names: set[str], recorders: Mapping[tuple[str, str], RecorderStatus]
    ) -> list[QualityInfo]:
        """Those with pictures; separate sound stands with its pictures, unless there are none."""
        sound = {name: audio_of(name) for name in names}
        beside = {name for name, of in sound.items() if of is not None and of[0] in names}
        return [
            await self._quality(
                channel,
                name,
                recorders.get((channel, name)),
                [each for each in sorted(beside) if (of := sound[each]) is not None and of[0] == name],
            )
            for name in sorted(names - beside - {CHAT}, key=best_first)
        ]

    async def coverage(self, request: Request, channel: str, quality: str, start: str, end: str) -> Response:
        """What is recorded between two times (UTC), and what is not; at most a week and ten thousand holes at once."""
        start_us, end_us = to_us(parse_utc_time(start)), to_us(parse_utc_time(end))
        check_order(start_us, end_us)
        if end_us - start_us > _LONGEST_COVERAGE_US:
            raise InvalidTime("at most a week of coverage at once")
        try:
            async with self._turns.turn(request):
                joined = await self._store.joined(channel, quality, start_us=start_us, end_us=end_us)
                body = await asyncio.to_thread(_coverage_body, joined)
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        return Response(body, media_type="application/json")

    async def digests(self, request: Request, channel: str, quality: str) -> Response:
        """Of each hour, how many names it has and their hash. The answer has an ETag: 304 if nothing has changed."""
        digests = await self._store.digests(channel, quality)
        answer = DigestsAnswer(
            hours=[
                HourDigestInfo(hour=one.hour, count=one.count, hash=hash_text(one.digest)) for one in digests
            ]
        )
        body = answer.model_dump_json().encode()
        headers = {"ETag": f'"{hash_text(hashlib.sha256(body).digest())}"', "Cache-Control": "no-cache"}
        if has_tag(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    async def status(self) -> StatusAnswer:
        """Every process and recorder of this node."""
        view = await self._view()
        return StatusAnswer(
            now=format_us(view.now_us, digits=3),
            version=__version__,
            services=_services(view),
            recorders=list(view.recorders),
            troubles=troubles(view),
            room=view.room,
            disks=list(view.disks),
            skews=list(view.skews),
            facts=view.facts,
            config=view.config,
            replication=view.replication,
        )

    async def _view(self) -> NodeView:
        services = await self._read_services()
        return node_view(services, now_us=self._clock.now_us())

    async def _quality(
        self, channel: str, quality: str, recorder: RecorderStatus | None, audio: list[str]
    ) -> QualityInfo:
        hours = await self._store.hours(channel, quality)
        first_us, last_us = await self._edges_us(channel, quality, hours)
        return QualityInfo(
            name=quality,
            first=None if first_us is None else format_us(first_us),
            last=None if last_us is None else format_us(last_us),
            state=_STATES.get(recorder.state, QualityState.WAITING) if recorder else QualityState.STOPPED,
            message=recorder.message if recorder else None,
            audio=audio,
        )

    async def _edges_us(
        self, channel: str, quality: str, hours: list[str]
    ) -> tuple[int, int] | tuple[None, None]:
        """Where the first segment starts, and the newest ends."""
        latest_us = self._clock.now_us() + FUTURE_US
        for first_hour in hours:
            if segments := (await self._store.listing(channel, quality, first_hour)).segments:
                first_us = int(segments.starts_us[0])
                break
        else:
            return None, None
        for hour in reversed(hours):
            segments = (await self._store.listing(channel, quality, hour)).segments
            ends_us = segments.ends_us()[segments.starts_us <= latest_us]
            if len(ends_us):
                return first_us, int(ends_us.max())
        return None, None


def _services(view: NodeView) -> list[ServiceInfo]:
    spoken = [*((one, True) for one in view.living), *((one, False) for one in view.silent)]
    return [
        ServiceInfo(name=one.name, pid=one.pid, started=one.started, updated=one.updated, alive=alive)
        for one, alive in sorted(spoken, key=lambda each: each[0].name)
    ]


def _coverage_body(joined: JoinedHours) -> bytes:
    """Takes a second if the range is full of holes or doubtful segments. Raises InvalidTime for more than an answer holds."""
    gaps = tuple(islice(joined_gaps(joined.gaps()), _MOST_HOLES + 1))
    if len(gaps) > _MOST_HOLES:
        raise InvalidTime(f"there are over {_MOST_HOLES} holes between these times; ask for a shorter range")
    start_us, end_us = joined.start_us, joined.end_us
    answer = CoverageAnswer(
        start=format_us(start_us),
        end=format_us(end_us),
        spans=[
            SpanInfo(start=format_us(span.start_us), end=format_us(span.end_us))
            for span in covered_spans(gaps, start_us=start_us, end_us=end_us)
        ],
        holes=[
            HoleInfo(start=format_us(gap.start_us), end=format_us(gap.end_us), reason=gap.reason.value)
            for gap in gaps
        ],
    )
    return answer.model_dump_json().encode()
