"""A whole segment, taken apart: its packets, its program, its coded pictures and its sound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import NotUnderstood
from longtake.core.h264 import Nal, first_slice
from longtake.core.mpegts.packets import PACKET_BYTES, Packets, read_packets
from longtake.core.mpegts.pes import payloads
from longtake.core.mpegts.tables import AAC_ADTS, H264, Program, read_program
from longtake.core.mpegts.timestamps import read_timestamps
from longtake.core.mpegts.units import Units, read_units
from longtake.core.segment_index import SegmentIndex

_ENTRY_LOOK_BYTES = 4096
"""Headers, SEI messages and parameter sets before the first slice are shorter than this; if not, more is looked at."""
_PTS_END = 14
"""So many bytes of a PES header must be there for its PTS."""


@dataclass(frozen=True, kw_only=True)
class ScannedSegment:
    """``audio`` is None if there is no sound."""

    packets: Packets
    program: Program
    video: Units
    audio: Units | None

    @cached_property
    def idr(self) -> NDArray[np.bool_]:
        """Which pictures are IDRs. Raises NotUnderstood if a unit is damaged."""
        return np.fromiter((_is_idr(self.video, at) for at in range(len(self.video))), np.bool_)

    def index(self) -> SegmentIndex:
        """When its pictures show, and where it may be entered. Raises NotUnderstood if a unit is damaged."""
        return SegmentIndex(
            pts=tuple(self.video.pts.tolist()),
            dts=tuple(self.video.dts.tolist()),
            idr=tuple(self.idr.tolist()),
        )


def scan_segment(data: bytes) -> ScannedSegment:
    """Takes a segment of H.264, with AAC or without sound, apart.

    Raises NotUnderstood for other codecs and containers, and for damaged ones.
    """
    packets = read_packets(data)
    program = read_program(packets)
    video, audio = program.video, program.audio
    if video is None or video[1] != H264:
        raise NotUnderstood("only pictures in H.264 are understood so far")
    if audio is not None and audio[1] != AAC_ADTS:
        raise NotUnderstood("only sound in AAC is understood so far")
    pictures = read_units(packets, video[0])
    if not len(pictures):
        raise NotUnderstood("the segment holds no picture")
    return ScannedSegment(
        packets=packets,
        program=program,
        video=pictures,
        audio=read_units(packets, audio[0], of_adts=True) if audio is not None else None,
    )


def first_picture_pts(head: bytes) -> int | None:
    """The PTS of the first coded picture, from the first bytes of a segment; None if it is not among them.

    Raises NotUnderstood like ``scan_segment``.
    """
    packets = read_packets(head)
    video = read_program(packets).video
    if video is None or video[1] != H264:
        raise NotUnderstood("only pictures in H.264 are understood so far")
    rows = np.flatnonzero((packets.pid == video[0]) & (packets.payload_at < PACKET_BYTES))
    starts = np.flatnonzero(packets.starts_unit[rows])
    if not len(starts):
        return None
    # A header may be spread over packets: there is a byte of it at least in each.
    header, _ = payloads(packets, rows[int(starts[0]) :][:_PTS_END])
    return (
        int(read_timestamps(header[None, 9:_PTS_END])[0])
        if len(header) >= _PTS_END and header[7] & 0x80
        else None
    )


def _is_idr(pictures: Units, index: int) -> bool:
    found = first_slice(pictures.head(index, _ENTRY_LOOK_BYTES))
    if found is None:
        found = first_slice(pictures.content(index))
    return found == Nal.IDR_SLICE
