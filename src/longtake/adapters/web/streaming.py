"""A long body that notices when its client has gone, and that never ends as if whole when it failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from longtake.core.errors import LongtakeError

_log = structlog.get_logger()


class StreamedBody(Response):
    """Sends ``first``, then the chunks as they come. ``length_bytes`` goes ahead, so that a shortfall shows at the
    other end. ``when_over`` is called once, however it ends, and before the client can know that it has all.

    The server goes on taking bytes for a client that hung up; only ``receive`` tells.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        first: bytes,
        length_bytes: int,
        media_type: str,
        headers: Mapping[str, str],
        when_over: Callable[[], None],
    ) -> None:
        super().__init__(
            None, headers={**headers, "Content-Length": str(length_bytes)}, media_type=media_type
        )
        self._chunks = chunks
        self._first = first
        self._when_over: Callable[[], None] | None = when_over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. A failure midway raises, upon which the server breaks the connection."""
        try:
            async with aclosing(self._chunks):
                start = {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
                await send(start)
                if scope["method"] == "HEAD":
                    self._over()
                    await send({"type": "http.response.body", "body": b""})
                else:
                    await self._send_until_gone(scope, receive, send)
        finally:
            self._over()

    def _over(self) -> None:
        when_over, self._when_over = self._when_over, None
        if when_over is not None:
            when_over()

    async def _send_until_gone(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send), name="send a body")
        leaving = asyncio.create_task(_until_gone(receive), name="watch for the client to leave")
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        except LongtakeError as error:
            _log.warning("a body was broken off", path=scope["path"], reason=str(error))
            raise BrokenOffError from error
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        self._over()
        await send({"type": "http.response.body", "body": b""})


class BrokenOffError(Exception):
    """A body failed after its first byte. Not a LongtakeError: no handler can still answer."""


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
