"""Around every request: headers for all, and how long it took. Pure ASGI, since it runs on the hot routes too."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_API = "/api/"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Expose-Headers": "Content-Disposition, Content-Length, Content-Range, ETag, "
    "Longtake-Frame-Time, Retry-After",
    "Access-Control-Max-Age": "86400",
}
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60, 600)


class Cors:
    """Open to any origin, for players and pages elsewhere; ``/api`` is for our own pages alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            headers = [(b"allow", b"GET, HEAD, OPTIONS")]
            start: Message = {"type": "http.response.start", "status": 204, "headers": headers}
            MutableHeaders(scope=start).update(_CORS)
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_CORS)
            await send(message)

        await self._app(scope, receive, send_open)


class RequestTimes:
    """Measures to the end of the body. Labels: the handler's name, method and status; no part of a path."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "longtake_http_request_seconds",
            "Time to the end of the answer",
            ["handler", "method", "status"],
            buckets=_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            handler = getattr(scope.get("endpoint"), "__name__", "none")
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "OPTIONS") else "other"
            self._seconds.labels(handler, method, str(status)).observe(time.perf_counter() - began)
