"""AAC frames in their ADTS headers (ISO/IEC 14496-3, 1.A.2): split, named, wrapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longtake.core.errors import NotUnderstood

SAMPLES_PER_FRAME = 1024
"""Of AAC LC. With implicit SBR a decoder gives twice as many at twice the rate: the time is the same."""
_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_HEADER_BYTES = 7
_LONGEST_FRAME_BYTES = (1 << 13) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AdtsFormat:
    """What the fixed part of a header says. ``channel_configuration`` is 0 where the frame itself tells."""

    object_type: int
    rate_index: int
    channel_configuration: int

    @property
    def rate_hz(self) -> int:
        """Samples per second of the core coder."""
        return _RATES_HZ[self.rate_index]

    @property
    def channels(self) -> int:
        """How many; 0 if unknown."""
        return {7: 8}.get(self.channel_configuration, self.channel_configuration)

    def audio_specific_config(self) -> bytes:
        """The two bytes that MP4 wants instead of headers (1.6.2.1)."""
        bits = self.object_type << 11 | self.rate_index << 7 | self.channel_configuration << 3
        return bits.to_bytes(2, "big")

    def wrapped(self, raw: bytes) -> bytes:
        """A raw frame behind a header without a checksum. Raises NotUnderstood if it is too long."""
        length = len(raw) + _HEADER_BYTES
        if length > _LONGEST_FRAME_BYTES:
            raise NotUnderstood("a sound frame is too long for its header")
        profile = self.object_type - 1
        header = bytes(
            (
                0xFF,
                0xF1,
                profile << 6 | self.rate_index << 2 | self.channel_configuration >> 2,
                (self.channel_configuration & 3) << 6 | length >> 11,
                length >> 3 & 0xFF,
                (length & 7) << 5 | 0x1F,  # the fullness of the buffer is said to be unknown (0x7FF)
                0xFC,
            )
        )
        return header + raw


@dataclass(frozen=True, slots=True, kw_only=True)
class AdtsFrame:
    """One frame, header included; ``raw_at`` is where the header ends."""

    format: AdtsFormat
    data: bytes
    raw_at: int

    @property
    def raw(self) -> bytes:
        """Without its header."""
        return self.data[self.raw_at :]


def adts_frames(content: bytes) -> Iterator[AdtsFrame]:
    """The frames of a unit; one that is cut short at the end is left out.

    Raises NotUnderstood where a frame should begin and none does.
    """
    at = 0
    while at + _HEADER_BYTES <= len(content):
        if content[at] != 0xFF or content[at + 1] & 0xF6 != 0xF0:
            raise NotUnderstood("damaged sound: an AAC frame does not begin with its header")
        length = (content[at + 3] & 3) << 11 | content[at + 4] << 3 | content[at + 5] >> 5
        if at + length > len(content):
            return
        rate_index = content[at + 2] >> 2 & 0xF
        header_bytes = 7 if content[at + 1] & 1 else 9
        if rate_index >= len(_RATES_HZ) or length < header_bytes:
            raise NotUnderstood("damaged sound: an AAC header makes no sense")
        yield AdtsFrame(
            format=AdtsFormat(
                object_type=(content[at + 2] >> 6) + 1,
                rate_index=rate_index,
                channel_configuration=(content[at + 2] & 1) << 2 | content[at + 3] >> 6,
            ),
            data=content[at : at + length],
            raw_at=header_bytes,
        )
        at += length
