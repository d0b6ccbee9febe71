"""The shortcut of routes that are asked for thousands of times a second, past FastAPI's layers and its scan of all routes.

FastAPI's and Starlette's layers and routing take 50 us and more of a request, five times what is left without them
(Python 3.11, a listing that costs nothing by itself). Here the first part of the path leads to the few routes that
begin with it, and errors become answers by the same handlers. Whatever no hot route fits goes on to the application, which
has all of them: what is answered is the same, only sooner.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from longtake.adapters.web.problems import refusal

HOT = frozenset({"files", "healthz", "playlist", "segments"})
"""First parts of paths. Handlers below them are ``async`` and answer requests, not more than one path each."""
_WITH_SLASH = frozenset({"files"})
"""Where one slash at the end changes nothing."""
_OPTIONS = "OPTIONS"
"""Is answered before any route is looked for, of every path."""


class HotRoutes:
    """Those of ``routes`` that begin with a part in ``HOT``, in their order; all else is the application's."""

    def __init__(self, routes: Sequence[Route], app: ASGIApp) -> None:
        self._app = app
        self._routes: dict[str, list[Route]] = {}
        for route in routes:
            self._routes.setdefault(_first_part(route.path), []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        routes = self._routes.get(_first_part(scope["path"])) if scope["type"] == "http" else None
        route = routes and _fitting(routes, scope)
        if not route:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            if scope["method"] not in (route.methods or ()):
                raise HTTPException(405, headers=_allowed(route))
            answer: ASGIApp = await route.endpoint(request)
        except Exception as error:  # noqa: BLE001 - the request's boundary: all become answers, bugs with a trace in the log
            answer = await refusal(request, error)
        await answer(scope, receive, send)


def is_hot(path: str) -> bool:
    """Whether a route of this path belongs here."""
    return _first_part(path) in HOT


def _first_part(path: str) -> str:
    end = path.find("/", 1)
    return path[1:] if end < 0 else path[1:end]


def _allowed(route: Route) -> dict[str, str]:
    return {"Allow": ", ".join(sorted({*(route.methods or ()), _OPTIONS}))}


def _fitting(routes: Sequence[Route], scope: Scope) -> Route | None:
    """The first route whose form the whole path has; what it is called for goes into the scope, as Starlette does it.

    ``fullmatch``: by itself the ``$`` of Starlette's forms also fits before a line break at the end.
    """
    path: str = scope["path"]
    if path.endswith("/") and _first_part(path) in _WITH_SLASH:
        path = path[:-1]
    for route in routes:
        match = route.path_regex.fullmatch(path)
        if match is not None:
            scope["endpoint"] = route.endpoint
            scope["path_params"] = match.groupdict()
            return route
    return None
