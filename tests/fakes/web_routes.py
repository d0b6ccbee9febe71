"""Some routes on a real server on loopback, without the rest of a node."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from tests.fakes.answer import Answer
from tests.fakes.memory_store import MemoryDisk, MemoryStore

from longtake.adapters.web.app import build_app
from longtake.adapters.web.server import run_server
from longtake.app.wiring.demo import free_port


def recorded_store(channel: str = "demo") -> MemoryStore:
    """A store in which CHANNEL/source has an hour; what is in it is the business of stand-ins."""
    disk = MemoryDisk()
    disk.put(channel, "source", "2024-11-24T04", "chat is not here")
    return MemoryStore(disk)


class WebRoutes:
    """The routes under test, and metrics of theirs."""

    def __init__(self, port: int, session: aiohttp.ClientSession, registry: CollectorRegistry) -> None:
        self.port = port
        self.session = session
        self._registry = registry

    def url(self, path: str) -> str:
        """On this server."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """One request; underscores in names of headers stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, self.url(path), headers=named) as response:
            return Answer(status=response.status, headers=response.headers, body=await response.read())

    def ask_without_reading(self, path: str) -> socket.socket:
        """A client that sends a request and reads nothing; to be closed."""
        client = socket.create_connection(("127.0.0.1", self.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return client

    def metric(self, name: str, **labels: str) -> float:
        """A sample of the registry; 0 if there is none."""
        return self._registry.get_sample_value(name, labels) or 0


@asynccontextmanager
async def web_routes(
    registry: CollectorRegistry, routes: Sequence[BaseRoute], routers: Sequence[APIRouter] = ()
) -> AsyncIterator[WebRoutes]:
    """Serves them until the block ends, with ``/healthz`` beside."""
    app = build_app(routers, [*routes, Route("/healthz", _health)], registry)
    port = free_port()
    server = asyncio.create_task(run_server(app, "127.0.0.1", port))
    try:
        async with aiohttp.ClientSession() as session:
            served = WebRoutes(port, session, registry)
            await _until_up(served)
            yield served
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)


async def _health(request: Request) -> Response:
    return Response('{"status":"ok"}', media_type="application/json")


async def _until_up(served: WebRoutes) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await served.get("/healthz")
                return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)
