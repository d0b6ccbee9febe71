"""The server: granian, embedded in our own event loop, so that one process holds caches, limits and signals."""

from __future__ import annotations

import asyncio

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp

_OPEN_ANSWERS_END_WITHIN_S = 2


async def run_server(app: ASGIApp, host: str, port: int) -> None:
    """Serves the application until cancelled; answers under way get a moment to end."""
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        # Each open connection counts, also an idle one: with granian's 128, two dozen browsers would shut out the rest.
        backlog=1024,
        backpressure=8192,
        log_enabled=False,
    )
    running = asyncio.create_task(server.serve(), name="granian")
    try:
        await asyncio.shield(running)
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({running}, timeout=_OPEN_ANSWERS_END_WITHIN_S)
