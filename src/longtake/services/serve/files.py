"""``/segments``: the stored files themselves, with ranges and conditional requests."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from longtake.adapters.store.interface import ServedFile, ServedFiles
from longtake.adapters.web.stored import StoredFile, file_answer
from longtake.core.errors import InvalidInput, NotFound
from longtake.core.facts import Container
from longtake.core.names import hash_text
from longtake.core.segments import SegmentType, parse_segment_name

_SEGMENT_TYPES = {Container.FMP4: "video/mp4"}
_SEGMENT = "video/mp2t"
_UNKNOWN = "application/octet-stream"
_NO_GUESSING = ("X-Content-Type-Options", "nosniff")
_FOR_EVER = (("Cache-Control", "public, max-age=31536000, immutable"), _NO_GUESSING)
_ASK_AGAIN = (
    ("Cache-Control", "no-cache"),
    _NO_GUESSING,
    # What strangers sent (pictures of a chat, say) must not run as a page of ours.
    ("Content-Security-Policy", "sandbox"),
)
_KEPT_NAMES = 4096


class StoredFiles:
    """Segments, chat batches and the extra folders; nothing else of the store."""

    def __init__(self, files: ServedFiles) -> None:
        self._files = files

    def routes(self) -> list[Route]:
        """One route for all."""
        return [Route("/segments/{path:path}", self.file)]

    async def file(self, request: Request) -> ASGIApp:
        """The file, a part of it, or 304."""
        path = request.path_params["path"]
        found = await self._files.servable(path)
        if found is None:
            raise NotFound(f"there is no file {path[:200]}")
        named = _named(*path.split("/")[-2:])
        return await file_answer(
            request,
            StoredFile(
                path=found.path,
                size_bytes=found.size_bytes,
                modified_s=found.modified_ns // 1_000_000_000,
                tag=named.tag or f'"{found.modified_ns:x}-{found.size_bytes:x}"',
                media_type=_media_type(found, named),
                headers=named.headers,
                read=partial(self._files.read, found),
            ),
        )


def _media_type(found: ServedFile, named: _Named) -> str:
    """Older nodes name all segments ``.ts``, whatever is in them."""
    if found.container is None:
        return named.media_type
    return _SEGMENT_TYPES.get(found.container, _SEGMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What a file's name says. The tag of a segment is its hash, and it never changes."""

    tag: str | None
    media_type: str
    headers: Sequence[tuple[str, str]]


@lru_cache(_KEPT_NAMES)
def _named(folder: str, name: str) -> _Named:
    media_type = mimetypes.guess_type(name)[0] or _UNKNOWN
    try:
        segment = parse_segment_name(folder, name)
    except InvalidInput:
        return _Named(tag=None, media_type=media_type, headers=_ASK_AGAIN)
    if segment.type is SegmentType.TEMP:
        return _Named(tag=None, media_type=media_type, headers=_ASK_AGAIN)
    return _Named(tag=f'"{hash_text(segment.digest)}"', media_type=media_type, headers=_FOR_EVER)
