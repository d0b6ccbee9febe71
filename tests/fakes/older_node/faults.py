"""Bad answers of an older node. Each gets the right content; those of ``tests.fakes.hls_origin.answers`` serve as well."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web
from tests.fakes.hls_origin.answers import Trouble, cut_short, silent, stalled, trickling

__all__ = [
    "Trouble",
    "also_listing",
    "cut_short",
    "delayed",
    "endless",
    "failing_with",
    "first_times",
    "half",
    "saying",
    "silent",
    "stalled",
    "trickling",
    "wrong_byte",
]

_PIECE = b"\xff" * 65536


def failing_with(status: int, text: str = "<!doctype html>\n<title>Sorry</title>\n") -> Trouble:
    """A status and a page."""

    async def failing(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type="text/html")

    return failing


def saying(value: object, status: int = 200) -> Trouble:
    """Any JSON instead: a dict, a string, lists in lists, hostile names, a million of them."""

    async def odd(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(status=status, text=json.dumps(value), content_type="text/html")

    return odd


def also_listing(*names: object) -> Trouble:
    """The right listing and these besides, in front."""

    async def listing(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(text=json.dumps([*names, *json.loads(content)]), content_type="text/html")

    return listing


def delayed(delay_s: float) -> Trouble:
    """The right answer, but late: not a byte before."""

    async def late(request: web.Request, content: bytes) -> web.StreamResponse:
        await asyncio.sleep(delay_s)
        return web.Response(body=content)

    return late


async def half(request: web.Request, content: bytes) -> web.StreamResponse:
    """Half of it, and a Content-Length that agrees: only the hash can tell."""
    return web.Response(body=content[: len(content) // 2])


async def wrong_byte(request: web.Request, content: bytes) -> web.StreamResponse:
    """The right length; the last byte is another."""
    return web.Response(body=content[:-1] + bytes([content[-1] ^ 1]) if content else b"x")


async def endless(request: web.Request, content: bytes) -> web.StreamResponse:
    """It begins rightly, and goes on for ever, as fast as the client reads."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(content)
    while True:
        await response.write(_PIECE)


def first_times(count: int, trouble: Trouble) -> Trouble:
    """The trouble for so many requests, then what is right."""
    left = count

    async def answer(request: web.Request, content: bytes) -> web.StreamResponse:
        nonlocal left
        if left > 0:
            left -= 1
            return await trouble(request, content)
        return web.Response(body=content)

    return answer
