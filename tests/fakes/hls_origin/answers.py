"""Bad answers, and odd ones, to a request whose right answer is known."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable

from aiohttp import web

Trouble = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]
"""Answers a request in some bad way; gets the right content."""


async def gone(request: web.Request, content: bytes) -> web.StreamResponse:
    """404."""
    return web.Response(status=404)


async def failing(request: web.Request, content: bytes) -> web.StreamResponse:
    """503."""
    return web.Response(status=503)


async def cut_short(request: web.Request, content: bytes) -> web.StreamResponse:
    """Half of what Content-Length promises, then the connection breaks."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response


async def empty(request: web.Request, content: bytes) -> web.StreamResponse:
    """Nothing, and no error."""
    return web.Response(body=b"")


def stuck_after(arrived: asyncio.Event) -> Trouble:
    """Half of the body, then nothing more; ``arrived`` is set once the half is on its way."""

    async def stuck(request: web.Request, content: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        arrived.set()
        await asyncio.sleep(3600)
        return response

    return stuck


async def silent(request: web.Request, content: bytes) -> web.StreamResponse:
    """Not even headers."""
    await asyncio.sleep(3600)
    raise AssertionError("nobody waits so long")


async def stalled(request: web.Request, content: bytes) -> web.StreamResponse:
    """Half of the body, then nothing more."""
    return await stuck_after(asyncio.Event())(request, content)


async def trickling(request: web.Request, content: bytes) -> web.StreamResponse:
    """A few bytes every now and then, for ever."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for at in range(0, len(content), 8):
        await response.write(content[at : at + 8])
        await asyncio.sleep(0.2)
    return response


async def page(request: web.Request, content: bytes) -> web.StreamResponse:
    """An error page that says that all is well."""
    return web.Response(text="<!DOCTYPE html><title>Sorry</title>", content_type="text/html")


async def packed(request: web.Request, content: bytes) -> web.StreamResponse:
    """The right content, compressed on its way, though nobody asked for that."""
    return web.Response(body=gzip.compress(content), headers={"Content-Encoding": "gzip"})


async def broken_in_chunks(request: web.Request, content: bytes) -> web.StreamResponse:
    """Half of it in chunks, then the connection breaks."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


def ended_by_closing(size_bytes: int | None = None) -> Trouble:
    """So much of it (or all), without a word on how much it is, as HTTP/1.0 has it."""

    async def ended(request: web.Request, content: bytes) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + content[:size_bytes])
        transport.close()
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits so long")

    return ended


def sent(content: bytes) -> Trouble:
    """Other content, whole."""

    async def other(request: web.Request, right: bytes) -> web.StreamResponse:
        return web.Response(body=content, content_type="video/mp2t")

    return other


def held_until(go: asyncio.Event) -> Trouble:
    """Half of it, and the rest once told."""

    async def held(request: web.Request, content: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        await go.wait()
        await response.write(content[len(content) // 2 :])
        return response

    return held
