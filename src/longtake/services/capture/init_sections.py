"""Init sections (EXT-X-MAP), fetched once for all the segments that share one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from longtake.adapters.http.client import HttpClient
from longtake.core.hls.model import InitSection

_LARGEST_BYTES = 4 << 20
_KEPT = 16


class InitSections:
    """Those of one recorder. A few are kept: a source may go back and forth between encodings."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._one_at_a_time = asyncio.Lock()
        self._kept: dict[tuple[InitSection, tuple[int, int]], bytes] = {}

    async def get(self, section: InitSection, epoch: tuple[int, int], headers: Mapping[str, str]) -> bytes:
        """Its bytes, as they are in this epoch of the source (see ``SegmentFetch``). Raises SourceError."""
        key = (section, epoch)
        if key in self._kept:
            return self._kept[key]
        async with self._one_at_a_time:
            if key not in self._kept:
                content = await self._fetch(section, headers)
                while len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = content
            return self._kept[key]

    async def _fetch(self, section: InitSection, headers: Mapping[str, str]) -> bytes:
        return await self._client.get_bytes(
            section.uri, largest_bytes=_LARGEST_BYTES, byte_range=section.byte_range, headers=headers
        )
