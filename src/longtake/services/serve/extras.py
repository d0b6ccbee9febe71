"""``/extras``: what lies in the extra folders, as older nodes and ours ask it of each other before they copy it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import ExtraFiles
from longtake.core.names import check_part
from longtake.kit.sharing import Shared


class Extras:
    """One route. A folder is walked once for all who ask at the same moment, and so is its answer made."""

    def __init__(self, files: ExtraFiles) -> None:
        self._files = files
        self._shared: Shared[str, bytes] = Shared("extras")

    def routes(self) -> list[Route]:
        """See http-api §1."""
        return [Route("/extras/{path:path}", self.names)]

    async def names(self, request: Request) -> Response:
        """All files below an extra folder, or a folder in it, relative to it; what is no extra folder has none."""
        path: str = request.path_params["path"]
        for part in path.split("/"):
            check_part(part, "path")
        return Response(
            await self._shared.get(path, lambda: self._listed(path)), media_type="application/json"
        )

    async def _listed(self, path: str) -> bytes:
        return await asyncio.to_thread(_encoded, await self._files.listed(path))


def _encoded(names: Sequence[str]) -> bytes:
    """A hundred thousand names take a tenth of a second."""
    return json.dumps(names).encode()
