"""A whole segment, taken apart: its packets, its program, its coded pictures and its sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core import h264, hevc
from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import Packets, read_packets
from longtake.core.mpegts.pes import payloads
from longtake.core.mpegts.tables import AAC_ADTS, H264, HEVC, Program, read_program
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
        return _idr(self.video, H264)


def scan_segment(data: bytes) -> ScannedSegment:
    """Takes a segment of H.264, with AAC or without sound, apart.

    Raises NotUnderstood for other codecs and containers, and for damaged ones.
    """
    packets = read_packets(data)
    program = read_program(packets)
    if program.video is None or program.video[1] != H264:
        raise NotUnderstood("only pictures in H.264 are understood so far")
    audio = program.audio
    if audio is not None and audio[1] != AAC_ADTS:
        raise NotUnderstood("only sound in AAC is understood so far")
    return ScannedSegment(
        packets=packets,
        program=program,
        video=_pictures(packets, program.video[0]),
        audio=read_units(packets, audio[0], of_adts=True) if audio is not None else None,
    )


def index_segment(data: bytes) -> SegmentIndex:
    """When the pictures of a segment show, and where it may be entered: of H.264 and HEVC, whatever its sound is.

    Raises NotUnderstood for other codecs and containers, and for damaged ones.
    """
    packets = read_packets(data)
    pid, kind = _video(packets)
    pictures = _pictures(packets, pid)
    return SegmentIndex(
        pts=tuple(pictures.pts.tolist()),
        dts=tuple(pictures.dts.tolist()),
        idr=tuple(_idr(pictures, kind).tolist()),
    )


def first_picture_pts(head: bytes) -> int | None:
    """The PTS of the first coded picture, from the first bytes of a segment; None if it is not among them.

    Raises NotUnderstood like ``index_segment``.
    """
    packets = read_packets(head)
    pid, _ = _video(packets)
    rows = packets.carrying(pid)
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


def _video(packets: Packets) -> tuple[int, int]:
    """PID and stream type of pictures that can be told apart."""
    video = read_program(packets).video
    if video is None or video[1] not in (H264, HEVC):
        raise NotUnderstood("only pictures in H.264 and HEVC are understood so far")
    return video


def _pictures(packets: Packets, pid: int) -> Units:
    pictures = read_units(packets, pid)
    if not len(pictures):
        raise NotUnderstood("the segment holds no picture")
    return pictures


def _idr(pictures: Units, kind: int) -> NDArray[np.bool_]:
    is_idr = h264.is_idr if kind == H264 else hevc.is_idr
    found = (_is_idr(pictures, at, is_idr) for at in range(len(pictures)))
    return np.fromiter(found, np.bool_, count=len(pictures))


def _is_idr(pictures: Units, index: int, is_idr: Callable[[bytes], bool | None]) -> bool:
    found = is_idr(pictures.head(index, _ENTRY_LOOK_BYTES))
    if found is None:
        found = is_idr(pictures.content(index))
    return found is True
