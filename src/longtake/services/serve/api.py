"""``/api/v1``: what people's pages and tools ask, described by OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from fastapi import APIRouter
from pydantic import ValidationError

from longtake import __version__
from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.store.status_files import ServiceStatus, is_fresh
from longtake.core.names import CHAT
from longtake.core.times import format_us
from longtake.kit.clock import Clock
from longtake.services.serve.models import (
    ChannelInfo,
    ChannelsAnswer,
    ProblemAnswer,
    QualityInfo,
    QualityState,
    RecorderInfo,
    RoomInfo,
    ServiceInfo,
    StatusAnswer,
)

_log = structlog.get_logger()

_STATES = {
    "starting": QualityState.WAITING,
    "recording": QualityState.RECORDING,
    "waiting": QualityState.WAITING,
    "refused": QualityState.ERROR,
    "paused": QualityState.ERROR,
}
_BUSY = {503: {"model": ProblemAnswer, "description": "The disk does not answer now."}}


class Api:
    """Channels and status. ``read_services`` gives what all services last said."""

    def __init__(
        self, store: SegmentStore, read_services: Callable[[], Sequence[ServiceStatus]], clock: Clock
    ) -> None:
        self._store = store
        self._read_services = read_services
        self._clock = clock

    def router(self) -> APIRouter:
        """To be included by the app."""
        router = APIRouter(prefix="/api/v1")
        router.add_api_route("/channels", self.channels, methods=["GET"], responses=_BUSY)  # type: ignore[arg-type]
        router.add_api_route("/status", self.status, methods=["GET"], responses=_BUSY)  # type: ignore[arg-type]
        return router

    async def channels(self) -> ChannelsAnswer:
        """All channels that are recorded, or were: with their qualities, what is there, and what happens now."""
        recorders = {(recorder.channel, recorder.quality): recorder for recorder in self._recorders()}
        places: dict[str, set[str]] = {channel: set() for channel, _ in recorders}
        for channel, quality in recorders:
            places[channel].add(quality)
        for channel in await self._store.channels():
            places.setdefault(channel, set()).update(await self._store.qualities(channel))
        return ChannelsAnswer(
            now=format_us(self._clock.now_us(), digits=3),
            channels=[
                ChannelInfo(
                    name=channel,
                    qualities=[
                        await self._quality(channel, quality, recorders.get((channel, quality)))
                        for quality in sorted(qualities - {CHAT}, key=_best_first)
                    ],
                )
                for channel, qualities in sorted(places.items())
            ],
        )

    async def status(self) -> StatusAnswer:
        """Every process and recorder of this node."""
        now_us = self._clock.now_us()
        services = list(self._read_services())
        rooms = [room for service in services if (room := service["details"].get("room"))]
        return StatusAnswer(
            now=format_us(now_us, digits=3),
            version=__version__,
            services=[
                ServiceInfo(
                    name=service["service"],
                    pid=service["pid"],
                    started=service["started"],
                    updated=service["updated"],
                    alive=is_fresh(service, now_us=now_us),
                )
                for service in services
            ],
            recorders=self._recorders(),
            room=RoomInfo.model_validate(rooms[0]) if rooms else None,
        )

    def _recorders(self) -> list[RecorderInfo]:
        """Of the services that are alive; the word of a dead one is no news."""
        now_us = self._clock.now_us()
        found = []
        for service in self._read_services():
            told = service["details"].get("recorders", [])
            if not isinstance(told, list) or not is_fresh(service, now_us=now_us):
                continue
            for recorder in told:
                try:
                    found.append(RecorderInfo.model_validate(recorder))
                except ValidationError:
                    _log.warning("status not understood", service=service["service"])
        return found

    async def _quality(self, channel: str, quality: str, recorder: RecorderInfo | None) -> QualityInfo:
        hours = await self._store.hours(channel, quality)
        first_us = await self._edge_us(channel, quality, hours, first=True)
        last_us = await self._edge_us(channel, quality, hours, first=False)
        return QualityInfo(
            name=quality,
            first=None if first_us is None else format_us(first_us),
            last=None if last_us is None else format_us(last_us),
            state=_STATES.get(recorder.state, QualityState.WAITING) if recorder else QualityState.STOPPED,
            message=recorder.message if recorder else None,
        )

    async def _edge_us(self, channel: str, quality: str, hours: list[str], *, first: bool) -> int | None:
        for hour in hours if first else reversed(hours):
            segments = (await self._store.listing(channel, quality, hour)).segments
            if segments:
                return segments[0].start_us if first else max(segment.end_us for segment in segments)
        return None


def _best_first(quality: str) -> tuple[int, int, str]:
    """``source`` first, then by height where the name says it."""
    digits = quality.partition("p")[0]
    height = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    return (0 if quality == "source" else 1, -height, quality)
