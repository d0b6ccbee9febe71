"""``/segments``: the stored files themselves, with ranges and conditional requests."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from longtake.adapters.store.interface import ServedFiles
from longtake.adapters.web.parameters import has_tag
from longtake.core.errors import InvalidInput, NotFound
from longtake.core.names import CHAT_EXTENSION, SEGMENT_EXTENSION, hash_text
from longtake.core.segments import SegmentType, parse_segment_name

_TYPES = {SEGMENT_EXTENSION: "video/mp2t", CHAT_EXTENSION: "application/json"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_BYTE_RANGE = re.compile(r"[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*", re.ASCII)
_UNIT = "bytes="
_MOST_DIGITS = 18


class StoredFiles:
    """Segments, chat batches and the extra folders; nothing else of the store."""

    def __init__(self, files: ServedFiles) -> None:
        self._files = files

    def routes(self) -> list[Route]:
        """One route for all."""
        return [Route("/segments/{path:path}", self.file)]

    async def file(self, request: Request) -> Response:
        """The file, a part of it, or 304."""
        path = request.path_params["path"]
        found = await self._files.servable(path)
        if found is None:
            raise NotFound(f"there is no file {path[:200]}")
        file, stat = found
        headers = _headers(path)
        extension = os.path.splitext(file)[1]  # noqa: PTH122 - a text
        answer = _StoredFile(file, headers=headers, media_type=_TYPES.get(extension), stat_result=stat)
        if has_tag(request, answer.headers["ETag"]):
            headers["ETag"] = answer.headers["ETag"]
            return Response(status_code=304, headers=headers)
        answer.check_range(request.headers)
        return answer


class _StoredFile(FileResponse):
    """Ignores a Range header that it does not understand (RFC 9110 14.2); its base class refuses it."""

    def check_range(self, asked: Headers) -> None:
        """Raises HTTPException 416 if nothing of what is asked for is there."""
        ranges = _byte_ranges(asked.get("range", ""))
        size_bytes = int(self.headers["Content-Length"])
        if_range = asked.get("if-range")
        if not ranges or (if_range is not None and not self._should_use_range(if_range)):
            return
        if not any(_is_there(text, size_bytes) for text in ranges):
            raise HTTPException(
                416, f"the file has {size_bytes} bytes", headers={"Content-Range": f"bytes */{size_bytes}"}
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        ranges = _byte_ranges(Headers(scope=scope).get("range", ""))
        there = [text for text in ranges if _is_there(text, int(self.headers["Content-Length"]))]
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        if there:
            headers.append((b"range", (_UNIT + ",".join(there)).encode()))
        await super().__call__({**scope, "headers": headers}, receive, send)


def _headers(path: str) -> dict[str, str]:
    """A segment's hash is its strong ETag, and it never changes."""
    *_, hour, name = path.split("/") if "/" in path else ("", path)
    try:
        segment = parse_segment_name(hour, name)
    except InvalidInput:
        return {"Cache-Control": _ASK_AGAIN}
    if segment.type is SegmentType.TEMP:
        return {"Cache-Control": _ASK_AGAIN}
    return {"ETag": f'"{hash_text(segment.digest)}"', "Cache-Control": _FOR_EVER}


def _byte_ranges(header: str) -> Sequence[str]:
    """The ranges that a Range header names; none if it is no sound one of bytes."""
    if not header.lower().startswith(_UNIT):
        return ()
    ranges = header[len(_UNIT) :].split(",")
    for text in ranges:
        match = _BYTE_RANGE.fullmatch(text)
        if match is None or any(part and len(part) > _MOST_DIGITS for part in match.groups()):
            return ()
        first, last, _ = match.groups()
        if first and last and int(last) < int(first):
            return ()
    return [text.strip() for text in ranges]


def _is_there(text: str, size_bytes: int) -> bool:
    """Whether the file has any byte of the range."""
    first, _, last = text.partition("-")
    return int(first) < size_bytes if first else int(last) > 0 and size_bytes > 0
