"""The web application: all routes in one."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from longtake import __version__
from longtake.core.errors import LongtakeError
from longtake.services.serve.api import Api
from longtake.services.serve.observing import Cors, RequestTimes
from longtake.services.serve.problems import on_bug, on_http_error, on_longtake_error


def build_app(api: Api, routes: Sequence[BaseRoute], registry: CollectorRegistry) -> ASGIApp:
    """``routes`` in the order in which they are tried; those of ``api`` come first."""
    app = FastAPI(
        title="longtake",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        exception_handlers={
            LongtakeError: on_longtake_error,
            HTTPException: on_http_error,
            Exception: on_bug,
        },
    )
    app.include_router(api.router())
    app.router.routes.extend(routes)
    return RequestTimes(Cors(app), registry)
