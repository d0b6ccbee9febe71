"""Init sections (EXT-X-MAP), fetched once for all the segments that share one (``sharing``), and decrypted.

=================================  ======================================================================
a fetch of one                     what is done
=================================  ======================================================================
brings what can be one, whole      it is kept
brings anything else               it is put before the segments that waited, which are doubtful then, and the
                                   next asks again: what was cut off once must not spoil all that follows
=================================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Mapping

from longtake.core.encryption import initialisation_vector
from longtake.core.facts import Container
from longtake.core.hls.model import InitSection
from longtake.core.inspection import inspect
from longtake.core.mpegts.packets import PACKET_BYTES
from longtake.services.capture.keys import Epoch, Keys, decrypted
from longtake.services.capture.requests import Requests
from longtake.services.capture.sharing import SharedFetches

_LARGEST_BYTES = 4 << 20
_KEPT = 16
_NO_NUMBER = 0
"""Stands for the sequence number that an init section does not have. Its IV must be stated (RFC 8216 4.3.2.5); where it is
not, some packagers take this, others the number of a segment. In MP4 the difference is in a version that nobody reads."""


class InitSections:
    """Those of one recorder. A few are kept: a source may go back and forth between encodings."""

    def __init__(self, requests: Requests, keys: Keys) -> None:
        self._requests = requests
        self._keys = keys
        self._shared: SharedFetches[tuple[InitSection, Epoch]] = SharedFetches(
            "init section", _KEPT, _is_whole
        )

    async def get(self, section: InitSection, epoch: Epoch, headers: Mapping[str, str]) -> bytes:
        """Its bytes, clear, as they are in this epoch of the source (see ``SegmentFetch``). Raises SourceError, InvalidInput."""
        return await self._shared.get((section, epoch), lambda: self._fetch(section, epoch, headers))

    async def _fetch(self, section: InitSection, epoch: Epoch, headers: Mapping[str, str]) -> bytes:
        key = section.key
        key_bytes = None if key is None else await self._keys.get(key, epoch, headers)
        content = await self._requests.small(
            section.uri, largest_bytes=_LARGEST_BYTES, byte_range=section.byte_range, headers=headers
        )
        if key is None or key_bytes is None:
            return content
        clear = decrypted(content, key_bytes, initialisation_vector(key, _NO_NUMBER))
        if not _is_whole(clear):
            self._keys.doubt(key, epoch, key_bytes)
        return clear


def _is_whole(content: bytes) -> bool:
    """Whether it can be one (RFC 8216, 3.2 and 3.3), and does not break off."""
    seen = inspect(content)
    if seen.container is Container.FMP4:
        return seen.init_bytes is not None and not seen.breaks_off
    return seen.container is Container.MPEG_TS and len(content) % PACKET_BYTES == 0
