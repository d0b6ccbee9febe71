"""``/files``: what is here, as older nodes and ours ask it of each other. Unknown things are empty lists."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import flag, path_part
from longtake.core.errors import InvalidTime


class Listings:
    """The four levels of ``/files``."""

    def __init__(self, store: SegmentStore) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """See http-api §1: channels, qualities, hours, names."""
        return [
            Route("/files", self.channels),
            Route("/files/{channel}", self.qualities),
            Route("/files/{channel}/{quality}", self.hours),
            Route("/files/{channel}/{quality}/{hour}", self.names),
        ]

    async def channels(self, request: Request) -> Response:
        """Channel folders only."""
        return _json(await self._store.channels())

    async def qualities(self, request: Request) -> Response:
        """The qualities of a channel, ``chat`` included."""
        return _json(await self._store.qualities(path_part(request, "channel")))

    async def hours(self, request: Request) -> Response:
        """The hours of a quality."""
        return _json(await self._store.hours(path_part(request, "channel"), path_part(request, "quality")))

    async def names(self, request: Request) -> Response:
        """The files of an hour; with ``tombstones=true`` the tombstones after them."""
        channel, quality = path_part(request, "channel"), path_part(request, "quality")
        hour = path_part(request, "hour")
        with_tombstones = flag(request, "tombstones")
        try:
            listing = await self._store.listing(channel, quality, hour)
        except InvalidTime:
            return _json(())  # a good name, but no hour: there is nothing in it
        return _json((*listing.names, *listing.tombstones) if with_tombstones else listing.names)


def _json(names: Sequence[str]) -> Response:
    return Response(json.dumps(list(names)), media_type="application/json")
