from __future__ import annotations

import asyncio

import aiohttp
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from longtake.adapters.web.leaving import ClientGone, PatientReceiving, unless_gone
from longtake.adapters.web.server import run_server
from longtake.app.wiring.demo import free_port
from longtake.core.errors import NotFound


class Client:
    """Has sent its request, and hangs up when told."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self._asked = False

    async def receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}


class Work:
    """Is done when told; knows whether it was given up."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.given_up = False

    async def run(self) -> str:
        try:
            await self.done.wait()
        except asyncio.CancelledError:
            self.given_up = True
            raise
        return "result"


async def test_a_client_that_stays_gets_the_result() -> None:
    client, work = Client(), Work()
    work.done.set()
    assert await unless_gone(client.receive, work.run()) == "result"


async def test_a_client_that_leaves_ends_the_work() -> None:
    client, work = Client(), Work()
    waiting = asyncio.create_task(unless_gone(client.receive, work.run()))
    await asyncio.sleep(0)
    client.gone.set()
    with pytest.raises(ClientGone):
        await waiting
    assert work.given_up


async def test_what_is_done_counts_though_the_client_leaves() -> None:
    client, work = Client(), Work()
    work.done.set()
    client.gone.set()
    assert await unless_gone(client.receive, work.run()) == "result"


async def test_what_the_work_raises_is_raised() -> None:
    async def fail() -> None:
        raise NotFound("gone")

    with pytest.raises(NotFound, match="gone"):
        await unless_gone(Client().receive, fail())


async def test_a_server_that_stops_ends_the_work() -> None:
    work = Work()
    waiting = asyncio.create_task(unless_gone(Client().receive, work.run()))
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.given_up


async def test_a_client_that_stays_is_there_however_often_it_is_looked_for() -> None:
    """Over the real server, which takes a receive that was cancelled for the end of the request."""
    found: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for work_s in (
            0,
            0.005,
        ):  # work that is done before the server can answer, and work that takes a moment
            try:
                await unless_gone(receive, asyncio.sleep(work_s))
            except ClientGone:
                found.append("gone")
        await PlainTextResponse("there")(scope, receive, send)

    port = free_port()
    server = asyncio.create_task(run_server(PatientReceiving(app), "127.0.0.1", port))
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(20):
                assert await text_of(session, f"http://127.0.0.1:{port}/") == "there"
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)
    assert found == []


async def text_of(session: aiohttp.ClientSession, url: str) -> str:
    """Once the server is up."""
    async with asyncio.timeout(10):
        while True:
            try:
                async with session.get(url) as answer:
                    return await answer.text()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.01)  # it is starting


async def test_a_client_that_hangs_up_is_gone_for_all_who_look() -> None:
    client = Client()
    gone: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        client.gone.set()
        gone.extend([(await receive())["type"] == "http.disconnect" for _ in range(2)])

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    await PatientReceiving(app)({"type": "http"}, client.receive, send)
    assert gone == [True, True]
