"""Answers that are stored files: whole or in part, or a word that the client has it already (RFC 9110 13 and 14).

A whole file is sent by the server from its path (ASGI's ``http.response.pathsend``): no byte of it goes through Python,
and a client that reads slowly holds no thread, and no more than some hundred kB. Parts are read here, in the disk's
threads: up to a MiB in one go, the first before the head is sent, so that what is gone by then is still a 404.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from longtake.adapters.web.parameters import has_tag
from longtake.adapters.web.ranges import PartsBody, Span, asked_spans
from longtake.adapters.web.streaming import BodyEnd, StreamedBody

_PIECE_BYTES = 1 << 20
_PATIENCE_S = 60.0
"""A client that takes nothing of a long part for that time is cut off."""

Headers = Sequence[tuple[str, str]]
Read = Callable[[Sequence[tuple[int, int]]], Awaitable[list[bytes]]]
"""(first byte, how many) of each part to exactly those bytes, in one go.

Raises NotFound if the file is gone or has changed, StoreUnavailable if the disk fails.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file to be sent. ``modified_s`` is since the epoch, ``tag`` an entity tag with its quotes."""

    path: str
    size_bytes: int
    modified_s: int
    tag: str
    media_type: str
    headers: Headers
    read: Read


async def file_answer(request: Request, file: StoredFile) -> ASGIApp:
    """The file, the parts of it that are asked for, or 304. Raises HTTPException 416, and what ``read`` raises."""
    if _is_known(request, file):
        return Response(status_code=304, headers=dict(_validators(file)))
    spans = _asked(request, file)
    if spans is None:
        return _Whole(file)
    if not spans:
        whole = {"Content-Range": f"bytes */{file.size_bytes}"}
        raise HTTPException(416, f"the file has {file.size_bytes} bytes", headers=whole)
    return await _parts(file, spans)


def _is_known(request: Request, file: StoredFile) -> bool:
    """RFC 9110 13.2.2: the time counts only where no tag is sent."""
    if "if-none-match" in request.headers:
        return has_tag(request, file.tag)
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return file.modified_s <= parsedate_to_datetime(since).timestamp()
    except (ValueError, OverflowError):
        return False


def _asked(request: Request, file: StoredFile) -> Sequence[Span] | None:
    """The spans asked for, or None for the whole. Ranges are for GET alone (RFC 9110 14.2)."""
    header = request.headers.get("range")
    if header is None or request.method != "GET":
        return None
    if_range = request.headers.get("if-range")
    if if_range is not None and if_range not in (file.tag, _http_date(file.modified_s)):
        return None
    return asked_spans(header, file.size_bytes)


def _validators(file: StoredFile) -> list[tuple[str, str]]:
    return [("ETag", file.tag), ("Last-Modified", _http_date(file.modified_s)), *file.headers]


@lru_cache(1024)
def _http_date(time_s: int) -> str:
    return formatdate(time_s, usegmt=True)


class _Whole:
    """One that vanishes before the server opens it is a 404 of the server's; one that shrinks breaks the body off."""

    def __init__(self, file: StoredFile) -> None:
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        file = self._file
        named = (
            ("content-type", file.media_type),
            ("content-length", str(file.size_bytes)),
            ("accept-ranges", "bytes"),
            *_validators(file),
        )
        head = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.pathsend", "path": file.path})


async def _parts(file: StoredFile, spans: Sequence[Span]) -> Response:
    """What does not fit in one piece is read while it is sent."""
    body = PartsBody(
        spans=spans, size_bytes=file.size_bytes, part_type=file.media_type, boundary=secrets.token_hex(13)
    )
    headers = dict((("Accept-Ranges", "bytes"), *_validators(file)))
    if body.content_range is not None:
        headers["Content-Range"] = body.content_range
    if sum(span.size_bytes for span in spans) <= _PIECE_BYTES:
        contents = await file.read([(span.first, span.size_bytes) for span in spans])
        framed = [part for index, content in enumerate(contents) for part in (body.before(index), content)]
        return Response(b"".join((*framed, body.after)), 206, headers, media_type=body.media_type)
    pieces = _pieces(file, body)
    answer = StreamedBody(
        pieces,
        first=await anext(pieces),
        length_bytes=body.length_bytes,
        media_type=body.media_type,
        headers=headers,
        when_over=_is_over,
        patience_s=_PATIENCE_S,
    )
    answer.status_code = 206
    return answer


async def _pieces(file: StoredFile, body: PartsBody) -> AsyncGenerator[bytes, None]:
    for index, span in enumerate(body.spans):
        before = body.before(index)
        for first in range(span.first, span.end, _PIECE_BYTES):
            (content,) = await file.read([(first, min(_PIECE_BYTES, span.end - first))])
            yield before + content
            before = b""
    if body.after:
        yield body.after


def _is_over(end: BodyEnd, sent_bytes: int) -> None:
    """Nothing is counted of parts."""
