"""The origin of the generated test stream: a real live HLS server on loopback, in step with the wall clock.

One worker thread encodes the segment that is going on (PyAV releases the GIL while coding), one segment ahead at the
most; when that segment is over it is published. If the machine cannot keep up, whole segments are dropped, which is
logged and marked with a discontinuity. What is served lies ready as text and bytes: a request costs a look-up.

The picture and sound are ``adapters.teststream.encoder``'s, the numbers ``window``'s, the times ``schedule``'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Protocol, Self

import structlog
from aiohttp import web

from longtake.adapters.teststream.encoder import RENDITIONS, TestRendition, TestStreamEncoder
from longtake.core.errors import LongtakeError
from longtake.core.hls.render import render_master, render_media
from longtake.kit.clock import Clock, SystemClock
from longtake.services.teststream.master import master_playlist
from longtake.services.teststream.schedule import due_us, index_at, next_index
from longtake.services.teststream.window import SEGMENT_S, SegmentWindow

_PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_SEGMENT_TYPE = "video/mp2t"
_SHUTDOWN_S = 1.0

log = structlog.get_logger()


class SegmentEncoder(Protocol):
    """What makes the segments: all renditions of the one that begins with a frame. Called in a thread, blocking."""

    def encode(self, first_frame: int) -> list[bytes]:
        """The segment's bytes, once per rendition in their order."""
        ...


class TestStreamOrigin:
    """A live HLS stream on ``http://host:port/master.m3u8`` while it is open, by ``async with`` or ``run()``.

    :param port: 0 takes a free one; ``url`` says which.
    :param fps: see ``TestStreamEncoder``.
    :param encoder: makes the encoder, in the worker thread; the real one by default.
    """

    __test__ = False  # pytest would take the name for a test class

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fps: int = 30,
        renditions: Sequence[TestRendition] = RENDITIONS,
        clock: Clock | None = None,
        encoder: Callable[[], SegmentEncoder] | None = None,
    ) -> None:
        self._host, self._port, self._fps = host, port, fps
        self._renditions = tuple(renditions)
        self._clock = clock or SystemClock()
        self._make_encoder = encoder or (lambda: TestStreamEncoder(self._renditions, fps=fps))
        self._window = SegmentWindow()
        self._texts: dict[str, str] = {}
        self._stack = AsyncExitStack()
        self._pacing: asyncio.Task[None]

    @property
    def url(self) -> str:
        """The master playlist's URL; the real port is known once the origin is open."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/master.m3u8"

    async def __aenter__(self) -> Self:
        """Listen and begin to encode. Raises LongtakeError when the address cannot be had."""
        self._window, self._texts = SegmentWindow(), {}
        async with AsyncExitStack() as stack:
            await self._listen(stack)
            worker = ThreadPoolExecutor(1, thread_name_prefix="teststream")
            # The coding of a segment cannot be interrupted; waiting for its end must not hold up the loop.
            stack.push_async_callback(asyncio.to_thread, worker.shutdown, cancel_futures=True)
            self._pacing = asyncio.create_task(self._publish_forever(worker), name="teststream.publish")
            stack.push_async_callback(_stop, self._pacing)
            self._stack = stack.pop_all()
        log.info("teststream.open", url=self.url, fps=self._fps)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop encoding and listening. Raises what ended the encoding, if anything did."""
        await self._stack.aclose()
        log.info("teststream.closed")

    async def run(self) -> None:
        """Be open until cancelled, or until encoding fails."""
        async with self:
            await asyncio.wait([self._pacing])

    async def _listen(self, stack: AsyncExitStack) -> None:
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            raise LongtakeError(
                f"cannot listen on {self._host}:{self._port} for the test stream: {error}"
            ) from error
        self._port = runner.addresses[0][1]

    async def _publish_forever(self, worker: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        encoder = await loop.run_in_executor(worker, self._make_encoder)
        index = index_at(self._clock.now_us())
        while True:
            first_frame = index * SEGMENT_S * self._fps
            bodies = await loop.run_in_executor(worker, encoder.encode, first_frame)
            await self._wait_until(due_us(index))
            self._publish(index, bodies)
            upcoming = next_index(index, self._clock.now_us())
            if dropped := upcoming - index - 1:
                log.warning("teststream.segments_dropped", count=dropped, first_index=index + 1)
            index = upcoming

    async def _wait_until(self, moment_us: int) -> None:
        while (wait_us := moment_us - self._clock.now_us()) > 0:
            await self._clock.sleep(wait_us / 1_000_000)

    def _publish(self, index: int, bodies: Sequence[bytes]) -> None:
        by_name = {item.name: body for item, body in zip(self._renditions, bodies, strict=True)}
        newest = self._window.publish(index, by_name, self._clock.now_us())
        texts = {"master": render_master(master_playlist(self._renditions, self._window, newest, self._fps))}
        for item in self._renditions:
            playlist = self._window.playlist(item.name)
            if playlist is not None:
                texts[item.name] = render_media(playlist)
        self._texts = texts
        late_ms = (self._clock.now_us() - due_us(index)) // 1000
        log.debug("teststream.segment", sequence=newest.sequence, late_ms=late_ms)

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{name}.m3u8", self._get_playlist)
        app.router.add_get(r"/{name}/{sequence:\d{1,18}}.ts", self._get_segment)
        app.on_response_prepare.append(_open_to_any_origin)
        return app

    async def _get_playlist(self, request: web.Request) -> web.Response:
        text = self._texts.get(request.match_info["name"])
        if text is None:
            return _not_found("no such playlist, or the stream is not live yet")
        # Half a segment: a cache on the way may hold it no longer, or clients fall behind.
        headers = {"Cache-Control": "max-age=1"}
        return web.Response(text=text, content_type=_PLAYLIST_TYPE, charset="utf-8", headers=headers)

    async def _get_segment(self, request: web.Request) -> web.Response:
        self._window.expire(self._clock.now_us())
        body = self._window.body(request.match_info["name"], int(request.match_info["sequence"]))
        if body is None:
            return _not_found("no such segment, or not any more")
        headers = {"Cache-Control": "public, max-age=60, immutable"}
        return web.Response(body=body, content_type=_SEGMENT_TYPE, headers=headers)


async def _stop(task: asyncio.Task[None]) -> None:
    """Cancel the task and wait for its end; raises what it had failed with."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def _not_found(reason: str) -> web.Response:
    return web.Response(status=404, text=reason + "\n", headers={"Cache-Control": "no-store"})


async def _open_to_any_origin(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"
