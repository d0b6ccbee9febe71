"""The web pages: files that Vite built, put into the package."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_NOT_BUILT = "The pages of this longtake were not built. In a checkout, `make setup` builds them.\n"
VIEWS = ("/", "/channels")
"""Watch, and Channels. No further folders: what the page asks for is relative to it, so that it works below any path."""
_VIEW_NAMES = [view.removeprefix("/") for view in VIEWS if view != "/"]


class Pages:
    """``folder`` holds index.html and what it loads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def routes(self) -> list[BaseRoute]:
        """To be put last: they take every path that is left. The page itself looks which of its views a path means."""
        views = [Route(path, self.index) for path in VIEWS]
        return [*views, _Rest("/", _Files(directory=self._folder, check_dir=False))]

    async def index(self, request: Request) -> Response:
        """The page; asked for anew each time, since the names of what it loads change with each build."""
        index = self._folder / "index.html"
        if not index.is_file():
            return PlainTextResponse(_NOT_BUILT, 503)
        return FileResponse(index, headers={"Cache-Control": "no-cache"}, media_type="text/html")


class _Rest(Mount):
    """What no other route takes, not even for other methods: GET of what is there for POST alone is 405, and no page's 404."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Less than a full match, so that the first route of that path goes first."""
        match, child_scope = super().matches(scope)
        return (Match.PARTIAL if match is Match.FULL else match), child_scope


class _Files(StaticFiles):
    """Names below assets/ carry a hash of their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["path"].endswith("/") and scope["method"] in ("GET", "HEAD"):
            return _without_slash(path, scope)
        response = await super().get_response(path, scope)
        if path.startswith("assets/") and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _without_slash(path: str, scope: Scope) -> Response:
    """To a view, but to no file. Relative, so that it leads back below any path that a proxy puts in front of us."""
    if scope["path"] != f"/{path}/" or path not in _VIEW_NAMES:
        raise HTTPException(404)
    query = scope["query_string"].decode("latin-1")
    return Response(status_code=308, headers={"Location": f"../{path}{'?' if query else ''}{query}"})
