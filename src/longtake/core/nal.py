"""What H.264 and HEVC share: NAL units in byte streams, the bits of their headers, and what those say of a picture.

Byte streams as in Annex B of ITU-T H.264 and H.265: NAL units behind start codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

START_CODE = b"\x00\x00\x01"
_LONGEST_HEADER_BYTES = 4096
"""Parameter sets are far shorter; what is longer is damaged."""
_LONGEST_CODE = 32
"""Exp-Golomb codes have no more leading zeros than that (9.1 in both)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFormat:
    """What a sequence parameter set says: ``codecs`` as RFC 6381 has it, size without what is cropped, frames a second.

    ``frame_rate`` is None where it is not stated.
    """

    codecs: str
    width: int
    height: int
    frame_rate: float | None = None


def nal_units(unit: bytes) -> Iterator[bytes]:
    """The NAL units of a coded picture, without start codes."""
    at = unit.find(START_CODE)
    while at >= 0:
        begin = at + 3
        at = unit.find(START_CODE, begin)
        # Zeros before a start code belong to it, not to the unit: a NAL unit ends in its stop bit (B.1).
        yield (unit[begin:] if at < 0 else unit[begin:at]).rstrip(b"\x00")


def without_emulation(nal: bytes) -> bytes:
    """A NAL unit without the bytes that keep start codes out of it (7.3.1)."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")


class Bits:
    """Reads a header bit by bit. Everything raises ValueError at its end."""

    def __init__(self, data: bytes) -> None:
        kept = data[:_LONGEST_HEADER_BYTES]
        self._value, self._left = int.from_bytes(kept, "big"), 8 * len(kept)

    def take(self, count: int) -> int:
        """So many bits as a number."""
        self._left -= count
        if self._left < 0:
            raise ValueError("a parameter set is cut short")
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        """One bit."""
        return bool(self.take(1))

    def unsigned(self) -> int:
        """ue(v)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise ValueError("a parameter set holds a code that is too long")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """se(v)."""
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def unsigned_codes(self, count: int) -> list[int]:
        """So many ue(v)."""
        return [self.unsigned() for _ in range(count)]
