"""A real web process on loopback, inside the test's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry
from tests.fakes.answer import Answer
from yarl import URL

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.web.server import run_server
from longtake.app.config import load_settings
from longtake.app.settings import Settings, host_and_port
from longtake.app.wiring.demo import free_port
from longtake.app.wiring.media import opened_media
from longtake.app.wiring.serve import web_app


class WebNode:
    """The node under test. Paths are sent as they are written, with no tidying up by the client."""

    def __init__(self, url: str, store: DiskStore, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.store = store
        self.session = session

    async def get(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request."""
        async with self.session.request(
            method, URL(self.url + path, encoded=True), headers=headers, allow_redirects=False, data=body
        ) as response:
            return Answer(status=response.status, headers=response.headers, body=await response.read())


@asynccontextmanager
async def web_node(
    folder: Path,
    *,
    node: Mapping[str, object] | None = None,
    store: Mapping[str, object] | None = None,
    **serve: object,
) -> AsyncIterator[WebNode]:
    """Serves ``folder``/store until the block ends. ``node``, ``store`` and ``serve`` are those tables of the settings."""
    serve = {"listen": f"127.0.0.1:{free_port()}", **serve}
    tables = {"serve": serve, "node": node or {}, "store": store or {}}
    settings: Settings = load_settings(None, tables, base=folder)
    settings.store.dir.mkdir(exist_ok=True)
    disk = DiskStore(settings.store.dir, not_channels=settings.store.extra_folders)
    try:
        async with opened_media(settings, disk, warm=0) as media, aiohttp.ClientSession() as session:
            app = web_app(settings, disk, media, CollectorRegistry())
            server = asyncio.create_task(run_server(app, *host_and_port(settings.serve.listen)))
            try:
                served = WebNode(f"http://{settings.serve.listen}", disk, session)
                await _until_up(served)
                yield served
            finally:
                server.cancel()
                await asyncio.gather(server, return_exceptions=True)
    finally:
        disk.close()


async def _until_up(node: WebNode) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await node.get("/healthz")
                return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)
