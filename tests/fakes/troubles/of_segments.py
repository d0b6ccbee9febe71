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
from tests.fakes.troubles.rows import Expected, row
from tests.fakes.troubles.stage import Stage

from longtake.core.segments import SegmentType

SUSPECT, PARTIAL = SegmentType.SUSPECT, SegmentType.PARTIAL


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


@row("a segment is refused once, and then is there")
async def is_refused_once(stage: Stage) -> Expected:
    await _with(stage, refused)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("a segment is refused for good")
async def is_refused(stage: Stage) -> Expected:
    stage.origin.always["1.ts"] = refused
    await _with(stage)
    await stage.until(lambda: stage.status("missed") == 1, "one is missed")
    return Expected(full=(0, 2), counts={"missed_because": {"refused": 1}}, words=("HTTP 403",))


@row("the connection is reset before the answer")
async def is_reset(stage: Stage) -> Expected:
    await _with(stage, reset, reset)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("the headers of an answer do not come")
async def stalls_before_headers(stage: Stage) -> Expected:
    await _with(stage, silent)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("the body of an answer stalls")
async def stalls_in_body(stage: Stage) -> Expected:
    await _with(stage, stalled)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("the body of an answer comes in drips")
async def drips(stage: Stage) -> Expected:
    await _with(stage, trickling)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("the body breaks off, its length was stated")
async def breaks_off(stage: Stage) -> Expected:
    await _with(stage, cut_short)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("the body breaks off in the middle of a chunk")
async def breaks_off_in_chunks(stage: Stage) -> Expected:
    await _with(stage, broken_in_chunks)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("the body breaks off without a word, its length was not stated")
async def breaks_off_unseen(stage: Stage) -> Expected:
    half = len(media(at_us(START), 30)[1]) // 2
    await _with(stage, ended_by_closing(half))
    await stage.stored(1)
    return Expected(others={PARTIAL: 1}, counts={"missed": 0})


@row("the body breaks off as often as it is asked for")
async def breaks_off_for_ever(stage: Stage) -> Expected:
    stage.origin.always["1.ts"] = cut_short
    await _with(stage)
    await stage.count(1, PARTIAL)
    await stage.until(lambda: stage.status("missed") == 1, "one is missed")
    return Expected(full=(0, 2), others={PARTIAL: 1}, counts={"missed_because": {"broken_off": 1}})


@row("the stated length is longer than the body")
async def promises_too_much(stage: Stage) -> Expected:
    await _with(stage, too_long)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("a length is never stated")
async def states_no_length(stage: Stage) -> Expected:
    for number in range(3):
        stage.origin.always[f"{number}.ts"] = ended_by_closing()
    await _with(stage)
    await stage.stored(1)
    return Expected(counts={"missed": 0})


@row("a page of HTML comes with status 200")
async def is_a_page(stage: Stage) -> Expected:
    await _with(stage, page)
    await stage.stored(1)
    return Expected(others={SUSPECT: 1}, counts={"missed": 0})


@row("bytes come that are no media")
async def is_noise(stage: Stage) -> Expected:
    await _with(stage, sent(bytes(range(256)) * 100))
    await stage.stored(1)
    return Expected(others={SUSPECT: 1}, counts={"missed": 0})


@row("a half of the segment comes as if it were the whole")
async def is_a_half(stage: Stage) -> Expected:
    content = media(at_us(START), 30)[1]
    await _with(stage, sent(content[: len(content) // 2 // 188 * 188]))
    await stage.stored(1)
    return Expected(others={SUSPECT: 1}, counts={"missed": 0})


@row("nothing comes, with status 200")
async def is_empty(stage: Stage) -> Expected:
    await _with(stage, empty)
    await stage.stored(1)
    return Expected(others={SUSPECT: 1}, counts={"missed": 0})


@row("a segment is compressed on its way, unasked")
async def is_packed(stage: Stage) -> Expected:
    await _with(stage, packed)
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
