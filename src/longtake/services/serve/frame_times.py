"""``/api/v1/frames``: the exact time of every frame, so that pages mark what a cut then has."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from fastapi import APIRouter
from starlette.responses import Response

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import check_order
from longtake.adapters.web.problems import BAD_INPUT, BUSY, UNKNOWN
from longtake.core.errors import InvalidTime, NotFound
from longtake.core.frames import SegmentFrames
from longtake.core.names import CHAT, check_part
from longtake.core.times import SECOND_US, format_us, parse_utc_time, to_us
from longtake.services.serve.models import FramesAnswer, SegmentFramesInfo

_LONGEST_US = 600 * SECOND_US


class FrameTimes(Protocol):
    """What knows the frames."""

    async def frame_times(
        self, channel: str, quality: str, *, start_us: int, end_us: int
    ) -> Sequence[SegmentFrames]:
        """Of every segment that the range touches, in order."""
        ...


class FrameTimesApi:
    """One route of the API for people."""

    def __init__(self, store: SegmentStore, frame_times: FrameTimes) -> None:
        self._store = store
        self._frame_times = frame_times

    def router(self) -> APIRouter:
        """To be included by the app."""
        router = APIRouter(prefix="/api/v1")
        router.add_api_route(
            "/frames/{channel}/{quality}",
            self.frames,
            methods=["GET"],
            response_model=FramesAnswer,
            responses=BAD_INPUT | UNKNOWN | BUSY,
        )
        return router

    async def frames(self, channel: str, quality: str, start: str, end: str) -> Response:
        """The times of the frames between two times (UTC), by whole segments; at most ten minutes at once."""
        check_part(channel, "channel")
        check_part(quality, "quality")
        start_us, end_us = to_us(parse_utc_time(start)), to_us(parse_utc_time(end))
        check_order(start_us, end_us)
        if end_us - start_us > _LONGEST_US:
            raise InvalidTime("at most 10 minutes of frames at once")
        if quality == CHAT or not await self._store.hours(channel, quality):
            raise NotFound(f"nothing of {channel}/{quality} is recorded")
        segments = await self._frame_times.frame_times(channel, quality, start_us=start_us, end_us=end_us)
        # Tens of thousands of numbers: the framework's own way would take its time in the event loop.
        return Response(await asyncio.to_thread(_json, segments), media_type="application/json")


def _json(segments: Sequence[SegmentFrames]) -> bytes:
    answer = FramesAnswer(segments=[_info(segment) for segment in segments])
    return answer.model_dump_json().encode()


def _info(segment: SegmentFrames) -> SegmentFramesInfo:
    return SegmentFramesInfo(
        path=segment.path,
        start=None if segment.start_us is None else format_us(segment.start_us),
        frame_us=round(segment.frame_us, 3),
        offsets_us=list(segment.offsets_us),
    )
