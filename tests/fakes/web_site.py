"""A web site on loopback that answers as a table says, and stands in for any host that streamlink asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from aiohttp import web
from requests.adapters import BaseAdapter
from streamlink import Streamlink

from longtake.adapters.sources.watched_session import Watch, open_session

PLUGINS = Path(__file__).parent / "streamlink_plugins"
_HOST = "X-Meant-Host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came."""

    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str


@dataclass(slots=True, kw_only=True)
class WebSite:
    """``replies`` by path, or by HOST/path for a host that it stands in for; 404 for everything else.

    A string is a body with status 200, a number a status, a pair both, a list is used up one by one but for its last,
    and a function answers by itself.
    """

    replies: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_session(self, watch: Watch) -> Streamlink:
        """streamlink's session with our plugin, and with every https host being this site."""
        session = open_session(watch)
        session.plugins.load_path(PLUGINS)
        below = session.http.adapters["https://"]
        for prefix in ("https://", "http://nobody."):
            session.http.mount(prefix, _ToLoopback(below, self))
        session.http.mount("https://127.0.0.1", below)
        return session

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Goes away; every connection with it."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.headers.get(_HOST, "")
        self.asked.append(
            Asked(
                host=host,
                path=request.path,
                query=dict(request.query),
                headers=dict(request.headers),
                body=await request.text(),
            )
        )
        reply = self.replies.get(host + request.path, 404)
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if isinstance(reply, int):
            return web.Response(status=reply)
        if isinstance(reply, str):
            return web.Response(text=reply)
        if isinstance(reply, tuple):
            return web.Response(status=reply[0], text=reply[1])
        answer: web.StreamResponse = await reply(request)
        return answer


async def dripping(request: web.Request) -> web.StreamResponse:
    """A body that never ends, a byte at a time: no silence is ever long."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b".")
        await asyncio.sleep(0.05)


class _ToLoopback(BaseAdapter):
    """Asks the site instead of the host of the URL, and lets the answer look as if that had given it."""

    def __init__(self, below: BaseAdapter, site: WebSite) -> None:
        super().__init__()
        self._below = below
        self._site = site

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        meant = str(request.url)
        parts = urlsplit(meant)
        sent = request.copy()
        sent.headers[_HOST] = parts.netloc
        sent.url = parts._replace(scheme="http", netloc=f"127.0.0.1:{self._site.port}").geturl()
        response = self._below.send(sent, *args, **kwargs)
        response.url, response.request = meant, request
        return response

    def close(self) -> None:
        self._below.close()
