"""The older system's HTTP interface for nodes and players, over a folder.

Its habits are kept, the bad ones too: JSON and playlists are ``text/html``, every answer has CORS headers, errors are
web pages, a time that cannot be read is a 500. What it does with cuts beyond rough ones, pictures, chat queries and
uploads is not here: 501, which it never says itself. Times are ISO 8601 here; the older system takes more forms.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from aiohttp import web
from tests.fakes.older_node import playlists
from tests.fakes.older_node.cuts import rough_cut
from tests.fakes.older_node.faults import Trouble
from tests.fakes.older_node.names import list_extras, list_folder, list_hour, parse_hour
from tests.fakes.older_node.selection import select

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET,POST,HEAD",
    "Access-Control-Allow-Credentials": "false",
    "Access-Control-Max-Age": "86400",
}
_VIDEO = "text/vnd.trolltech.linguist; charset=utf-8"
_HOUR = timedelta(hours=1)
_LONGEST_IMPLICIT = timedelta(hours=12)
_TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
}


class _Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(slots=True, kw_only=True)
class OlderNode:
    """Serves ``folder`` between ``async with``. Listings are shuffled, the same way for the same ``seed`` and path.

    ``faults`` are bad answers by path, as it is after unquoting and without the query; a key that ends in ``*`` is for
    all paths that begin so, and the longest key counts. ``asked`` holds the requests, with their queries, as they came.
    """

    folder: Path
    seed: int = 0
    faults: dict[str, Trouble] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.on_response_prepare.append(_add_cors)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Goes away; every connection with it. The same port is taken again by ``async with``."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        path = unquote(request.raw_path.partition("?")[0], errors="replace")
        trouble = self._fault_of(path)
        response = await asyncio.to_thread(self._right_answer, request, path)
        if trouble is None:
            return response
        return await trouble(request, _content(response))

    def _fault_of(self, path: str) -> Trouble | None:
        keys = [
            key for key in self.faults if key == path or (key.endswith("*") and path.startswith(key[:-1]))
        ]
        return self.faults[max(keys, key=len)] if keys else None

    def _right_answer(self, request: web.Request, path: str) -> web.StreamResponse:
        try:
            return self._routed(request, path)
        except _Refusal as refusal:
            return _page(refusal.status, refusal.reason)
        except Exception as error:  # noqa: BLE001 - what the older system does not expect is a page, too
            return _page(500, f"The server met an unexpected {type(error).__name__}.")

    def _routed(self, request: web.Request, path: str) -> web.StreamResponse:
        parts = path.split("/")[1:]
        answer = self._route(request, parts)
        if answer is None or not all(parts):
            raise _Refusal(404, "The requested URL was not found on the server.")
        if request.method == "OPTIONS":
            return web.Response(headers={"Allow": "GET, HEAD, OPTIONS"})
        if request.method not in ("GET", "HEAD"):
            raise _Refusal(405, "The method is not allowed for the requested URL.")
        return answer()

    def _route(self, request: web.Request, parts: list[str]) -> Callable[[], web.StreamResponse] | None:
        match parts:
            case ["files", *names] if len(names) <= 3:
                return lambda: self._listing(request, names)
            case ["extras", *names] if names:
                return lambda: self._extras(names)
            case ["segments", *names] if names:
                return lambda: self._file(names)
            case ["playlist", name] if name.endswith(".m3u8"):
                return lambda: self._master(request, name.removesuffix(".m3u8"))
            case ["playlist", channel, name] if name.endswith(".m3u8"):
                return lambda: self._media(request, channel, name.removesuffix(".m3u8"))
            case ["cut", channel, name] if name.endswith(".ts"):
                return lambda: self._cut(request, channel, name.removesuffix(".ts"))
            case ["metrics"] | ["metrics", "restreamer"]:
                return lambda: _text("# HELP http_request_latency_all seconds\n")
            case [_, "chat.json"] | ["waveform" | "frame" | "thumbnail", _, _]:
                return lambda: _page(501, "Not in this stand-in for an older node.")
        return None

    def _listing(self, request: web.Request, names: list[str]) -> web.StreamResponse:
        folder = self._folder(*names)
        if len(names) < 3:
            return self._json(list_folder(folder), folder)
        tombstones = request.query.get("tombstones", "false").lower()
        if tombstones not in ("true", "false"):
            raise _Refusal(400, "tombstones must be true or false")
        shown = self._shuffled(list_hour(folder, tombstones=False), folder)
        both = list_hour(folder, tombstones=tombstones == "true")
        return _text(json.dumps(shown + [name for name in both if name not in set(shown)]))

    def _extras(self, names: list[str]) -> web.StreamResponse:
        folder = self._folder("/".join(names))
        return self._json(list_extras(folder), folder)

    def _json(self, names: list[str], folder: Path) -> web.Response:
        return _text(json.dumps(self._shuffled(names, folder)))

    def _shuffled(self, names: list[str], folder: Path) -> list[str]:
        mixed = sorted(names)
        random.Random(f"{self.seed} {folder.relative_to(self.folder)}").shuffle(mixed)
        return mixed

    def _file(self, names: list[str]) -> web.StreamResponse:
        file = self._folder("/".join(names))
        if ".." in names or not file.is_file():
            raise _Refusal(404, "The requested URL was not found on the server.")
        headers = {"Content-Type": _VIDEO} if file.suffix == ".ts" else {}
        return web.FileResponse(file, headers=headers)

    def _master(self, request: web.Request, channel: str) -> web.StreamResponse:
        folder = self._folder(channel)
        if not folder.is_dir():
            raise _Refusal(404, "no such channel")
        start, end = _time(request, "start"), _time(request, "end")
        qualities = [
            name
            for name in self._shuffled(list_folder(folder), folder)
            if name != "chat" and (start is end is None or _overlaps(folder / name, start, end))
        ]
        return _text(playlists.master(channel, qualities, request.rel_url.raw_query_string))

    def _media(self, request: web.Request, channel: str, quality: str) -> web.StreamResponse:
        folder = self._folder(channel, quality)
        if not folder.is_dir():
            raise _Refusal(404, "no such quality")
        start, end = _time(request, "start"), _time(request, "end")
        if start is None or end is None:
            first, last = _whole(folder)
            start, end = start or first, end or last + _HOUR
            if end - start > _LONGEST_IMPLICIT:
                raise _Refusal(400, "the range is longer than 12 hours; state start and end")
        return _text(playlists.media(self.folder, select(folder, start, end)))

    def _cut(self, request: web.Request, channel: str, quality: str) -> web.StreamResponse:
        folder = self._folder(channel, quality)
        if not folder.is_dir():
            raise _Refusal(404, "no such quality")
        content = rough_cut(folder, request.query, lambda: _whole(folder), _parse_time, _Refusal)
        return web.Response(body=content, headers={"Content-Type": "video/MP2T"})

    def _folder(self, *names: str) -> Path:
        if any(name.startswith(".") for name in names):
            raise _Refusal(403, "names must not begin with a dot")
        return self.folder.joinpath(*names)


def _whole(folder: Path) -> tuple[datetime, datetime]:
    """From the start of the earliest hour to the end of the latest. Raises ValueError if a folder is no hour."""
    hours = sorted(map(parse_hour, list_folder(folder)))
    if not hours:
        raise _Refusal(404, "there are no hours")
    return hours[0], hours[-1] + _HOUR


def _overlaps(folder: Path, start: datetime | None, end: datetime | None) -> bool:
    try:
        first, last = _whole(folder)
    except _Refusal:
        return False
    return not ((start is not None and last < start) or (end is not None and end < first))


def _time(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    return None if text is None else _parse_time(text)


def _parse_time(text: str) -> datetime:
    """UTC as written: a zone is read and then ignored. Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _text(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html", charset="utf-8")


def _page(status: int, reason: str) -> web.Response:
    title = _TITLES.get(status, "Internal Server Error")
    return _text(
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{reason}</p>\n",
        status,
    )


def _content(response: web.StreamResponse) -> bytes:
    if isinstance(response, web.FileResponse):
        return Path(response._path).read_bytes()  # it tells nobody else
    assert isinstance(response, web.Response)
    assert isinstance(response.body, bytes)
    return response.body


async def _add_cors(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_CORS)
