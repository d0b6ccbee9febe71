"""A server that answers every request with the same bytes, stalls where it is told to, and counts."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self

Then = Literal["close", "reset", "keep"]


class OddAnswers:
    """Sends ``pieces`` in order, and then closes, resets or keeps the connection.

    ``stalls``: the first requests stall for ever before the piece of that number, each as its entry says.
    """

    def __init__(
        self,
        pieces: Sequence[bytes],
        *,
        stalls: Sequence[int | None] = (),
        then: Then = "close",
        pause_s: float = 0,
    ) -> None:
        self._pieces = pieces
        self._stalls = list(stalls)
        self._then = then
        self._pause_s = pause_s
        self._server: asyncio.Server | None = None
        self._at_once = 0
        self.connections = 0
        self.requests = 0
        self.most_at_once = 0

    @property
    def url(self) -> str:
        """Any path is answered alike."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/x.ts?token=SECRET"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def until_idle(self) -> None:
        """Until every request that was not answered was given up by its client."""
        async with asyncio.timeout(5):
            while self._at_once:
                await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                await self._counted(reader, writer)
                if self._then != "keep":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._hang_up(writer)

    async def _counted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._answer(reader, writer)
        finally:
            self._at_once -= 1

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stall = self._stalls.pop(0) if self._stalls else None
        for number, piece in enumerate(self._pieces):
            if number == stall:
                await reader.readuntil(b"\r\n\r\n")  # for ever: until the client hangs up
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(self._pause_s)

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        if self._then == "reset":
            # SO_LINGER with no time: what is left is dropped, and the other side gets a reset (socket(7)).
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        writer.close()
