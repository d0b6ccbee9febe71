"""A few pictures coded anew so that they join copied ones: as the source's, a little better, without B-frames.

Nothing but x264 gives the source's profiles with so little delay. What the joint needs: an IDR at the beginning, no
reordering, parameter sets in front of each IDR (``repeat-headers``) and under an id that the source does not use, so
that both fit into one MP4 header.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from longtake.adapters.media.decoding import TICK
from longtake.core.errors import NotUnderstood
from longtake.core.h264 import ParameterSets, free_id
from longtake.core.mpegts.timestamps import CLOCK_HZ

_PROFILES = {
    66: "baseline",
    77: "main",
    88: "main",
    100: "high",
    110: "high10",
    122: "high422",
    244: "high444",
}
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"}
_TRANSFERS = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
_MATRICES = {
    0: "GBR",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020nc",
    10: "bt2020c",
}
_FULL_RANGE = 2

_QUALITY = 19
"""CRF: the worst picture has an SSIM of 0.986 to the source's (of all that was measured); 20 would fall below 0.985."""
_MOST_TIMES_SOURCE = 2.4
"""Of the source's bitrate. Three times is the promise, but for the key frame that a stretch begins with: it is about as
large as the source's own, and most of a stretch of a few pictures."""
_LEAST_RATE = 200_000
"""A source that takes even less is kept good rather than small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCoding:
    """How the source codes: its parameter sets, the usual ticks between frames, and its bit/s around here."""

    sets: ParameterSets
    frame_ticks: int
    bit_rate: int


def open_encoder(
    like: SourceCoding, frame: av.VideoFrame, sample_aspect: Fraction | None
) -> VideoCodecContext:
    """An encoder for pictures like ``frame``. Raises NotUnderstood for a profile or field order it does not have."""
    if frame.interlaced_frame:
        raise NotUnderstood("interlaced pictures cannot be cut to the frame yet; ask for a rough cut")
    profile_idc, level_idc = like.sets.sequence[0][1], like.sets.sequence[0][3]
    profile = _PROFILES.get(profile_idc)
    if profile is None:
        raise NotUnderstood(f"H.264 of profile {profile_idc} cannot be cut to the frame; ask for a rough cut")
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, frame.format.name
    encoder.time_base, encoder.framerate = TICK, Fraction(CLOCK_HZ, like.frame_ticks)
    encoder.thread_count = 2
    encoder.options = {
        "preset": "veryfast",
        "profile": profile,
        "crf": str(_QUALITY),
        "x264-params": ":".join(
            f"{key}={value}" for key, value in _parameters(like, frame, level_idc).items()
        ),
    }
    if sample_aspect:
        encoder.sample_aspect_ratio = sample_aspect
    return encoder


def _parameters(like: SourceCoding, frame: av.VideoFrame, level_idc: int) -> dict[str, object]:
    rate_kbit = max(_LEAST_RATE, round(like.bit_rate * _MOST_TIMES_SOURCE)) // 1000
    parameters: dict[str, object] = {
        "bframes": 0,
        "keyint": "infinite",
        "scenecut": 0,
        "repeat-headers": 1,
        "annexb": 1,
        "stitchable": 1,  # parameter sets do not depend on what is in the pictures: one header for all stretches
        "sps-id": free_id(like.sets),
        "level": f"{level_idc / 10:.1f}",
        "rc-lookahead": 5,
        "sync-lookahead": 0,
        "vbv-maxrate": rate_kbit,
        "vbv-bufsize": rate_kbit,
        "force-cfr": 1,
        "fullrange": "on" if frame.color_range == _FULL_RANGE else "off",
    }
    for key, names, value in (
        ("colorprim", _PRIMARIES, frame.color_primaries),
        ("transfer", _TRANSFERS, frame.color_trc),
        ("colormatrix", _MATRICES, frame.colorspace),
    ):
        if value in names:
            parameters[key] = names[value]
    return parameters
