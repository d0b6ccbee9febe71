"""``/frame``: one picture of the recording, exact to the frame or, for previews, the keyframe before it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST, ClientGone
from longtake.adapters.web.parameters import flag, has_tag, optional_time_us, optional_whole, path_part
from longtake.core.errors import InvalidTime, MediaFailed, NotFound
from longtake.core.names import CHAT, check_part, hash_text
from longtake.core.times import format_us
from longtake.kit.clock import Clock
from longtake.services.serve.picture_metrics import PictureMetrics
from longtake.services.serve.turns import Turns

Form = Literal["png", "jpeg"]
FRAME_TIME = "Longtake-Frame-Time"
"""The header with the wall time of the frame that is shown."""

_FORMS: dict[str, Form] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg"}
_NARROWEST, _WIDEST = 16, 4096
_EXACT, _PREVIEW = 0, 1
_MOST_WAITING = 16
_WAITS_S = 5
_LONGEST_S = 30
_OF_THE_PAST = "private, max-age=3600"


class Picture(Protocol):
    """A frame as a file."""

    @property
    def content(self) -> bytes:
        """PNG or JPEG."""
        ...

    @property
    def time_us(self) -> int:
        """The wall time of the frame."""
        ...


class Pictures(Protocol):
    """What makes the pictures."""

    async def picture(
        self, channel: str, quality: str, at_us: int, *, form: Form, width: int | None, keyframe: bool
    ) -> Picture:
        """The first frame whose time is at or after ``at_us``; with ``keyframe``, the keyframe at or before it.

        ``width`` scales it, keeping its shape; None is its own. Raises Incomplete where nothing is recorded.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A picture as it was asked for."""

    channel: str
    quality: str
    at_us: int
    form: Form
    width: int | None
    keyframe: bool


class Frames:
    """Pictures over HTTP: so many ``at_once``. Some more wait a moment for their turn, exact ones before previews."""

    def __init__(
        self,
        store: SegmentStore,
        pictures: Pictures,
        registry: CollectorRegistry,
        clock: Clock,
        *,
        at_once: int,
        recent_cutoff: timedelta,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._clock = clock
        self._turns = Turns("pictures", at_once=at_once, waiting=_MOST_WAITING, patience_s=_WAITS_S)
        self._recent_cutoff_us = recent_cutoff // timedelta(microseconds=1)
        self._metrics = PictureMetrics(registry)

    def routes(self) -> list[Route]:
        """One route; the form is the path's extension."""
        return [Route("/frame/{channel}/{file}", self.frame)]

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turns.waiting

    async def frame(self, request: Request) -> Response:
        """The picture, or 304. Nothing is done for a client that has left before its turn came."""
        wanted = _read_request(request)
        if wanted.quality == CHAT or not await self._store.hours(wanted.channel, wanted.quality):
            raise NotFound(f"nothing of {wanted.channel}/{wanted.quality} is recorded")
        try:
            async with self._turns.turn(request, priority=_PREVIEW if wanted.keyframe else _EXACT):
                picture = await self._make(wanted)
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        return await self._answer(request, wanted, picture)

    async def _make(self, wanted: _Wanted) -> Picture:
        with self._metrics.measured(wanted.form, keyframe=wanted.keyframe):
            try:
                async with asyncio.timeout(_LONGEST_S):
                    return await self._pictures.picture(
                        wanted.channel,
                        wanted.quality,
                        wanted.at_us,
                        form=wanted.form,
                        width=wanted.width,
                        keyframe=wanted.keyframe,
                    )
            except TimeoutError as error:
                raise MediaFailed(
                    f"the picture was not done within {_LONGEST_S} s and is given up"
                ) from error

    async def _answer(self, request: Request, wanted: _Wanted, picture: Picture) -> Response:
        digest = await asyncio.to_thread(hashlib.sha256, picture.content)  # without the GIL
        recent = wanted.at_us > self._clock.now_us() - self._recent_cutoff_us
        headers = {
            "ETag": f'"{hash_text(digest.digest())}"',
            "Cache-Control": "no-store" if recent else _OF_THE_PAST,
            FRAME_TIME: format_us(picture.time_us),
        }
        if has_tag(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(picture.content, headers=headers, media_type=f"image/{wanted.form}")


def _read_request(request: Request) -> _Wanted:
    channel = path_part(request, "channel")
    quality, _, extension = path_part(request, "file").rpartition(".")
    if not quality or extension.lower() not in _FORMS:
        raise NotFound(f"a picture's path ends in its form: /frame/{channel}/QUALITY.png or .jpg")
    at_us = optional_time_us(request, "timestamp")
    if at_us is None:
        raise InvalidTime("timestamp is missing: the time of the picture, like 2026-11-24T04:16:03.5Z")
    return _Wanted(
        channel=channel,
        quality=check_part(quality, "quality"),
        at_us=at_us,
        form=_FORMS[extension.lower()],
        width=optional_whole(request, "width", least=_NARROWEST, most=_WIDEST),
        keyframe=flag(request, "keyframe"),
    )
