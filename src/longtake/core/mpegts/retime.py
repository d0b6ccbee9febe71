"""Whole segments moved in time: the bytes of pictures and sound stay as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.packets import NULL_PID, PACKET_BYTES, SYNC_BYTE, Packets
from longtake.core.mpegts.scan import ScannedSegment
from longtake.core.mpegts.timestamps import (
    PCR_PER_TICK,
    Ticks,
    difference,
    read_pcrs,
    written_pcrs,
    written_timestamps,
)
from longtake.core.mpegts.units import Units

_PTS_AT, _DTS_AT = 9, 14
"""Where the fields stand in a PES header (2.4.3.6)."""
_PCR_AT = 6
_NULL_HEADER = np.array([SYNC_BYTE, NULL_PID >> 8, NULL_PID & 0xFF, 0x10], np.uint8)


def pcr_lead(segment: ScannedSegment) -> int:
    """By how many ticks the clock of a segment runs before the first picture's DTS: how early its bytes are there.

    0 if it has no clock before its second picture.
    """
    packets = segment.packets
    first_row = segment.video.first_row
    early = packets.pcr_rows[packets.pcr_rows <= first_row[0]]
    rows = early[-1:] if len(early) else packets.pcr_rows[:1]
    if not len(rows) or (len(first_row) > 1 and rows[0] >= first_row[1]):
        return 0
    pcr = int(read_pcrs(packets.rows[rows, _PCR_AT : _PCR_AT + 6])[0]) // PCR_PER_TICK
    lead = difference(int(segment.video.dts[0]), pcr)
    return lead if 0 <= lead < 10 * 90_000 else 0


def retimed(
    segment: ScannedSegment, *, video_ticks: int, clock_ticks: int, pids: frozenset[int]
) -> NDArray[np.uint8]:
    """A copy of a segment's packets, with all timestamps later by ``video_ticks`` and the PCR by ``clock_ticks``.

    Packets of other PIDs than those given become null packets: to take them out would cost more than it saves. Rows of
    188 bytes.
    """
    packets = segment.packets
    rows = packets.rows.copy()
    for units in (segment.video, segment.audio):
        if units is not None:
            _write(rows, packets, units, _PTS_AT, units.pts + video_ticks, with_dts=False)
            _write(rows, packets, units, _DTS_AT, units.dts + video_ticks, with_dts=True)
    if len(packets.pcr_rows):
        pcrs = read_pcrs(rows[packets.pcr_rows, _PCR_AT : _PCR_AT + 6])
        rows[packets.pcr_rows, _PCR_AT : _PCR_AT + 6] = written_pcrs(pcrs + clock_ticks * PCR_PER_TICK)
    kept = np.zeros(NULL_PID + 1, np.bool_)
    kept[list(pids)] = True
    rows[~kept[packets.pid], :4] = _NULL_HEADER
    return rows


def _write(
    rows: NDArray[np.uint8], packets: Packets, units: Units, at: int, values: Ticks, *, with_dts: bool
) -> None:
    """Writes the field at ``at`` of every unit's header, or of those that have a DTS."""
    columns = packets.payload_at[units.first_row]
    wanted = units.has_dts if with_dts else np.ones(len(units), np.bool_)
    prefixes = np.where(units.has_dts, 1 if with_dts else 3, 2).astype(np.uint8)
    fields = written_timestamps(values, prefixes)
    whole = wanted & (columns + at + 5 <= PACKET_BYTES)
    rows[units.first_row[whole, None], columns[whole, None] + at + np.arange(5)] = fields[whole]
    for unit in np.flatnonzero(wanted & ~whole).tolist():
        _write_split(rows, packets, units, unit, at, fields[unit])


def _write_split(
    rows: NDArray[np.uint8],
    packets: Packets,
    units: Units,
    unit: int,
    at: int,
    field: NDArray[np.uint8],
) -> None:
    """A header that is spread over packets: byte for byte."""
    row, column = int(units.first_row[unit]), int(packets.payload_at[units.first_row[unit]])
    left = at
    written = 0
    while written < 5:
        room = PACKET_BYTES - column
        if left >= room:
            left -= room
            row, column = _next_row(packets, row, units.pid)
            continue
        column += left
        left = 0
        rows[row, column] = field[written]
        written, column = written + 1, column + 1
        if column == PACKET_BYTES and written < 5:
            row, column = _next_row(packets, row, units.pid)


def _next_row(packets: Packets, row: int, pid: int) -> tuple[int, int]:
    following = np.flatnonzero(
        (packets.pid[row + 1 :] == pid) & (packets.payload_at[row + 1 :] < PACKET_BYTES)
    )
    found = row + 1 + int(following[0])
    return found, int(packets.payload_at[found])
