"""Around every request: headers for all, and how long it took. Pure ASGI, since it runs on the hot routes too."""

from __future__ import annotations

import time
from collections.abc import Awaitable

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_API = "/api/"
_METHODS = b"GET, HEAD, OPTIONS"
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-allow-methods", _METHODS),
    (
        b"access-control-expose-headers",
        b"Content-Disposition, Content-Length, Content-Range, ETag, Longtake-Frame-Time, Longtake-Holes, Longtake-Sound-Holes, Retry-After",
    ),
    (b"access-control-max-age", b"86400"),
)
"""As they are sent: no inner answer has any of them, so there is nothing to merge."""
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60, 600)


_COUNTED_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


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
            headers = [(b"allow", _METHODS), *_CORS]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        def send_open(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_CORS]
            return send(message)

        await self._app(scope, receive, send_open)


class RequestTimes:
    """Measures to the end of the body, but of files that the server sends by itself: there to its beginning.

    Labels: the handler's name, method and status; no part of a path.
    """

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "longtake_http_request_seconds",
            "Time to the end of the answer",
            ["handler", "method", "status"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._known: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        def send_noting(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            handler = getattr(scope.get("endpoint"), "__name__", "none")
            method = scope["method"] if scope["method"] in _COUNTED_METHODS else "other"
            self._of(handler, method, status).observe(time.perf_counter() - began)

    def _of(self, handler: str, method: str, status: int) -> Histogram:
        """``Histogram.labels`` takes a lock and makes texts of all labels, each time."""
        labels = handler, method, status
        known = self._known.get(labels)
        if known is None:
            known = self._known[labels] = self._seconds.labels(handler, method, str(status))
        return known
