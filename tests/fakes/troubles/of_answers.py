"""Troubles on the way to the playlist."""

from __future__ import annotations

import asyncio

from aiohttp import web
from tests.fakes.certificates import Certificate
from tests.fakes.hls_origin.answers import (
    Trouble,
    cut_short,
    empty,
    failing,
    gone,
    packed,
    page,
    silent,
    stalled,
)
from tests.fakes.troubles.of_segments import refused, reset
from tests.fakes.troubles.rows import Expected, Play, row, says
from tests.fakes.troubles.stage import Stage

from longtake.services.capture.report import RecorderState

UNREACHABLE, REFUSED, DOWN = RecorderState.UNREACHABLE, RecorderState.REFUSED, RecorderState.DOWN


async def _begun(stage: Stage, count: int = 2) -> None:
    stage.origin.publish(count)
    stage.record()
    await stage.stored(*range(count))


@row("nothing is wrong")
async def all_is_well(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.publish(2)
    await stage.stored(2, 3)
    never = frozenset({UNREACHABLE, REFUSED, DOWN, RecorderState.STALLED})
    return Expected(never=never, fetched_once=True, counts={"missed": 0, "retries": 0})


@row("the playlist is answered 503 for a while")
async def fails(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.always["live.m3u8"] = failing
    await stage.said(UNREACHABLE, "HTTP 503")
    stage.origin.publish(1)
    del stage.origin.always["live.m3u8"]
    await stage.stored(2)
    return Expected(says=says(UNREACHABLE), fetched_once=True)


@row("the playlist is answered 503 once")
async def fails_once(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.answer("live.m3u8", failing)
    stage.origin.publish(1)
    await stage.stored(2)
    return Expected(never=frozenset({UNREACHABLE, DOWN, REFUSED}), fetched_once=True)


@row("the playlist is gone, and comes back")
async def is_gone(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.always["live.m3u8"] = gone
    await stage.said(DOWN, "HTTP 404")
    stage.origin.publish(1)
    del stage.origin.always["live.m3u8"]
    await stage.stored(2)
    return Expected(says=says(DOWN), never=frozenset({UNREACHABLE, REFUSED}), fetched_once=True)


@row("the playlist is refused: its address has run out")
async def has_run_out(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.always["live.m3u8"] = refused
    await stage.said(REFUSED, "HTTP 403")
    looked_up = stage.origin.requests["master.m3u8"]
    stage.origin.publish(1)
    del stage.origin.always["live.m3u8"]
    await stage.stored(2)
    assert stage.origin.requests["master.m3u8"] > looked_up, "the source was asked anew"
    return Expected(says=says(REFUSED), never=frozenset({UNREACHABLE, DOWN}), fetched_once=True)


_ONCE_OR_TWICE: dict[str, tuple[Trouble, ...]] = {
    "the connection for the playlist is reset": (reset, reset),
    "the playlist breaks off in the middle": (cut_short, cut_short),
    "the playlist's headers do not come": (silent,),
    "the playlist's body stalls": (stalled,),
    "nothing comes instead of the playlist, with status 200": (empty,),
}
"""What a poll or two meet, and what costs nothing."""


def _passing(troubles: tuple[Trouble, ...]) -> Play:
    async def passes(stage: Stage) -> Expected:
        await _begun(stage)
        stage.origin.answer("live.m3u8", *troubles)
        stage.origin.publish(1)
        await stage.stored(2)
        return Expected(fetched_once=True)

    return passes


for _name, _troubles in _ONCE_OR_TWICE.items():
    row(_name)(_passing(_troubles))


@row("a page of HTML comes instead of the playlist")
async def is_a_page(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.always["live.m3u8"] = page
    await stage.said(REFUSED, "no HLS playlist")
    stage.origin.publish(1)
    del stage.origin.always["live.m3u8"]
    await stage.stored(2)
    return Expected(says=says(REFUSED), fetched_once=True)


@row("the playlist is compressed")
async def is_packed(stage: Stage) -> Expected:
    stage.origin.always["live.m3u8"] = stage.origin.always["master.m3u8"] = packed
    await _begun(stage)
    return Expected(fetched_once=True)


@row("nobody listens, and then somebody does")
async def nobody_listens(stage: Stage) -> Expected:
    await stage.origin.stop()
    stage.record()
    await stage.said(UNREACHABLE, "connection refused")
    stage.origin.publish(2)
    await stage.origin.start()
    await stage.stored(0, 1)
    return Expected(says=says(UNREACHABLE), never=frozenset({DOWN, REFUSED}))


@row("the origin goes away and comes back")
async def goes_away(stage: Stage) -> Expected:
    await _begun(stage)
    await stage.origin.stop()
    await stage.said(UNREACHABLE, "connection refused")
    stage.origin.publish(1)
    await stage.origin.start()
    await stage.stored(2)
    return Expected(says=says(UNREACHABLE), never=frozenset({DOWN, REFUSED}), fetched_once=True)


@row("the host's name cannot be found")
async def has_no_address(stage: Stage) -> Expected:
    stage.record(url="http://stream.invalid/master.m3u8?token=SECRET")
    await stage.said(UNREACHABLE, "host name that cannot be found")
    return Expected(full=(), says=frozenset({UNREACHABLE}), never=frozenset({DOWN, REFUSED}))


@row("the certificate is not to be trusted")
async def has_a_bad_certificate(stage: Stage) -> Expected:
    await stage.origin.stop()
    stage.origin.port, stage.origin.tls = 0, Certificate(host="127.0.0.1").context(stage.folder)
    await stage.origin.start()
    stage.record()
    await stage.said(UNREACHABLE, "certificate")
    return Expected(full=(), says=frozenset({UNREACHABLE}), never=frozenset({DOWN, REFUSED}))


@row("the playlist is redirected, and its addresses belong to where it ends")
async def is_redirected(stage: Stage) -> Expected:
    async def moved(request: web.Request, content: bytes) -> web.StreamResponse:
        raise web.HTTPFound("/edge/live.m3u8?token=SECRET")

    stage.origin.always["live.m3u8"] = moved
    stage.origin.publish(2)
    stage.origin.files |= {f"edge/{entry.number}.ts": entry.content for entry in stage.origin.live.entries}
    stage.origin.files["edge/live.m3u8"] = stage.origin.live.text().encode()
    stage.record()
    await stage.stored(0, 1)
    return Expected()


@row("the playlist is redirected in a circle")
async def is_in_a_circle(stage: Stage) -> Expected:
    async def around(request: web.Request, content: bytes) -> web.StreamResponse:
        raise web.HTTPFound("/live.m3u8?token=SECRET")

    await _begun(stage)
    stage.origin.always["live.m3u8"] = around
    await stage.said(UNREACHABLE, "circle")
    stage.origin.publish(1)
    del stage.origin.always["live.m3u8"]
    await stage.stored(2)
    return Expected(says=says(UNREACHABLE), fetched_once=True)


@row("a poll is answered long after it was sent")
async def answers_late(stage: Stage) -> Expected:
    async def late(request: web.Request, content: bytes) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response(body=content)

    await _begun(stage)
    stage.origin.answer("live.m3u8", late)
    stage.origin.publish(1)
    await stage.stored(2)
    return Expected(fetched_once=True)
