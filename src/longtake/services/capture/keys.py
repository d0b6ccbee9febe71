"""Keys of segments (EXT-X-KEY with METHOD=AES-128), fetched once for all the segments that share one, and kept a while.

=================================  ======================================================================
the key                            what is done
=================================  ======================================================================
is refused, or not there           that is why the segments that need it fail, and their patience holds (``patience``)
has not 16 bytes                   the same, as if it were refused for the moment: it may be an error page
makes rubbish of a segment         it is asked for anew, once for each segment that is doubtful: it may have been
                                   changed behind its name
=================================  ======================================================================

Its address is as good as the key; messages show the redacted form alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from longtake.core.errors import InvalidPlaylist, SourceDown, SourceRefused
from longtake.core.hls.model import Key
from longtake.core.urls import redacted
from longtake.kit.aes import BadPadding, CbcDecryptor, CutBlock
from longtake.services.capture.requests import Requests
from longtake.services.capture.sharing import SharedFetches

KEY_BYTES = 16
_LARGEST_BYTES = 1 << 20
_KEPT = 16
"""Some sources take a new one for each segment."""

Epoch = tuple[int, int]
"""See ``SegmentFetch``."""


class Keys:
    """Those of one recorder."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._shared: SharedFetches[tuple[str, Epoch]] = SharedFetches("key", _KEPT, bool)

    async def get(self, key: Key, epoch: Epoch, headers: Mapping[str, str]) -> bytes:
        """16 bytes. Raises SourceError, InvalidInput."""
        uri = _uri(key)
        return await self._shared.get((uri, epoch), lambda: self._fetch(uri, headers))

    def doubt(self, key: Key, epoch: Epoch, content: bytes) -> None:
        """These bytes made no sense of what was encrypted; unless others were fetched meanwhile, the next asks anew."""
        self._shared.forget((_uri(key), epoch), content)

    async def _fetch(self, uri: str, headers: Mapping[str, str]) -> bytes:
        try:
            content = await self._requests.small(uri, largest_bytes=_LARGEST_BYTES, headers=headers)
        except SourceRefused as error:
            raise SourceRefused(f"the key is refused: {error}", passing=error.passing) from error
        except SourceDown as error:
            raise SourceDown(f"the key is missing: {error}") from error
        if len(content) != KEY_BYTES:
            told = f"the key has {len(content)} bytes and not {KEY_BYTES}: {redacted(uri)}"
            raise SourceRefused(told, passing=True)
        return content


def _uri(key: Key) -> str:
    if key.method != "AES-128" or key.uri is None:
        raise InvalidPlaylist("EXT-X-KEY asks for an encryption that cannot be undone")
    return key.uri


def decrypted(content: bytes, key_bytes: bytes, iv: bytes) -> bytes:
    """A whole small thing. Bad padding is left where it is, and what is cut is left out."""
    decryptor = CbcDecryptor(key_bytes, iv)
    clear = decryptor.update(content)
    try:
        return clear + decryptor.finish()
    except BadPadding as error:
        return clear + error.block
    except CutBlock:
        return clear
