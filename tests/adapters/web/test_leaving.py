from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from longtake.adapters.web.leaving import ClientGone, unless_gone
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
