"""A live origin that follows a script: what it lists, line by line, and how it answers each request."""

from __future__ import annotations

import ssl
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web
from tests.fakes.hls_origin.answers import Trouble
from tests.fakes.recording import START, at_us, media

from longtake.core.times import SECOND_US, format_us

TOKEN = "token=SECRET"
"""In every query: it must never be seen in a log, a status or a metric."""
_PLAYLIST = "application/vnd.apple.mpegurl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A segment. ``content`` is what must be on disk of it; ``served`` what its address answers, if that is other.

    ``lines`` stand before its EXTINF. ``at_us`` None: without a date.
    """

    number: int
    content: bytes
    uri: str
    at_us: int | None
    duration_s: float = 2.0
    title: str = ""
    lines: tuple[str, ...] = ()
    served: bytes | None = None
    is_listed_alone: bool = False
    """Not recorded: an ad, a gap."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One media playlist. ``lead`` are lines that stand before the first entry, ``edit`` has the last word on the text."""

    name: str = "live"
    entries: list[Entry] = field(default_factory=list)
    window: int = 8
    counts_from: int = 0
    target_s: int = 2
    ended: bool = False
    lead: tuple[str, ...] = ()
    edit: Callable[[str, web.Request], str] | None = None

    def text(self) -> str:
        """As of now."""
        shown = self.entries[-self.window :]
        first = len(self.entries) - len(shown)
        before = sum("#EXT-X-DISCONTINUITY" in entry.lines for entry in self.entries[:first])
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            f"#EXT-X-TARGETDURATION:{self.target_s}",
            f"#EXT-X-MEDIA-SEQUENCE:{self.counts_from + first}",
            *([f"#EXT-X-DISCONTINUITY-SEQUENCE:{before}"] if before else []),
            *self.lead,
        ]
        for entry in shown:
            lines += entry.lines
            if entry.at_us is not None:
                lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{format_us(entry.at_us, digits=3)}")
            lines += [f"#EXTINF:{entry.duration_s:.3f},{entry.title}", entry.uri]
        return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if self.ended else [])]) + "\n"


@dataclass(slots=True, kw_only=True)
class ScriptedOrigin:
    """``answers`` by path are used up one by one, ``always`` comes after them; the right answer comes when there is neither."""

    master: str = (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=320x180,FRAME-RATE=30.000\n"
        f"live.m3u8?{TOKEN}\n"
    )
    lines: dict[str, Line] = field(default_factory=lambda: {"live": Line()})
    files: dict[str, bytes] = field(default_factory=dict)
    answers: defaultdict[str, list[Trouble]] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, Trouble] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    queries: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    port: int = 0
    tls: ssl.SSLContext | None = None
    dated: bool = True
    starts_us: int = at_us(START)
    _runner: web.AppRunner | None = None

    @property
    def live(self) -> Line:
        """The playlist that most scripts are about."""
        return self.lines["live"]

    @property
    def base(self) -> str:
        """Of all its addresses."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The master playlist."""
        return f"{self.base}/master.m3u8?{TOKEN}"

    def publish(self, count: int = 1, *, dated: bool | None = None) -> None:
        """Adds the next segments of the test stream, as MPEG-TS."""
        for _ in range(count):
            number = len(self.live.entries)
            self.add(media(at_us(START), 30)[number % 30], dated=dated)

    def add(
        self,
        content: bytes,
        *lines: str,
        line: str = "live",
        uri: str | None = None,
        served: bytes | None = None,
        title: str = "",
        at_us: int | None = None,
        dated: bool | None = None,
        listed_alone: bool = False,
    ) -> Entry:
        """Adds one, two seconds after the one before it."""
        entries = self.lines[line].entries
        number = len(entries)
        stated_us = self.starts_us + number * 2 * SECOND_US if at_us is None else at_us
        entry = Entry(
            number=number,
            content=content,
            uri=uri or f"{'' if line == 'live' else line}{number}.ts?{TOKEN}",
            at_us=stated_us if (self.dated if dated is None else dated) else None,
            title=title,
            lines=lines,
            served=served,
            is_listed_alone=listed_alone,
        )
        entries.append(entry)
        return entry

    def answer(self, path: str, *troubles: Trouble) -> None:
        """The next requests for a path are answered so, one after the other."""
        self.answers[path] += troubles

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens; on the port it had before, if it had one."""
        app = web.Application()
        app.add_routes([web.get("/{path:.*}", self._answer)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.tls).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Goes away; every connection with it."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.requests[path] += 1
        self.queries[path].append(request.query_string)
        right = self._right(path, request)
        if right is None:
            return web.Response(status=404)
        if self.answers[path]:
            return await self.answers[path].pop(0)(request, right)
        if path in self.always:
            return await self.always[path](request, right)
        return _served(request, right, _PLAYLIST if path.endswith(".m3u8") else "video/mp2t")

    def _right(self, path: str, request: web.Request) -> bytes | None:
        if path in self.files:
            return self.files[path]
        if path == "master.m3u8":
            return self.master.encode()
        name, _, extension = path.rpartition(".")
        if extension == "m3u8" and name in self.lines:
            line = self.lines[name]
            text = line.text()
            return (text if line.edit is None else line.edit(text, request)).encode()
        return self._segment(path)

    def _segment(self, path: str) -> bytes | None:
        for line in self.lines.values():
            for entry in reversed(line.entries):
                if entry.uri.partition("?")[0] == path:
                    return entry.content if entry.served is None else entry.served
        return None


def _served(request: web.Request, right: bytes, content_type: str) -> web.Response:
    """With byte ranges (RFC 9110 14.2), as far as the script needs them."""
    if "Range" not in request.headers:
        return web.Response(body=right, content_type=content_type)
    first, last = (int(number) for number in request.headers["Range"].removeprefix("bytes=").split("-"))
    if first >= len(right):
        return web.Response(status=416)
    part = right[first : last + 1]
    headers = {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(right)}"}
    return web.Response(status=206, body=part, headers=headers, content_type=content_type)
