"""From coded frames to the bytes of one MPEG-TS segment.

FFmpeg's muxer writes each segment alone, so each begins with its tables and ends with whole PES packets. A muxer of
its own per segment would start the continuity counters anew (ISO/IEC 13818-1, 2.4.3.3); so they are
written over afterwards, to run on from segment to segment. Timestamps are taken as given, cut to 33 bits.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

PACKET_BYTES = 188
CLOCK_HZ = 90_000
WRAP = 1 << 33
_NULL_PID = 0x1FFF
# copyts: no offset is added. PCR runs 100 ms before DTS, which is what a decoder's buffer needs.
_MUXER = {"mpegts_copyts": "1", "max_delay": "100000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedUnit:
    """One coded picture or sound frame; times in 90 kHz ticks, in order of ``dts`` within its kind."""

    pts: int
    dts: int
    data: bytes
    keyframe: bool = True


def mux_segment(
    video: Iterable[CodedUnit], audio: Iterable[CodedUnit], *, size: tuple[int, int], fps: int
) -> bytearray:
    """The MPEG-TS bytes of one segment of H.264 (Annex B) and AAC (ADTS). Continuity counters start at 0."""
    output = io.BytesIO()
    with av.open(output, "w", format="mpegts", container_options=_MUXER) as container:
        container.metadata["service_name"] = "longtake test stream"
        container.metadata["service_provider"] = "longtake"
        video_stream = container.add_mux_stream("h264", rate=fps, width=size[0], height=size[1])
        audio_stream = container.add_mux_stream("aac", rate=48_000)
        units = [(unit.dts, video_stream, unit) for unit in video]
        units += [(unit.dts, audio_stream, unit) for unit in audio]
        for _, stream, unit in sorted(units, key=lambda entry: entry[0]):
            packet = av.Packet(unit.data)
            packet.stream = stream
            packet.time_base = Fraction(1, CLOCK_HZ)
            packet.pts, packet.dts = unit.pts, unit.dts
            packet.is_keyframe = unit.keyframe
            container.mux(packet)
    return bytearray(output.getbuffer())


class ContinuityCounters:
    """Makes the continuity counters of segment after segment run on."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def run_on(self, segment: bytearray) -> None:
        """Renumber the packets of a segment in place, from where the segment before ended."""
        packets: NDArray[np.uint8] = np.frombuffer(segment, np.uint8).reshape(-1, PACKET_BYTES)
        pids = (packets[:, 1] & 0x1F).astype(np.uint16) << 8 | packets[:, 2]
        has_payload = (packets[:, 3] & 0x10) != 0
        for pid in np.unique(pids).tolist():
            if pid != _NULL_PID:
                self._renumber(packets, np.flatnonzero(pids == pid), has_payload, pid)

    def _renumber(
        self, packets: NDArray[np.uint8], rows: NDArray[np.intp], has_payload: NDArray[np.bool_], pid: int
    ) -> None:
        # A packet without payload repeats the counter of the packet before it.
        counts = self._next.get(pid, 0) - 1 + np.cumsum(has_payload[rows])
        packets[rows, 3] = packets[rows, 3] & 0xF0 | (counts & 0x0F).astype(np.uint8)
        self._next[pid] = int(counts[-1] + 1) & 0x0F
