"""A long body that notices when its client has gone or takes nothing, and that never ends as if whole when it failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from enum import StrEnum

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from longtake.adapters.web.leaving import ClientGone, unless_gone
from longtake.core.errors import LongtakeError

_PIECE_BYTES = 1 << 18  # progress is seen once a piece is taken: whoever takes 5 kB/s is not taken for gone

_log = structlog.get_logger()


class BodyEnd(StrEnum):
    """How a body ended."""

    WHOLE = "whole"
    LEFT = "left"
    """The client went away."""
    STALLED = "stalled"
    """The client took nothing for too long, or there was nothing to take."""
    FAILED = "failed"


WhenOver = Callable[[BodyEnd, int], None]
"""Told once: how it ended, and how many bytes of it went out."""


class BrokenOffError(Exception):
    """A body failed after its first byte. Not a LongtakeError: no handler can still answer."""


class StreamedBody(Response):
    """Sends ``first``, then the chunks as they come.

    ``piece_bytes``: what is sent at once; progress is seen once it is taken. ``length_bytes`` goes ahead, if it is known; without it the body is chunked. Either way a shortfall shows at the
    other end. ``when_over`` is called after the work has ended, and before the client can know that it has all.

    ``send`` waits while the client reads nothing, so the time from one piece to the next is limited. Yet it goes on
    taking bytes, without a word, for a client that hung up: only ``receive`` tells.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        first: bytes,
        length_bytes: int | None,
        media_type: str,
        headers: Mapping[str, str],
        when_over: WhenOver,
        patience_s: float,
        piece_bytes: int = _PIECE_BYTES,
    ) -> None:
        super().__init__(None, headers=dict(headers), media_type=media_type)
        self._piece_bytes = piece_bytes
        set_length(self, length_bytes)
        self._chunks = chunks
        self._first = first
        self._when_over: WhenOver | None = when_over
        self._patience_s = patience_s
        self._sent_bytes = 0
        self._waits_for_client = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. A failure midway raises, upon which the server breaks the connection."""
        end = BodyEnd.FAILED
        try:
            async with aclosing(self._chunks):
                await send(
                    {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                )
                end = await unless_gone(receive, self._send_all(send))
        except ClientGone:
            end = BodyEnd.LEFT
        except LongtakeError as error:
            _log.warning("a body was broken off", path=scope["path"], reason=str(error))
            raise BrokenOffError from error
        finally:
            self._over(end)
        if end is BodyEnd.STALLED:
            who = "the client took" if self._waits_for_client else "there was"
            _log.warning(
                "a body was broken off",
                path=scope["path"],
                reason=f"{who} nothing for {self._patience_s:g} s",
            )
            raise BrokenOffError

    def _over(self, end: BodyEnd) -> None:
        when_over, self._when_over = self._when_over, None
        if when_over is not None:
            when_over(end, self._sent_bytes)

    async def _send_all(self, send: Send) -> BodyEnd:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience_s) as patience, aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    self._waits_for_client = True
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    self._waits_for_client = False
                    self._sent_bytes += len(piece)
                    patience.reschedule(loop.time() + self._patience_s)
        except TimeoutError:
            if not patience.expired():
                raise
            return BodyEnd.STALLED
        self._over(BodyEnd.WHOLE)
        await send({"type": "http.response.body", "body": b""})
        return BodyEnd.WHOLE

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        for piece in self._cut_up(self._first):
            yield piece
        async for chunk in self._chunks:
            for piece in self._cut_up(chunk):
                yield piece

    def _cut_up(self, chunk: bytes) -> list[bytes]:
        most = self._piece_bytes
        if len(chunk) <= most:
            return [chunk]
        return [chunk[begin : begin + most] for begin in range(0, len(chunk), most)]


def set_length(answer: Response, length_bytes: int | None) -> None:
    """The length of a body that is not in the answer itself; None takes away what the framework thinks it is."""
    if length_bytes is None:
        del answer.headers["Content-Length"]
    else:
        answer.headers["Content-Length"] = str(length_bytes)
