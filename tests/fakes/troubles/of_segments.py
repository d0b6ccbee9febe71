"""Troubles of single segments on their way."""

from __future__ import annotations

import asyncio

from aiohttp import web
from tests.fakes.hls_origin.answers import (
    Trouble,
    broken_in_chunks,
    cut_short,
    empty,
    ended_by_closing,
    failing,
    gone,
    packed,
    page,
    sent,
    silent,
    stalled,
    trickling,
)
from tests.fakes.recording import START, at_us, media
from tests.fakes.troubles.rows import Expected, Play, row
from tests.fakes.troubles.stage import Stage

from longtake.core.segments import SegmentType

SUSPECT, PARTIAL = SegmentType.SUSPECT, SegmentType.PARTIAL
SECOND = media(at_us(START), 30)[1]


async def _with(stage: Stage, *troubles: Trouble) -> None:
    """The second of three segments meets them."""
    stage.origin.answer("1.ts", *troubles)
    stage.origin.publish(3)
    stage.record()
    await stage.stored(0, 2)


async def reset(request: web.Request, content: bytes) -> web.StreamResponse:
    """The connection is gone before a byte of an answer."""
    assert request.transport is not None
    request.transport.abort()
    await asyncio.sleep(3600)
    raise AssertionError("nobody waits so long")


async def refused(request: web.Request, content: bytes) -> web.StreamResponse:
    """403."""
    return web.Response(status=403)


async def elsewhere(request: web.Request, content: bytes) -> web.StreamResponse:
    """Redirected to another address, whose right answer it is."""
    raise web.HTTPFound(f"/moved/{request.path}?token=SECRET")


async def too_long(request: web.Request, content: bytes) -> web.StreamResponse:
    """Promises more than there is, and hangs up."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content) + 5000)})
    await response.prepare(request)
    await response.write(content)
    assert request.transport is not None
    request.transport.close()
    return response


@row("a segment is answered 503 twice")
async def fails_twice(stage: Stage) -> Expected:
    await _with(stage, failing, failing)
    await stage.stored(1)
    return Expected(counts={"retries": 2, "missed": 0})


@row("a segment is not there yet, for the edge lags behind its playlist")
async def lags(stage: Stage) -> Expected:
    await _with(stage, gone, gone, gone)
    await stage.stored(1)
    return Expected(counts={"retries": 3, "missed": 0})


@row("a segment is gone for good")
async def is_gone(stage: Stage) -> Expected:
    stage.origin.always["1.ts"] = gone
    await _with(stage)
    await stage.until(lambda: stage.status("missed") == 1, "one is missed")
    return Expected(full=(0, 2), counts={"missed_because": {"gone": 1}}, words=("HTTP 404",))


_MENDED: dict[str, tuple[tuple[Trouble, ...], SegmentType | None]] = {
    "a segment is refused once, and then is there": ((refused,), None),
    "the connection is reset before the answer": ((reset, reset), None),
    "the headers of an answer do not come": ((silent,), None),
    "the body of an answer stalls": ((stalled,), None),
    "the body of an answer comes in drips": ((trickling,), None),
    "the body breaks off, its length was stated": ((cut_short,), None),
    "the body breaks off in the middle of a chunk": ((broken_in_chunks,), None),
    "the body breaks off without a word, its length was not stated": (
        (ended_by_closing(len(SECOND) // 2),),
        PARTIAL,
    ),
    "the stated length is longer than the body": ((too_long,), None),
    "a page of HTML comes with status 200": ((page,), SUSPECT),
    "bytes come that are no media": ((sent(bytes(range(256)) * 100),), SUSPECT),
    "a half of the segment comes as if it were the whole": (
        (sent(SECOND[: len(SECOND) // 2 // 188 * 188]),),
        SUSPECT,
    ),
    "nothing comes, with status 200": ((empty,), SUSPECT),
    "a segment is compressed on its way, unasked": ((packed,), None),
}
"""What the first tries meet, and what else is on disk then: the segment is asked for again until it is whole."""


def _mended(troubles: tuple[Trouble, ...], other: SegmentType | None) -> Play:
    async def is_mended(stage: Stage) -> Expected:
        await _with(stage, *troubles)
        await stage.stored(1)
        return Expected(others={} if other is None else {other: 1}, counts={"missed": 0})

    return is_mended


for _name, (_troubles, _other) in _MENDED.items():
    row(_name)(_mended(_troubles, _other))


@row("a segment is refused for good")
async def is_refused(stage: Stage) -> Expected:
    stage.origin.always["1.ts"] = refused
    await _with(stage)
    await stage.until(lambda: stage.status("missed") == 1, "one is missed")
    return Expected(full=(0, 2), counts={"missed_because": {"refused": 1}}, words=("HTTP 403",))


@row("the body breaks off as often as it is asked for")
async def breaks_off_for_ever(stage: Stage) -> Expected:
    stage.origin.always["1.ts"] = cut_short
    await _with(stage)
    await stage.count(1, PARTIAL)
    await stage.until(lambda: stage.status("missed") == 1, "one is missed")
    return Expected(full=(0, 2), others={PARTIAL: 1}, counts={"missed_because": {"broken_off": 1}})


@row("a length is never stated")
async def states_no_length(stage: Stage) -> Expected:
    for number in range(3):
        stage.origin.always[f"{number}.ts"] = ended_by_closing()
    await _with(stage)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("a segment is redirected")
async def is_elsewhere(stage: Stage) -> Expected:
    stage.origin.files["moved//1.ts"] = media(at_us(START), 30)[1]
    await _with(stage, elsewhere)
    await stage.stored(1)
    return Expected(counts={"missed": 0, "retries": 0})


@row("more segments fail than may be asked for at once")
async def many_fail(stage: Stage) -> Expected:
    for number in range(20):
        stage.origin.always[f"{number}.ts"] = failing
    stage.origin.live.window = 30
    stage.origin.publish(24)
    stage.record()
    await stage.stored(20, 21, 22, 23)
    stage.origin.publish(2)
    await stage.stored(24, 25)
    return Expected(full=(20, 21, 22, 23, 24, 25))
