"""A way to a server that falls silent: it goes on taking connections and what comes, and passes nothing on any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SilentPort:
    """A port of loopback, which passes on what goes to the port ``behind`` and back, until somebody says ``word``."""

    def __init__(self, behind: int | None, word: bytes) -> None:
        self.port = 0
        self.is_silent = behind is None
        self._behind, self._word = behind, word

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection, as long as the other side holds it."""
        if self._behind is None:
            await self._pass_on(reader, writer)
            return
        back, on = await asyncio.open_connection("127.0.0.1", self._behind)
        await asyncio.gather(self._pass_on(reader, on), self._pass_on(back, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while said := await _read(reader):
                if self._word and self._word in said:
                    self.is_silent = True
                if not self.is_silent:
                    writer.write(said)
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


@asynccontextmanager
async def silent_port(behind: int | None = None, word: bytes = b"") -> AsyncIterator[SilentPort]:
    """Open until the block ends. Without ``behind`` it is silent from the beginning."""
    silent = SilentPort(behind, word)
    held: list[asyncio.Task[None]] = []
    async with asyncio.TaskGroup() as group:

        def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            held.append(group.create_task(silent.take(reader, writer), name="a held connection"))

        server = await asyncio.start_server(take, "127.0.0.1")
        silent.port = server.sockets[0].getsockname()[1]
        try:
            yield silent
        finally:
            server.close()
            for one in held:
                one.cancel()
    await server.wait_closed()
