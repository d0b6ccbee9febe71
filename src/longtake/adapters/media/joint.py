"""The sound at a joint: one AAC frame coded anew, so that nothing is heard where two pieces meet.

Each AAC frame is coded over two slots of 1024 samples and gives its first one, once the second half of the frame before
it is added (ISO/IEC 14496-3, 4.6.11). So where frame ``b`` follows frame ``a`` that it did not follow at the
source, two slots come out wrong: their aliases do not cancel. A new frame in the place of ``a``, coded from the sound
of the slots of ``a`` and ``b``, cancels both.

It must be coded with long windows, as its neighbours are. The encoder prefers short ones where the sound changes suddenly, and
cannot be told not to; so it is tried with the sound of both sides blended, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.error import FFmpegError
from numpy.typing import NDArray

from longtake.core.adts import SAMPLES_PER_FRAME, AdtsFormat, AdtsFrame

_BIT_RATE_PER_CHANNEL = 128_000
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_AAC_LC = 2
_SINGLE_CHANNEL = 0
_BLENDS = (0, 128, 512)
"""Samples over which the sound of the left side is led over to that of the right one, until the encoder is content."""
Samples = NDArray[np.float32]


def bridge(before: Sequence[AdtsFrame], after: Sequence[AdtsFrame], first: int) -> bytes | None:
    """The raw frame in the place of the last of ``before`` that leads to ``after[first]``.

    The other frames of ``before``, and those of ``after`` in front of ``first``, warm a decoder up. None where no such
    frame can be made: the sound is no plain AAC LC, changes its format, or cannot be decoded. Then a joint may be heard
    as a faint click.
    """
    kind = after[first].format
    if kind.object_type != _AAC_LC or kind.channels not in _LAYOUTS:
        return None
    if any(frame.format != kind for frame in before):
        return None
    try:
        right, left = _decode(after[: first + 2])[first:], _decode(before)
        if (
            len(right) < 2
            or len(left) < 2
            or any(slot.shape[1] != SAMPLES_PER_FRAME for slot in left + right)
        ):
            return None  # implicit SBR: its core cannot be coded anew by itself
        for blend in _BLENDS:
            slots = [*left[:-1], *_blended(left[-1], right[0], blend), *right[1:]]
            raw = _encode(slots, kind)[len(left) - 1]
            if _is_long(raw):
                return raw
    except (FFmpegError, IndexError):
        return None
    return None


def _blended(left: Samples, right: Samples, count: int) -> tuple[Samples, Samples]:
    """Both slots, with the last ``count`` samples of the left one led over to a mirror image of the right one."""
    if count == 0:
        return left, right
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    led = left.copy()
    led[:, -count:] = left[:, -count:] * (1 - ramp) + right[:, count - 1 :: -1] * ramp
    return led, right


def _is_long(raw: bytes) -> bool:
    """Whether a raw frame begins with a channel element of long windows (4.4.2.1): the one encoder's syntax."""
    bits = int.from_bytes(raw[:4], "big")
    element = bits >> 29
    if element == _SINGLE_CHANNEL:
        return bits >> 14 & 3 == 0  # after the element's tag, its gain and a reserved bit
    has_common_window = bits >> 24 & 1
    return bool(has_common_window) and bits >> 21 & 3 == 0


def _decode(frames: Sequence[AdtsFrame]) -> list[Samples]:
    """One array (channels, 1024) per frame."""
    decoder = av.CodecContext.create("aac", "r")
    slots: list[Samples] = []
    for number, frame in enumerate(frames):
        packet = av.Packet(frame.data)
        packet.pts, packet.time_base = number * SAMPLES_PER_FRAME, Fraction(1, frame.format.rate_hz)
        slots += [found.to_ndarray().astype(np.float32) for found in decoder.decode(packet)]
    return slots


def _encode(slots: Sequence[Samples], kind: AdtsFormat) -> list[bytes]:
    """Raw frames: the n-th is coded over the slots n and n + 1 (the encoder's own priming, over 0 alone, is dropped)."""
    encoder = _open_encoder(kind)
    layout = _LAYOUTS[kind.channels]
    packets: list[av.Packet[AudioStream]] = []
    for number, slot in enumerate(slots):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(slot), format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = kind.rate_hz, Fraction(1, kind.rate_hz)
        frame.pts = number * SAMPLES_PER_FRAME
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [bytes(packet) for packet in packets if packet.pts is not None and packet.pts >= 0]


def _open_encoder(kind: AdtsFormat) -> AudioCodecContext:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = kind.rate_hz, _LAYOUTS[kind.channels], "fltp"
    encoder.bit_rate = _BIT_RATE_PER_CHANNEL * kind.channels
    encoder.time_base = Fraction(1, kind.rate_hz)
    # Nothing that makes sound up: noise substitution and intensity stereo do not cancel aliases.
    encoder.options = {"aac_pns": "0", "aac_is": "0", "aac_coder": "twoloop"}
    return encoder
