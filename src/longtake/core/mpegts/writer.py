"""New transport packets for coded pictures and sound, which go on from copied ones and into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.counters import ContinuityCounters
from longtake.core.mpegts.packets import PACKET_BYTES, SYNC_BYTE
from longtake.core.mpegts.timestamps import PCR_PER_TICK, pcr_field, pts_field

_PAYLOAD_BYTES = PACKET_BYTES - 4
_LONGEST_STATED = 0xFFFF
VIDEO_ID, AUDIO_ID = 0xE0, 0xC0
"""PES stream ids (table 2-22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingUnit:
    """A unit to be written. ``pcr`` in ticks goes along with its first packet, if given."""

    pid: int
    stream_id: int
    pts: int
    dts: int
    content: bytes
    entry: bool = False
    """Whether decoding can begin here."""
    pcr: int | None = None


def unit_packets(unit: OutgoingUnit, counters: ContinuityCounters) -> bytes:
    """The packets of one unit."""
    pes = _pes_header(unit) + unit.content
    adaptation = _adaptation(unit)
    first_room = _PAYLOAD_BYTES - len(adaptation)
    if len(pes) <= first_room:
        return _packet(unit.pid, True, _stuffed(adaptation, first_room - len(pes)), pes, counters)
    whole, rest = divmod(len(pes) - first_room, _PAYLOAD_BYTES)
    packets = [_packet(unit.pid, True, adaptation, pes[:first_room], counters)]
    middle_end = first_room + whole * _PAYLOAD_BYTES
    if whole:
        packets.append(_full_packets(unit.pid, pes[first_room:middle_end], counters).tobytes())
    if rest:
        last = pes[middle_end:]
        packets.append(_packet(unit.pid, False, _stuffed(b"", _PAYLOAD_BYTES - rest), last, counters))
    return b"".join(packets)


def table_packets(rows: list[bytes], counters: ContinuityCounters) -> bytes:
    """Packets of tables from elsewhere, with counters that run on."""
    packets = bytearray()
    for row in rows:
        pid = (row[1] & 0x1F) << 8 | row[2]
        packets += row[:3] + bytes((row[3] & 0xF0 | int(counters.take(pid, 1)[0]),)) + row[4:]
    return bytes(packets)


def _pes_header(unit: OutgoingUnit) -> bytes:
    with_dts = unit.dts != unit.pts
    times = pts_field(unit.pts, 3 if with_dts else 2) + (pts_field(unit.dts, 1) if with_dts else b"")
    length = 3 + len(times) + len(unit.content)
    stated = length if length <= _LONGEST_STATED and unit.stream_id != VIDEO_ID else 0
    # 0x84: MPEG-2 syntax, and the content begins with a whole access unit.
    flags = bytes((0x84, 0xC0 if with_dts else 0x80, len(times)))
    return b"\x00\x00\x01" + bytes((unit.stream_id,)) + stated.to_bytes(2, "big") + flags + times


def _adaptation(unit: OutgoingUnit) -> bytes:
    """The adaptation field of a unit's first packet, its length byte included; empty if none is needed."""
    if unit.pcr is None and not unit.entry:
        return b""
    flags = (0x40 if unit.entry else 0) | (0x10 if unit.pcr is not None else 0)
    body = bytes((flags,)) + (b"" if unit.pcr is None else pcr_field(unit.pcr * PCR_PER_TICK))
    return bytes((len(body),)) + body


def _stuffed(adaptation: bytes, count: int) -> bytes:
    """An adaptation field that is longer by ``count`` bytes."""
    if count == 0:
        return adaptation
    if not adaptation:
        return bytes((count - 1,)) + (b"" if count == 1 else b"\x00" + b"\xff" * (count - 2))
    return bytes((adaptation[0] + count,)) + adaptation[1:] + b"\xff" * count


def _packet(pid: int, starts: bool, adaptation: bytes, payload: bytes, counters: ContinuityCounters) -> bytes:
    control = (0x30 if adaptation else 0x10) | int(counters.take(pid, 1)[0])
    head = bytes((SYNC_BYTE, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, control))
    return head + adaptation + payload


def _full_packets(pid: int, payload: bytes, counters: ContinuityCounters) -> NDArray[np.uint8]:
    rows = np.empty((len(payload) // _PAYLOAD_BYTES, PACKET_BYTES), np.uint8)
    rows[:, 0], rows[:, 1], rows[:, 2] = SYNC_BYTE, pid >> 8, pid & 0xFF
    rows[:, 3] = 0x10 | counters.take(pid, len(rows))
    rows[:, 4:] = np.frombuffer(payload, np.uint8).reshape(-1, _PAYLOAD_BYTES)
    return rows
