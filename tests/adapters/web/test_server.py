"""What one client can make the server do: heads and bodies without end, and connections that say nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tests.fakes.raw_http import raw_answer, raw_request
from tests.fakes.web_routes import WebRoutes, web_routes

MIB = 1 << 20
NEVER_READ = 64 * MIB
"""More than all buffers between a client and a server hold."""


async def listing(request: Request) -> Response:
    return PlainTextResponse("[]")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web() -> AsyncIterator[WebRoutes]:
    async with web_routes(CollectorRegistry(), [Route("/files", listing), Route("/cold", listing)]) as web:
        yield web


HEADS = {
    "a path of 60 kB": (raw_request(b"/files?" + b"a" * 60_000), 200),
    "a path of 70 kB": (raw_request(b"/files?" + b"a" * 70_000), 414),
    "a header of 300 kB": (raw_request(b"/files", b"X: " + b"a" * 300_000), 200),
    "90 headers": (raw_request(b"/files", *[b"X%d: a" % index for index in range(90)]), 200),
    "110 headers": (raw_request(b"/files", *[b"X%d: a" % index for index in range(110)]), 431),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("request_", "status"), HEADS.values(), ids=HEADS.keys())
async def test_heads_have_a_limit(web: WebRoutes, request_: bytes, status: int) -> None:
    assert (await raw_answer(web.port, request_)).status == status


@pytest.mark.asyncio(loop_scope="module")
async def test_a_head_without_end_is_cut_off(web: WebRoutes) -> None:
    head = raw_request(b"/files", b"X: " + b"a" * NEVER_READ)
    with suppress(ConnectionError):  # it is closed with bytes unread, so the answer may not arrive
        assert (await raw_answer(web.port, head)).status == 431
    assert (await web.get("/files")).status == 200


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", [b"/files", b"/cold", b"/nothing"])
@pytest.mark.parametrize(
    ("header", "chunk"),
    [
        (b"Content-Length: 1000000000000", b"x" * MIB),
        (b"Transfer-Encoding: chunked", b"100000\r\n" + b"x" * MIB + b"\r\n"),
    ],
    ids=["of a length", "in chunks"],
)
async def test_a_body_without_end_is_cut_off_unread(
    web: WebRoutes, path: bytes, header: bytes, chunk: bytes
) -> None:
    head = raw_request(path, header).replace(b"Connection: close\r\n", b"")

    def send_for_ever() -> int:
        with socket.create_connection(("127.0.0.1", web.port), timeout=10) as client:
            client.sendall(head)
            sent = 0
            try:
                while sent < NEVER_READ:
                    client.sendall(chunk)
                    sent += len(chunk)
            except (BrokenPipeError, ConnectionResetError):
                return sent
        return sent

    assert await asyncio.to_thread(send_for_ever) < NEVER_READ
    assert (await web.get("/files")).status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_a_small_body_of_a_get_is_ignored_and_the_connection_goes_on(web: WebRoutes) -> None:
    first = raw_request(b"/files", b"Content-Length: 5").replace(b"Connection: close\r\n", b"") + b"hello"
    answer = await raw_answer(web.port, [first, raw_request(b"/cold")])
    assert answer.status == 200
    assert answer.body.count(b"HTTP/1.1 200 OK") == 1  # the second one, after the first's body
    assert answer.body.endswith(b"[]")


@pytest.mark.asyncio(loop_scope="module")
async def test_connections_that_say_nothing_shut_out_nobody(web: WebRoutes) -> None:
    silent = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(400)]
    try:
        async with asyncio.timeout(10):
            assert (await raw_answer(web.port, raw_request(b"/files"))).body == b"[]"
    finally:
        for client in silent:
            client.close()
