"""Frames of coded sound behind each other, as streams of HLS have them: AAC in ADTS, MPEG audio, AC-3 and E-AC-3.

Only their headers are read: how long a frame is, in bytes and in samples. ``adts`` is for cuts, which take AAC apart.
"""

from __future__ import annotations

from dataclasses import dataclass

_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_ADTS_SAMPLES, _ADTS_HEADER = 1024, 7
_LAYER_1, _LAYER_2, _LAYER_3 = 3, 2, 1
_MPEG_1 = 3
_MPEG_RATES = {_MPEG_1: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_WORDS = {_LAYER_1: "mp4a.40.32", _LAYER_2: "mp4a.40.33", _LAYER_3: "mp4a.40.34"}
_KBITS_1 = {
    _LAYER_1: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    _LAYER_2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    _LAYER_3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_KBITS_2 = {
    _LAYER_1: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    _LAYER_2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    _LAYER_3: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Of MPEG-1 (ISO/IEC 11172-3, 2.4.2.3), and of MPEG-2 and 2.5 (ISO/IEC 13818-3, 2.4.2.3)."""
_AC3_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_AC3_RATES = (48000, 44100, 32000)
_BLOCK_SAMPLES = 256
_HEADER_BYTES = 7
"""So many bytes tell all of any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFrame:
    """What one header says. ``setup`` is equal as long as a decoder can go on."""

    size_bytes: int
    samples: int
    rate_hz: int
    codecs: str
    setup: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundRun:
    """Whole frames behind each other, and how many bytes are left behind the last one.

    ``first`` is None if not even one header is there; ``broken_frame`` says that the bytes left begin a frame.
    """

    first: SoundFrame | None
    frames: int
    seconds: float
    rest_bytes: int
    broken_frame: bool


def sound_run(content: bytes, at: int = 0) -> SoundRun:
    """Counts frames from a place on, up to the first where none is."""
    first, count, seconds = None, 0, 0.0
    while (frame := sound_frame(content, at)) is not None:
        first = first or frame
        if at + frame.size_bytes > len(content):
            return SoundRun(
                first=first, frames=count, seconds=seconds, rest_bytes=len(content) - at, broken_frame=True
            )
        count, seconds, at = count + 1, seconds + frame.samples / frame.rate_hz, at + frame.size_bytes
    rest_bytes = len(content) - at
    begun = 0 < rest_bytes < _HEADER_BYTES and content[at] in (0xFF, 0x0B)
    return SoundRun(first=first, frames=count, seconds=seconds, rest_bytes=rest_bytes, broken_frame=begun)


def sound_frame(content: bytes, at: int = 0) -> SoundFrame | None:
    """The frame whose header stands there, or None."""
    head = content[at : at + _HEADER_BYTES]
    if len(head) < _HEADER_BYTES:
        return None
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return _adts(head)
    if head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _mpeg_audio(head)
    if head[:2] == b"\x0b\x77":
        return _ac3(head) if head[5] >> 3 <= 10 else _e_ac3(head)
    return None


def _adts(head: bytes) -> SoundFrame | None:
    """ISO/IEC 14496-3, 1.A.2."""
    size_bytes, rate = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5, head[2] >> 2 & 0xF
    if size_bytes < _ADTS_HEADER or rate >= len(_ADTS_RATES):
        return None
    return SoundFrame(
        size_bytes=size_bytes,
        samples=_ADTS_SAMPLES * (1 + (head[6] & 3)),
        rate_hz=_ADTS_RATES[rate],
        codecs=f"mp4a.40.{(head[2] >> 6) + 1}",
        setup=bytes((head[2] & 0xFD, head[3] & 0xC0)),
    )


def _mpeg_audio(head: bytes) -> SoundFrame | None:
    """ISO/IEC 11172-3, 2.4.1.3."""
    version, layer, kbits, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 0 or kbits in (0, 15) or rate == 3:
        return None
    rate_hz = _MPEG_RATES[version][rate]
    bits = 1000 * (_KBITS_1 if version == _MPEG_1 else _KBITS_2)[layer][kbits - 1]
    samples = 384 if layer == _LAYER_1 else 1152 if version == _MPEG_1 or layer == _LAYER_2 else 576
    slot_bytes = 4 if layer == _LAYER_1 else 1
    slots = samples // 8 // slot_bytes * bits // rate_hz + (head[2] >> 1 & 1)
    return SoundFrame(
        size_bytes=slots * slot_bytes,
        samples=samples,
        rate_hz=rate_hz,
        codecs=_MPEG_WORDS[layer],
        setup=bytes((head[1] & 0xFE, head[2] & 0x0C, head[3] & 0xC0)),
    )


def _ac3(head: bytes) -> SoundFrame | None:
    """ETSI TS 102 366, 4.4.1."""
    rate, code = head[4] >> 6, head[4] & 0x3F
    if rate == 3 or code // 2 >= len(_AC3_KBITS):
        return None
    kbits = _AC3_KBITS[code // 2]
    words = (2 * kbits, 320 * kbits // 147 + code % 2, 3 * kbits)[rate]
    return SoundFrame(
        size_bytes=2 * words,
        samples=6 * _BLOCK_SAMPLES,
        rate_hz=_AC3_RATES[rate],
        codecs="ac-3",
        setup=bytes((head[4] & 0xC0, head[5], head[6] & 0xE0)),
    )


def _e_ac3(head: bytes) -> SoundFrame | None:
    """ETSI TS 102 366, E.1.3.1. A dependent stream's frame belongs to the one before, and takes no time."""
    if head[5] >> 3 > 16:
        return None
    rate, blocks = head[4] >> 6, (1, 2, 3, 6)[head[4] >> 4 & 3]
    if rate == 3:
        rate, blocks = head[4] >> 4 & 3, 6
        if rate == 3:
            return None
        rate_hz = _AC3_RATES[rate] // 2
    else:
        rate_hz = _AC3_RATES[rate]
    return SoundFrame(
        size_bytes=2 * (((head[2] & 7) << 8 | head[3]) + 1),
        samples=0 if head[2] >> 6 == 1 else blocks * _BLOCK_SAMPLES,
        rate_hz=rate_hz,
        codecs="ec-3",
        setup=bytes((head[4] & 0xCF, head[5])),
    )
