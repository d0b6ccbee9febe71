"""A long body, as the server and the client see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from longtake.adapters.web.streaming import BodyEnd, BrokenOffError, StreamedBody
from longtake.core.errors import Corrupt

PATIENCE_S = 0.2


class Exchange:
    """One request; ``gone`` is set when the client hangs up."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.over: list[tuple[BodyEnd, int]] = []
        self.closed = False
        self.gone = asyncio.Event()
        self.over_when_whole: list[tuple[BodyEnd, int]] | None = None

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
            self.over_when_whole = list(self.over)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    def _end(self, end: BodyEnd, sent_bytes: int) -> None:
        assert self.closed
        self.over.append((end, sent_bytes))

    async def answer(
        self, *contents: bytes | Exception | None, length_bytes: int | None = 11, patience_s: float = 60
    ) -> None:
        chunks = self.chunks(b"first", *contents)
        body = StreamedBody(
            chunks,
            first=await anext(chunks),
            length_bytes=length_bytes,
            media_type="video/mp2t",
            headers={"X": "y"},
            when_over=self._end,
            patience_s=patience_s,
        )
        await body({"type": "http", "method": "GET", "path": "/cut"}, self.receive, self.send)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def whole(self) -> bool:
        return self.sent[-1]["type"] == "http.response.body" and not self.sent[-1].get("more_body")


class Unread(Exchange):
    """A client that reads the head of the answer, and of the body so many pieces."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self._left = pieces + 1

    async def send(self, message: Message) -> None:
        if not self._left:
            await asyncio.Event().wait()
        self._left -= 1
        await super().send(message)


async def test_a_body_is_sent_whole_and_is_over_before_the_client_knows() -> None:
    exchange = Exchange()
    await exchange.answer(b"second")
    assert (exchange.body, exchange.whole, exchange.closed) == (b"firstsecond", True, True)
    assert exchange.over == exchange.over_when_whole == [(BodyEnd.WHOLE, 11)]
    assert (exchange.headers[b"content-length"], exchange.headers[b"x"]) == (b"11", b"y")


async def test_a_body_of_unknown_length_says_none() -> None:
    exchange = Exchange()
    await exchange.answer(b"second", length_bytes=None)
    assert b"content-length" not in exchange.headers
    assert (exchange.body, exchange.whole) == (b"firstsecond", True)


async def test_a_big_chunk_goes_out_in_pieces_so_that_a_slow_client_is_seen_to_read() -> None:
    exchange = Exchange()
    big = bytes(range(256)) * 8000
    await exchange.answer(big)
    assert exchange.body == b"first" + big
    assert max(len(message.get("body", b"")) for message in exchange.sent) <= 1 << 18


async def test_a_failure_midway_never_ends_as_if_whole_and_is_one_line_in_the_log() -> None:
    exchange = Exchange()
    with capture_logs() as logs, pytest.raises(BrokenOffError):
        await exchange.answer(Corrupt("damaged"), b"second")
    assert (exchange.body, exchange.whole, exchange.over) == (b"first", False, [(BodyEnd.FAILED, 5)])
    assert [(entry["log_level"], entry["path"], entry["reason"]) for entry in logs] == [
        ("warning", "/cut", "damaged")
    ]


async def test_a_bug_midway_is_told_as_one() -> None:
    exchange = Exchange()
    with pytest.raises(ZeroDivisionError):
        await exchange.answer(ZeroDivisionError())
    assert (exchange.whole, exchange.over) == (False, [(BodyEnd.FAILED, 5)])


async def test_a_client_that_hangs_up_ends_the_work() -> None:
    exchange = Exchange()
    exchange.gone.set()
    async with asyncio.timeout(5):
        await exchange.answer(None)
    assert (exchange.whole, exchange.closed) == (False, True)
    assert [end for end, _ in exchange.over] == [BodyEnd.LEFT]


@pytest.mark.parametrize("pieces", [0, 1])
async def test_a_client_that_reads_nothing_is_cut_off(pieces: int) -> None:
    exchange = Unread(pieces)
    with capture_logs() as logs, pytest.raises(BrokenOffError):
        await exchange.answer(b"second", b"third", patience_s=PATIENCE_S)
    assert (exchange.whole, exchange.over) == (False, [(BodyEnd.STALLED, 5 * pieces)])
    assert [entry["reason"] for entry in logs] == ["the client took nothing for 0.2 s"]


async def test_work_that_makes_nothing_is_cut_off() -> None:
    exchange = Exchange()
    with capture_logs() as logs, pytest.raises(BrokenOffError):
        await exchange.answer(None, patience_s=PATIENCE_S)
    assert (exchange.closed, exchange.over) == (True, [(BodyEnd.STALLED, 5)])
    assert [entry["reason"] for entry in logs] == ["there was nothing for 0.2 s"]


async def test_a_slow_client_that_reads_is_waited_for() -> None:
    class Slow(Exchange):
        async def send(self, message: Message) -> None:
            await asyncio.sleep(PATIENCE_S / 4)
            await super().send(message)

    exchange = Slow()
    await exchange.answer(*[b"more"] * 8, patience_s=PATIENCE_S)
    assert exchange.over == [(BodyEnd.WHOLE, 37)]


async def test_a_server_that_stops_ends_the_work() -> None:
    exchange = Exchange()
    answering = asyncio.create_task(exchange.answer(None))
    while len(exchange.sent) < 2:
        await asyncio.sleep(0)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert (exchange.closed, exchange.over) == (True, [(BodyEnd.FAILED, 5)])


async def test_a_client_that_is_gone_before_the_first_byte_keeps_no_place() -> None:
    class Gone(Exchange):
        async def send(self, message: Message) -> None:
            raise OSError("gone")

    exchange = Gone()
    with pytest.raises(OSError, match="gone"):
        await exchange.answer(b"second")
    assert (exchange.closed, exchange.over) == (True, [(BodyEnd.FAILED, 0)])
