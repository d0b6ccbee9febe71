"""Init sections (EXT-X-MAP), fetched once for all the segments that share one.

=================================  ======================================================================
a fetch of one                     what is done
=================================  ======================================================================
is under way                       all that need this one wait for it together, and fail together; those that
                                   need another do not
brings what can be one, whole      it is kept
brings anything else               it is put before the segments that waited, which are doubtful then, and the
                                   next asks again: what was cut off once must not spoil all that follows
all that waited for it are gone    it is ended
=================================  ======================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import BODY_LIMITS, Limits
from longtake.core.facts import Container
from longtake.core.hls.model import InitSection
from longtake.core.inspection import inspect
from longtake.core.mpegts.packets import PACKET_BYTES

_LARGEST_BYTES = 4 << 20
_KEPT = 16

_Key = tuple[InitSection, tuple[int, int]]


@dataclass(slots=True, kw_only=True)
class _Fetch:
    """One that is under way. ``waiting``: so many need it."""

    task: asyncio.Task[bytes]
    waiting: int = 0


class InitSections:
    """Those of one recorder. A few are kept: a source may go back and forth between encodings."""

    def __init__(self, client: HttpClient, limits: Limits = BODY_LIMITS) -> None:
        self._client = client
        self._limits = limits
        self._kept: dict[_Key, bytes] = {}
        self._under_way: dict[_Key, _Fetch] = {}

    async def get(self, section: InitSection, epoch: tuple[int, int], headers: Mapping[str, str]) -> bytes:
        """Its bytes, as they are in this epoch of the source (see ``SegmentFetch``). Raises SourceError."""
        key = (section, epoch)
        if (kept := self._kept.get(key)) is not None:
            return kept
        fetch = self._under_way.get(key)
        if fetch is None:
            task = asyncio.create_task(self._fetch(key, headers), name=f"init section {section.uri[-40:]}")
            fetch = self._under_way[key] = _Fetch(task=task)
        return await self._shared(key, fetch)

    async def _shared(self, key: _Key, fetch: _Fetch) -> bytes:
        fetch.waiting += 1
        try:
            return await asyncio.shield(fetch.task)
        finally:
            fetch.waiting -= 1
            if not fetch.waiting:
                del self._under_way[key]
                fetch.task.cancel()
                await asyncio.wait({fetch.task})

    async def _fetch(self, key: _Key, headers: Mapping[str, str]) -> bytes:
        section, _ = key
        content = await self._client.get_bytes(
            section.uri,
            largest_bytes=_LARGEST_BYTES,
            byte_range=section.byte_range,
            headers=headers,
            limits=self._limits,
        )
        if _is_whole(content):
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = content
        return content


def _is_whole(content: bytes) -> bool:
    """Whether it can be one (RFC 8216, 3.2 and 3.3), and does not break off."""
    seen = inspect(content)
    if seen.container is Container.FMP4:
        return seen.init_bytes is not None and not seen.breaks_off
    return seen.container is Container.MPEG_TS and len(content) % PACKET_BYTES == 0
