"""The sound of the generated live stream: a tick at each full second over a hum that is barely there, as AAC.

The sound is a function of time alone and repeats every second, so sample ``s`` is the sound ``s / 48000`` seconds
after the Unix epoch. The AAC frames lie on a grid that starts at the epoch too: frame ``j`` holds the samples
``[1024 j, 1024 (j + 1))``. A segment therefore does not begin exactly at a frame, as in any real stream.

``tick_onsets`` finds the ticks in decoded sound, to check the lip-sync of a cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 48_000
AAC_FRAME_SAMPLES = 1024
TICK_HZ = 1000
TICK_S = 0.03
_TICK_LEVEL = 0.22
_HUM_HZ, _HUM_LEVEL = (110, 165), 0.004
_ONSET_SHARE = 0.3
_PRIMING_FRAMES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class AacFrame:
    """One coded frame with its ADTS header. ``sample`` is its first sample since the Unix epoch."""

    sample: int
    data: bytes


def one_second() -> NDArray[np.float32]:
    """The second of sound that repeats: (2, 48000), full scale 1. The tick begins at its first sample."""
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    # Whole numbers of periods in a second, so that the seconds join without a click.
    hum = sum(np.sin(2 * np.pi * hz * time_s) for hz in _HUM_HZ) * _HUM_LEVEL
    fade_out = np.clip((TICK_S - time_s) / 0.004, 0, 1)
    tick = np.sin(2 * np.pi * TICK_HZ * time_s) * fade_out * _TICK_LEVEL
    return np.tile((hum + tick).astype(np.float32), (2, 1))


class TickSound:
    """Encodes the sound, range after range. A range that follows the one before continues the same coding."""

    def __init__(self, *, bit_rate: int = 128_000) -> None:
        self._bit_rate = bit_rate
        self._coder = _Coder(bit_rate, 0)
        self._ready: list[AacFrame] = []

    def encode(self, start_sample: int, end_sample: int) -> list[AacFrame]:
        """The AAC frames whose first samples lie in ``[start_sample, end_sample)``, in order."""
        first = -(-start_sample // AAC_FRAME_SAMPLES) * AAC_FRAME_SAMPLES
        frames = self._ready
        if not frames or frames[0].sample != first:
            frames = self._restart(first)
        while frames[-1].sample < end_sample:
            frames += self._coder.feed()
        self._ready = [frame for frame in frames if frame.sample >= end_sample]
        return [frame for frame in frames if frame.sample < end_sample]

    def _restart(self, first: int) -> list[AacFrame]:
        """A new coder, fed a little of what comes before: a coder's first frames lack their predecessor's half."""
        self._coder = _Coder(self._bit_rate, first - _PRIMING_FRAMES * AAC_FRAME_SAMPLES)
        frames: list[AacFrame] = []
        while not frames:
            frames = [frame for frame in self._coder.feed() if frame.sample >= first]
        return frames


class _Coder:
    """An AAC encoder and how far the sound was fed to it."""

    def __init__(self, bit_rate: int, next_sample: int) -> None:
        self._second = one_second()
        self._codec = _open_aac(bit_rate)
        self._next_sample = next_sample

    def feed(self) -> list[AacFrame]:
        """Encode the next 1024 samples; returns the frames that are ready."""
        span = np.arange(self._next_sample, self._next_sample + AAC_FRAME_SAMPLES) % SAMPLE_RATE_HZ
        # Columns taken by index come out in the other order, which PyAV refuses.
        samples = np.ascontiguousarray(self._second[:, span])
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        frame.pts = self._next_sample
        self._next_sample += AAC_FRAME_SAMPLES
        # The encoder counts its own delay already: its first packet has the pts of the samples before the first.
        return [
            AacFrame(sample=packet.pts, data=_adts_header(packet.size) + bytes(packet))
            for packet in self._codec.encode(frame)
            if packet.pts is not None
        ]


def tick_onsets(samples: NDArray[np.float32], rate_hz: int = SAMPLE_RATE_HZ) -> list[int]:
    """Where ticks begin in decoded sound, as indices into ``samples`` (channels, n); good to about a millisecond.

    A tick begins where the sound passes 30 % of its level after at least half a second below it, less the
    time that a 1 kHz sine takes to get there. A tick that is cut at the start of the sound is found at index 0.
    """
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > _TICK_LEVEL * _ONSET_SHARE)
    if not len(loud):
        return []
    starts = loud[np.concatenate([[True], np.diff(loud) > rate_hz // 2])]
    rise = round(np.arcsin(_ONSET_SHARE) / (2 * np.pi * TICK_HZ) * rate_hz)
    return [max(0, int(start) - rise) for start in starts]


def _open_aac(bit_rate: int) -> AudioCodecContext:
    codec = av.CodecContext.create("aac", "w")
    codec.sample_rate = SAMPLE_RATE_HZ
    codec.layout = "stereo"
    codec.format = "fltp"
    codec.bit_rate = bit_rate
    codec.time_base = Fraction(1, SAMPLE_RATE_HZ)
    # FFmpeg's other search costs as much as the pictures, for a sound that does not need it.
    codec.options = {"aac_coder": "fast"}
    codec.open()
    return codec


def _adts_header(payload_bytes: int) -> bytes:
    """The ADTS header (ISO/IEC 13818-7, 6.2) of one AAC LC frame, 48 kHz stereo, without a checksum."""
    profile_lc, rate_index, channels = 1, 3, 2
    length, fullness = payload_bytes + 7, 0x7FF
    bits = 0xFFF << 44 | 0b0001 << 40
    bits |= profile_lc << 38 | rate_index << 34 | channels << 30
    bits |= length << 13 | fullness << 2
    return bits.to_bytes(7, "big")
