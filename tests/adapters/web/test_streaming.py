"""A long body, as the server and the client see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from longtake.adapters.web.streaming import BrokenOffError, StreamedBody
from longtake.core.errors import Corrupt


class Exchange:
    """One request; ``gone`` is set when the client hangs up."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.over = 0
        self.closed = False
        self.gone = asyncio.Event()
        self.over_when_whole: int | None = None

    async def chunks(self, *contents: bytes | Exception | None) -> AsyncGenerator[bytes, None]:
        """None waits for ever."""
        try:
            for content in contents:
                if isinstance(content, Exception):
                    raise content
                if content is None:
                    await asyncio.Event().wait()
                    continue
                yield content
        finally:
            self.closed = True

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.over_when_whole = self.over

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    def _count(self) -> None:
        self.over += 1

    async def answer(self, *contents: bytes | Exception | None, method: str = "GET") -> None:
        chunks = self.chunks(b"first", *contents)
        body = StreamedBody(
            chunks,
            first=await anext(chunks),
            length_bytes=11,
            media_type="video/mp2t",
            headers={"X": "y"},
            when_over=self._count,
        )
        await body({"type": "http", "method": method, "path": "/"}, self.receive, self.send)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def whole(self) -> bool:
        return self.sent[-1]["type"] == "http.response.body" and not self.sent[-1].get("more_body")


async def test_a_body_is_sent_whole_and_is_over_before_the_client_knows() -> None:
    exchange = Exchange()
    await exchange.answer(b"second")
    assert (exchange.body, exchange.whole, exchange.closed, exchange.over) == (b"firstsecond", True, True, 1)
    assert exchange.over_when_whole == 1
    headers = dict(exchange.sent[0]["headers"])
    assert (headers[b"content-length"], headers[b"x"]) == (b"11", b"y")


async def test_head_has_headers_alone() -> None:
    exchange = Exchange()
    await exchange.answer(b"second", method="HEAD")
    assert (exchange.body, exchange.whole, exchange.closed, exchange.over) == (b"", True, True, 1)


async def test_a_failure_midway_never_ends_as_if_whole() -> None:
    exchange = Exchange()
    with pytest.raises(BrokenOffError):
        await exchange.answer(Corrupt("damaged"), b"second")
    assert (exchange.body, exchange.whole, exchange.closed, exchange.over) == (b"first", False, True, 1)


async def test_a_client_that_hangs_up_ends_the_work() -> None:
    exchange = Exchange()
    exchange.gone.set()
    async with asyncio.timeout(5):
        await exchange.answer(None)
    assert (exchange.whole, exchange.closed, exchange.over) == (False, True, 1)


async def test_a_server_that_stops_ends_the_work() -> None:
    exchange = Exchange()
    answering = asyncio.create_task(exchange.answer(None))
    while len(exchange.sent) < 2:
        await asyncio.sleep(0)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert (exchange.closed, exchange.over) == (True, 1)


async def test_a_client_that_is_gone_before_the_first_byte_keeps_no_place() -> None:
    class Gone(Exchange):
        async def send(self, message: Message) -> None:
            raise OSError("gone")

    exchange = Gone()
    with pytest.raises(OSError, match="gone"):
        await exchange.answer(b"second")
    assert (exchange.closed, exchange.over) == (True, 1)
