"""The web application: all routes of all services in one, and what runs around every request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from longtake import __version__
from longtake.adapters.web.hot import HotRoutes, is_hot
from longtake.adapters.web.leaving import PatientReceiving
from longtake.adapters.web.observing import Cors, RequestTimes
from longtake.adapters.web.openapi import Operation, describe
from longtake.adapters.web.problems import (
    on_bug,
    on_http_error,
    on_invalid_request,
    on_longtake_error,
    problem,
)
from longtake.core.errors import LongtakeError

_API = "/api/"

Guard = Callable[[ASGIApp], ASGIApp]
"""Puts something around the routes that refuses requests."""


def build_app(
    routers: Sequence[APIRouter],
    routes: Sequence[BaseRoute],
    registry: CollectorRegistry,
    operations: Iterable[Operation] = (),
    guard: Guard | None = None,
) -> ASGIApp:
    """Everything, with what runs around every request. ``operations`` say of ``routes`` what OpenAPI tells of them.

    ``guard`` stands before all routes: what it lets through has an honest path.
    """
    api = build_api(routers, routes, operations)
    hot = [route for route in routes if isinstance(route, Route) and is_hot(route.path)]
    routed: ASGIApp = HotRoutes(hot, HeadOfApi(api))
    guarded = routed if guard is None else guard(routed)
    return PatientReceiving(RequestTimes(Cors(HonestPaths(guarded)), registry))


def build_api(
    routers: Sequence[APIRouter], routes: Sequence[BaseRoute], operations: Iterable[Operation] = ()
) -> FastAPI:
    """``routes`` in the order in which they are tried; those of ``routers``, which OpenAPI describes, come first."""
    app = FastAPI(
        title="longtake",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,  # they lead to whatever host the client named
        exception_handlers={
            LongtakeError: on_longtake_error,
            HTTPException: on_http_error,
            RequestValidationError: on_invalid_request,
            Exception: on_bug,
        },
    )
    for router in routers:
        app.include_router(router)
    app.router.routes.extend(routes)
    describe(app, operations)
    return app


class HeadOfApi:
    """HEAD of ``/api``: what GET answers, without its body (RFC 9110 9.3.2). FastAPI's routes know GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_head)


class HonestPaths:
    """Refuses paths that would be read as something else than what was sent.

    No name has a slash, and decoding an encoded one turns it into a border between two names; the ``$`` of Starlette's
    forms fits before a line break at the end; and the server puts U+FFFD in the place of bytes that are no UTF-8.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        wrong = _wrong(scope["path"], scope["raw_path"]) if scope["type"] == "http" else None
        if wrong is None:
            await self._app(scope, receive, send)
        else:
            await problem(Request(scope), 400, wrong)(scope, receive, send)


def _wrong(path: str, raw_path: bytes) -> str | None:
    """What is wrong with a path, in words."""
    if not path.startswith("/"):
        return "the path does not begin with '/'"
    if b"%" not in raw_path:
        return None
    if b"%2f" in raw_path.lower():
        return "no name contains '/', not even an encoded one"
    if "\n" in path:
        return "no path contains a line break"
    if "\ufffd" in path and not _is_utf8(unquote_to_bytes(raw_path)):
        return "the path is not valid UTF-8"
    return None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
