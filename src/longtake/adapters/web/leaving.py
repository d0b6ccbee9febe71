"""Work for a client that may leave: requests that nobody waits for any more are not worth their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from starlette.types import Receive

CLIENT_CLOSED_REQUEST = 499
"""The status, as nginx has it, for a client that has gone: only metrics see it."""

Result = TypeVar("Result")


class ClientGone(Exception):
    """The client has hung up. Not a LongtakeError: there is nobody to tell."""


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
