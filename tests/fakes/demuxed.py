"""A second opinion: what FFmpeg finds in MPEG-TS."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from fractions import Fraction

import av


@dataclass(frozen=True, kw_only=True)
class Demuxed:
    """Packets in their order: (pts, dts, keyframe, content), sound frame by frame."""

    video: list[tuple[int | None, int | None, bool, bytes]] = field(default_factory=list)
    audio: list[tuple[int | None, int | None, bool, bytes]] = field(default_factory=list)


def demuxed(data: bytes) -> Demuxed:
    """Of one file; times in ticks of 90 kHz, in [0, 2^33)."""
    found = Demuxed()
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        for unit in container.demux():
            if unit.size:
                assert unit.time_base == Fraction(1, 90_000)
                target = found.video if unit.stream.type == "video" else found.audio
                target.append((_turned(unit.pts), _turned(unit.dts), unit.is_keyframe, bytes(unit)))
    return found


def _turned(ticks: int | None) -> int | None:
    """FFmpeg makes times before a wrap negative."""
    return None if ticks is None else ticks % (1 << 33)
