"""A long body that notices when its client has gone, and that never ends as if whole when it failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from longtake.core.errors import LongtakeError

_log = structlog.get_logger()


class StreamedBody(Response):
    """Sends the chunks as they come. ``length_bytes`` goes ahead, so that a shortfall shows at the other end.

    The server goes on taking bytes for a client that hung up; only ``receive`` tells.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        length_bytes: int,
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            None, headers={**(headers or {}), "Content-Length": str(length_bytes)}, media_type=media_type
        )
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. A failure midway raises, upon which the server breaks the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        sending = asyncio.ensure_future(self._send_all(send))
        leaving = asyncio.ensure_future(_until_gone(receive))
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
        async with aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class BrokenOffError(Exception):
    """A body failed after its first byte. Not a LongtakeError: no handler can still answer."""


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
