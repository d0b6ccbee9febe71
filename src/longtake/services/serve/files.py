"""``/segments``: the stored files themselves, with ranges and conditional requests."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from longtake.adapters.store.interface import ServedFiles
from longtake.core.errors import InvalidInput, NotFound
from longtake.core.names import CHAT_EXTENSION, SEGMENT_EXTENSION, hash_text
from longtake.core.segments import SegmentType, parse_segment_name

_TYPES = {SEGMENT_EXTENSION: "video/mp2t", CHAT_EXTENSION: "application/json"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


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
        etag = headers.get("ETag")
        if etag is not None and etag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        extension = os.path.splitext(file)[1]  # noqa: PTH122 - a text
        return FileResponse(file, headers=headers, media_type=_TYPES.get(extension), stat_result=stat)


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


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
