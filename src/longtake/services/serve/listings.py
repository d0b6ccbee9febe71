"""``/files``: what is here, as older nodes and ours ask it of each other. Unknown things are empty lists.

The answers for hours are kept as text. Whether an hour has changed is looked up for each request, but once for all who
ask at the same moment.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.parameters import flag, path_part
from longtake.core.errors import InvalidTime
from longtake.core.listing import HourListing
from longtake.kit.sharing import Shared
from longtake.kit.weighed import Weighed

Hour = tuple[str, str, str]
_WEIGHT_BYTES = 400


@dataclass(frozen=True, slots=True)
class _Text:
    """An answer, and what it was made of: that may go without waiting for it."""

    listing: weakref.ref[HourListing]
    body: bytes


class Listings:
    """The four levels of ``/files``. ``memory_bytes`` bounds the text that is kept."""

    def __init__(self, store: SegmentStore, *, memory_bytes: int) -> None:
        self._store = store
        self._shared: Shared[Hour, HourListing] = Shared("listing")
        self._texts: Weighed[tuple[Hour, bool], _Text] = Weighed(memory_bytes)

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
        return _json(_encoded(await self._store.channels()))

    async def qualities(self, request: Request) -> Response:
        """The qualities of a channel, ``chat`` included."""
        return _json(_encoded(await self._store.qualities(path_part(request, "channel"))))

    async def hours(self, request: Request) -> Response:
        """The hours of a quality."""
        channel, quality = path_part(request, "channel"), path_part(request, "quality")
        return _json(_encoded(await self._store.hours(channel, quality)))

    async def names(self, request: Request) -> Response:
        """The files of an hour; with ``tombstones=true`` the tombstones after them."""
        hour = path_part(request, "channel"), path_part(request, "quality"), path_part(request, "hour")
        with_tombstones = flag(request, "tombstones")
        try:
            listing = await self._shared.get(hour, lambda: self._store.listing(*hour))
        except InvalidTime:
            return _json(_encoded(()))  # a good name, but no hour: there is nothing in it
        return _json(self._body(hour, listing, with_tombstones=with_tombstones and bool(listing.tombstones)))

    def _body(self, hour: Hour, listing: HourListing, *, with_tombstones: bool) -> bytes:
        kept = self._texts.get((hour, with_tombstones))
        if kept is not None and kept.listing() is listing:
            return kept.body
        names = listing.names
        body = _encoded((*names, *listing.tombstones) if with_tombstones else names)
        self._texts.put((hour, with_tombstones), _Text(weakref.ref(listing), body), len(body) + _WEIGHT_BYTES)
        return body


def _encoded(names: Sequence[str]) -> bytes:
    return json.dumps(list(names)).encode()


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
