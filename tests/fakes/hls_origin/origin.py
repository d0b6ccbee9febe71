"""A live HLS origin that does what a test tells it: real HTTP on loopback, real segments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web
from tests.fakes.hls_origin.answers import Trouble
from tests.fakes.recording import START, at_us, media

from longtake.core.hls.model import (
    InitSection,
    MasterPlaylist,
    MediaPlaylist,
    MediaSegment,
    Rendition,
    Variant,
)
from longtake.core.hls.render import render_master, render_media
from longtake.core.times import SECOND_US, from_us


@dataclass(slots=True, kw_only=True)
class HlsOrigin:
    """Publishes segment after segment as ``publish`` is called. ``troubles`` by segment name are used up one by one."""

    window: int = 5
    dated: bool = True
    init: bytes | None = None
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    playlist_status: int = 200
    playlist_text: str | None = None
    ended: bool = False
    port: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    published: list[bytes] = field(default_factory=list)
    discontinuities: set[int] = field(default_factory=set)
    always: Trouble | None = None
    """Answers for every segment without a trouble of its own."""
    at_once: Counter[str] = field(default_factory=Counter)
    """How many requests for a segment are being answered."""
    most_at_once: Counter[str] = field(default_factory=Counter)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The master playlist, with a token that must never be seen in a log."""
        return f"http://127.0.0.1:{self.port}/master.m3u8?token=SECRET"

    def publish(self, count: int = 1) -> None:
        """Adds the next segments; at most 30 in all."""
        self.published += media(at_us(START), 30)[len(self.published) : len(self.published) + count]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens; on the port it had before, if it had one."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/master.m3u8", self._master),
                web.get("/live.m3u8", self._live),
                web.get("/init.mp4", self._init),
                web.get("/{name}.ts", self._segment),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Goes away; every connection with it."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _master(self, request: web.Request) -> web.Response:
        self.requests["master"] += 1
        master = MasterPlaylist(
            variants=(
                Variant(
                    uri="live.m3u8?token=SECRET",
                    bandwidth=400_000,
                    resolution=(320, 180),
                    codecs="avc1.42c00c,mp4a.40.2",
                    frame_rate=30.0,
                    video="hi",
                ),
            ),
            renditions=(Rendition(type="VIDEO", group_id="hi", name="180p (source)"),),
        )
        return web.Response(text=render_master(master), content_type="application/vnd.apple.mpegurl")

    async def _live(self, request: web.Request) -> web.Response:
        self.requests["live"] += 1
        if self.playlist_status != 200:
            return web.Response(status=self.playlist_status)
        return web.Response(
            text=self.playlist_text or self._playlist(), content_type="application/vnd.apple.mpegurl"
        )

    def _playlist(self) -> str:
        first = max(0, len(self.published) - self.window)
        segments = [
            MediaSegment(
                uri=f"{index}.ts?token=SECRET",
                duration_s=2.0,
                sequence=index,
                discontinuity=index in self.discontinuities,
                discontinuity_sequence=len([one for one in self.discontinuities if one <= index]),
                program_date_time=from_us(at_us(START) + index * 2 * SECOND_US) if self.dated else None,
                init=InitSection(uri="init.mp4?token=SECRET") if self.init is not None else None,
            )
            for index in range(first, len(self.published))
        ]
        before = len([one for one in self.discontinuities if one < first])
        return render_media(
            MediaPlaylist(
                target_duration_s=2,
                media_sequence=first,
                discontinuity_sequence=before,
                segments=tuple(segments),
                ended=self.ended,
                version=6,
            )
        )

    async def _init(self, request: web.Request) -> web.Response:
        self.requests["init"] += 1
        return web.Response(body=self.init or b"")

    async def _segment(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.requests[name] += 1
        self.at_once[name] += 1
        self.most_at_once[name] = max(self.most_at_once[name], self.at_once[name])
        try:
            content = self.published[int(name) % len(self.published)]
            if self.troubles.get(name):
                return await self.troubles[name].pop(0)(request, content)
            if self.always is not None:
                return await self.always(request, content)
            return web.Response(body=content, content_type="video/mp2t")
        finally:
            self.at_once[name] -= 1
