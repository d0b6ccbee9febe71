"""From the body of an answer to its text."""

from __future__ import annotations

import zlib

_GZIP = b"\x1f\x8b"


class TooLong(Exception):
    """It is longer than was allowed."""


def text_of(content: bytes | bytearray, largest_bytes: int) -> str:
    """As UTF-8, which is what playlists are (RFC 8216 section 4); without the byte-order mark that some begin with.

    What cannot be UTF-8 is replaced: it is in a title, or all is rubbish. Some servers keep their playlists compressed
    and do not say so (RFC 1952). Raises TooLong.
    """
    if content.startswith(_GZIP):
        content = _unpacked(content, largest_bytes)
    return content.decode("utf-8-sig", errors="replace")


def _unpacked(content: bytes | bytearray, largest_bytes: int) -> bytes | bytearray:
    """What breaks off or is damaged stays as it is: it is no playlist, and is told as such."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = unpacking.decompress(content, largest_bytes + 1)
    except zlib.error:
        return content
    if len(text) > largest_bytes:
        raise TooLong
    return text if unpacking.eof else content
