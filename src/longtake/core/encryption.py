"""What AES-128 of HLS needs to know beside the key (RFC 8216 4.3.2.4 and 5.2)."""

from __future__ import annotations

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.model import Key

IV_BYTES = 16


def initialisation_vector(key: Key, sequence: int) -> bytes:
    """16 bytes: what EXT-X-KEY states, else the media sequence number, big-endian. Raises InvalidPlaylist."""
    if key.iv is None:
        return sequence.to_bytes(IV_BYTES, "big")
    digits = key.iv.strip()
    if digits[:2].lower() != "0x" or not 0 < len(digits) - 2 <= 2 * IV_BYTES:
        raise InvalidPlaylist("the IV of EXT-X-KEY is no hexadecimal number of 128 bits")
    try:
        return bytes.fromhex(digits[2:].rjust(2 * IV_BYTES, "0"))
    except ValueError as error:
        raise InvalidPlaylist("the IV of EXT-X-KEY is no hexadecimal number of 128 bits") from error
