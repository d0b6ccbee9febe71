"""Work for a client that may leave: requests that nobody waits for any more are not worth their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLIENT_CLOSED_REQUEST = 499
"""The status, as nginx has it, for a client that has gone: only metrics see it."""

Result = TypeVar("Result")


class ClientGone(Exception):
    """The client has hung up. Not a LongtakeError: there is nobody to tell."""


class PatientReceiving:
    """Around the application: whoever gives up waiting for a message leaves the message to the next who waits.

    granian takes a ``receive`` that was cancelled for the end of the request: the next one says that the client has
    hung up, which is not true (granian 2, measured). So what the server is asked for is never cancelled while the
    request goes on.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        waiting: asyncio.Task[Message] | None = None

        async def receive_patiently() -> Message:
            nonlocal waiting
            if waiting is None:
                waiting = asyncio.create_task(_message(receive), name="wait for the client")
            message = await asyncio.shield(waiting)
            if message["type"] == "http.request":  # that it has hung up stays true
                waiting = None
            return message

        try:
            await self._app(scope, receive_patiently, send)
        finally:
            if waiting is not None:
                waiting.cancel()


async def _message(receive: Receive) -> Message:
    return await receive()


async def until_gone(receive: Receive) -> None:
    """Returns when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(receive: Receive, work: Coroutine[object, object, Result]) -> Result:
    """What the work returns or raises. If the client leaves first, the work is cancelled, and this raises ClientGone."""
    working = asyncio.create_task(work, name="work for a client")
    leaving = asyncio.create_task(until_gone(receive), name="watch for the client to leave")
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
