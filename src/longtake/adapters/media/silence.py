"""Silence, coded as the sound around it is."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.error import FFmpegError

from longtake.adapters.media.packets import Coding
from longtake.core.adts import SAMPLES_PER_FRAME

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_AAC_LC = 2
_WARM = 3
"""Frames after which nothing is left of how an encoder begins."""


def silent_frame(coding: Coding) -> bytes | None:
    """A frame of AAC LC without its header, ``SAMPLES_PER_FRAME`` long; None for other sound: there, nothing is put."""
    layout = _LAYOUTS.get(coding.channels or 0)
    if coding.codec != "aac" or not coding.setup or coding.setup[0] >> 3 != _AAC_LC or layout is None:
        return None
    try:
        encoder = av.CodecContext.create("aac", "w")
        encoder.sample_rate, encoder.layout, encoder.format = coding.rate_hz or 0, layout, "fltp"
        encoder.time_base = Fraction(1, encoder.sample_rate)
        packets = []
        for number in range(_WARM):
            slot = np.zeros((coding.channels or 0, SAMPLES_PER_FRAME), np.float32)
            frame = av.AudioFrame.from_ndarray(slot, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = encoder.sample_rate, number * SAMPLES_PER_FRAME
            packets += encoder.encode(frame)
        packets += encoder.encode(None)
    except (FFmpegError, ValueError):
        return None
    return bytes(packets[-1])
