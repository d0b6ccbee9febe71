"""The web application: all routes of all services in one, and what runs around every request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from longtake import __version__
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


def build_app(
    routers: Sequence[APIRouter],
    routes: Sequence[BaseRoute],
    registry: CollectorRegistry,
    operations: Iterable[Operation] = (),
) -> ASGIApp:
    """Everything, with what runs around every request. ``operations`` say of ``routes`` what OpenAPI tells of them."""
    return RequestTimes(Cors(HonestPaths(build_api(routers, routes, operations))), registry)


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


class HonestPaths:
    """Refuses encoded slashes: no name has one, and decoding turns it into a border between two names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and b"%2f" in scope["raw_path"].lower():
            refusal = problem(Request(scope), 400, "no name contains '/', not even an encoded one")
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
