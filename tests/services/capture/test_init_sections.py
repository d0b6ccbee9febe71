"""Init sections from a real origin: fetched once, never kept damaged, and none waits for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from tests.fakes.coded_media import Media, Pictures, media
from tests.fakes.recording import START, at_us
from tests.fakes.recording import media as ts_segments

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import Limits
from longtake.core.errors import SourceUnreachable
from longtake.core.fmp4.boxes import read_boxes
from longtake.core.hls.model import InitSection
from longtake.services.capture.init_sections import InitSections
from longtake.services.capture.keys import Keys
from longtake.services.capture.requests import Requests

EPOCH = (0, 0)
SOON = Limits(answer_soft_s=0.1, answer_hard_s=0.3)


def init_section() -> bytes:
    """What FFmpeg puts in front."""
    wanted = Media(
        pictures=Pictures(count=2, options=(("preset", "ultrafast"),)),
        sound=None,
        format="mp4",
        options=(("movflags", "frag_keyframe+empty_moov+default_base_moof"),),
    )
    content = media(wanted)
    moov = read_boxes(memoryview(content)).first(b"moov")
    assert moov is not None
    return content[: moov.end]


WHOLE = init_section()
TABLES = ts_segments(at_us(START), 1)[0][: 2 * 188]


@dataclass(slots=True, kw_only=True)
class Desk:
    """Init sections, and the origin that they come from."""

    inits: InitSections
    url: str
    answers: list[bytes]
    asked: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)

    async def get(self, name: str = "a", epoch: tuple[int, int] = EPOCH) -> bytes:
        return await self.inits.get(InitSection(uri=self.url + name), epoch, {})


@asynccontextmanager
async def sections(*answers: bytes, limits: Limits = SOON) -> AsyncIterator[Desk]:
    """``answers`` one after the other, the last one for ever; what is called silent never answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        desk.asked[name] += 1
        desk.open[name] += 1
        try:
            await asyncio.sleep(3600 if name == "silent" else 0.02)
            body = desk.answers.pop(0) if len(desk.answers) > 1 else desk.answers[0]
            return web.Response(body=body)
        finally:
            desk.open[name] -= 1

    app = web.Application()
    app.add_routes([web.get("/{name}", answer)])
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with HttpClient() as client:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        requests = Requests(client, limits=limits)
        desk = Desk(inits=InitSections(requests, Keys(requests)), url=url, answers=list(answers))
        yield desk
    await runner.cleanup()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("content", [WHOLE, TABLES], ids=["MP4", "tables of MPEG-TS"])
async def test_one_is_fetched_once_for_all_that_need_it(content: bytes) -> None:
    async with sections(content) as desk:
        assert await asyncio.gather(*[desk.get() for _ in range(8)]) == [content] * 8
        assert await desk.get() == content
        assert desk.asked["a"] == 1
        await desk.get(epoch=(1, 0))
        assert desk.asked["a"] == 2


@pytest.mark.parametrize(
    "damaged",
    [
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:-1],
        WHOLE[:24],
        b"",
        b"<!DOCTYPE html><title>Sorry</title>",
        TABLES[:200],
    ],
    ids=["half of it", "all but a byte", "a box of two", "nothing", "an error page", "a packet and a bit"],
)
async def test_what_breaks_off_is_not_kept(damaged: bytes) -> None:
    async with sections(damaged, WHOLE) as desk:
        assert await desk.get() == damaged
        assert await desk.get() == WHOLE
        assert await desk.get() == WHOLE
        assert desk.asked["a"] == 2


async def test_one_that_does_not_come_keeps_no_other_waiting_and_fails_for_all_at_once() -> None:
    async with sections(WHOLE) as desk:
        began = asyncio.get_running_loop().time()
        stuck = [asyncio.create_task(desk.get("silent")) for _ in range(8)]
        await until(lambda: desk.open["silent"] > 0)
        assert await desk.get() == WHOLE
        assert not any(task.done() for task in stuck)
        failures = await asyncio.gather(*stuck, return_exceptions=True)
        assert [type(failure) for failure in failures] == [SourceUnreachable] * 8
        assert desk.asked["silent"] == 2
        assert asyncio.get_running_loop().time() - began < 2


async def test_nobody_left_who_waits_it_is_ended() -> None:
    async with sections(WHOLE, limits=Limits()) as desk:
        stuck = [asyncio.create_task(desk.get("silent")) for _ in range(2)]
        await until(lambda: desk.open["silent"] == 1)
        await cancelled(stuck[:1])
        assert desk.open["silent"] == 1
        await cancelled(stuck[1:])
        await until(lambda: desk.open["silent"] == 0)


async def cancelled(tasks: Sequence[asyncio.Task[bytes]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert all(task.cancelled() for task in tasks)
