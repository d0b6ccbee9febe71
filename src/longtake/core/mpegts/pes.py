"""The PES headers of one PID, whatever is wrong with them: nothing is refused here.

As columns for who works on all of them at once, and in short for a look, which costs less so for a few dozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.packets import PACKET_BYTES, STARTS_UNIT, Packets
from longtake.core.mpegts.timestamps import WRAP, Ticks, difference, read_timestamps

LONGEST_HEADER = 19
"""Start code, stream id, length, flags, and both timestamps."""
LEAST_HEADER = 9
"""All up to where a header's own length stands."""
_PTS_BYTES, _BOTH_BYTES = 5, 10
_START_CODE = b"\x00\x00\x01"
_HEAD = Struct(">3sxHxBBBHH5x")
"""Start code, length, flags, the length of the rest of the header, and the PTS in three parts (2.4.3.6)."""


@dataclass(frozen=True, kw_only=True)
class PesHeaders:
    """One row a PES packet, in the order of the file. Timestamps are of 33 bits, and 0 where there is none."""

    rows: NDArray[np.intp]
    """All rows of the PID that have a payload, from the first start of a unit on."""
    at: NDArray[np.intp]
    """Where in ``rows`` each begins."""
    bytes: NDArray[np.uint8]
    """Of each header ``LONGEST_HEADER`` bytes; zeros behind a unit that has fewer."""
    size_bytes: NDArray[np.intp]
    """Of each unit, header included, as far as it is there."""

    def __len__(self) -> int:
        """How many."""
        return len(self.at)

    @property
    def first_row(self) -> NDArray[np.intp]:
        """The row of the packets in which each begins."""
        first: NDArray[np.intp] = self.rows[self.at]
        return first

    @cached_property
    def is_pes(self) -> NDArray[np.bool_]:
        """Which begin as a PES packet does."""
        start_code: NDArray[np.bool_] = (self.bytes[:, :3] == (0, 0, 1)).all(axis=1)
        return start_code

    @cached_property
    def header_bytes(self) -> NDArray[np.intp]:
        """How long each header says that it is."""
        return self.bytes[:, 8].astype(np.intp) + LEAST_HEADER

    @cached_property
    def has_pts(self) -> NDArray[np.bool_]:
        """Which have a PTS in full."""
        return self._has(0x80, _PTS_BYTES)

    @cached_property
    def has_dts(self) -> NDArray[np.bool_]:
        """Which have a DTS besides."""
        return self._has(0xC0, _BOTH_BYTES)

    def _has(self, flags: int, least: int) -> NDArray[np.bool_]:
        room = np.minimum(self.bytes[:, 8], self.size_bytes - LEAST_HEADER)
        has: NDArray[np.bool_] = ((self.bytes[:, 7] & flags) == flags) & (room >= least)
        return has

    @cached_property
    def pts(self) -> Ticks:
        """Where there is one."""
        return np.where(self.has_pts, read_timestamps(self.bytes[:, 9:14]), 0)

    @cached_property
    def dts(self) -> Ticks:
        """Where there is one; else the PTS."""
        return np.where(self.has_dts, read_timestamps(self.bytes[:, 14:19]), self.pts)


def read_headers(packets: Packets, pid: int) -> PesHeaders:
    """Of all PES packets of a PID. What comes before its first start of a unit is passed over."""
    rows, at = _from_first_start(packets, packets.carrying(pid))
    return PesHeaders(
        rows=rows,
        at=at,
        bytes=np.frombuffer(_headers(packets, rows, at), np.uint8).reshape(-1, LONGEST_HEADER),
        size_bytes=_sizes(packets, rows, at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitHeads:
    """What a look wants to know of each PES packet of a PID, in the order of the file."""

    rows: NDArray[np.intp]
    """All rows of the PID that have a payload, from the first start of a unit on."""
    at: list[int]
    """Where in ``rows`` each begins; one more for the end."""
    size_bytes: list[int]
    """Of each unit, header included, as far as it is there."""
    least_bytes: list[int]
    """How long each must be by what it says of itself and of its header; 0 for what is no PES packet."""
    header_bytes: list[int]
    """How long each header says that it is."""
    times: list[int]
    """The PTS of all that have one, which do not jump at a wrap: the first is in [0, 2^33)."""
    all_pes: bool
    """Whether all begin as a PES packet does."""
    last_is_stated: bool
    """Whether the last one says how long it is."""
    begins_within: bool
    """Whether there are packets before the first start: the end of a unit that began in an earlier segment."""

    def __len__(self) -> int:
        """How many."""
        return len(self.size_bytes)


def heads_of(packets: Packets, carrying: NDArray[np.intp]) -> UnitHeads:
    """Of rows that are all of one PID, all with a payload."""
    rows, at = _from_first_start(packets, carrying)
    sizes: list[int] = _sizes(packets, rows, at).tolist()
    least, header_bytes, pts = [], [], []
    length = 0
    heads = _HEAD.iter_unpack(_headers(packets, rows, at))
    for (code, length, flags, rest, high, middle, low), size in zip(heads, sizes, strict=True):
        header = LEAST_HEADER + rest
        header_bytes.append(header)
        if code != _START_CODE:
            least.append(0)
            continue
        stated = length + 6 if length else 0
        least.append(stated if stated > header else header)
        if flags & 0x80 and rest >= _PTS_BYTES and size >= LEAST_HEADER + _PTS_BYTES:
            pts.append((high >> 1 & 7) << 30 | middle >> 1 << 15 | low >> 1)
    return UnitHeads(
        rows=rows,
        at=[*at.tolist(), len(rows)],
        size_bytes=sizes,
        least_bytes=least,
        header_bytes=header_bytes,
        times=_without_jumps(pts),
        all_pes=all(least),
        last_is_stated=length > 0,
        begins_within=len(rows) < len(carrying),
    )


def payload(packets: Packets, rows: NDArray[np.intp], most_bytes: int) -> bytes:
    """The payloads of some rows behind each other, up to so many bytes."""
    flat = packets.rows.reshape(-1).data
    parts: list[memoryview] = []
    left = most_bytes
    # A packet holds a byte at least, but nearly always many: the others are asked for only where it does not.
    few = 2 + most_bytes // (PACKET_BYTES - 4)
    for some in (rows[:few], rows[few:]):
        for row, column in zip(some.tolist(), packets.payload_at[some].tolist(), strict=True):
            if left <= 0:
                break
            begin, end = PACKET_BYTES * row + column, PACKET_BYTES * (row + 1)
            parts.append(flat[begin : min(end, begin + left)])
            left -= end - begin
    return b"".join(parts)


def payloads(packets: Packets, rows: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """The payloads of some rows behind each other, and where each row's begins in that; one more for the end."""
    offsets = packets.payload_at[rows]
    chosen = packets.rows[rows]
    if len(rows) and (offsets == 4).all():
        flat = chosen[:, 4:].reshape(-1)
    else:
        flat = chosen[np.arange(PACKET_BYTES) >= offsets[:, None]]
    at = np.zeros(len(rows) + 1, np.intp)
    np.cumsum(PACKET_BYTES - offsets, out=at[1:])
    return flat, at


def _from_first_start(
    packets: Packets, carrying: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows without those before the first start of a unit, and where in them units begin."""
    starts = ((packets.head[carrying] & STARTS_UNIT) != 0).nonzero()[0]
    first = int(starts[0]) if len(starts) else len(carrying)
    return carrying[first:], starts - first


def _sizes(packets: Packets, rows: NDArray[np.intp], at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of each unit."""
    sizes: NDArray[np.intp] = (
        np.add.reduceat(PACKET_BYTES - packets.payload_at[rows], at) if len(at) else np.empty(0, np.intp)
    )
    return sizes


def _headers(packets: Packets, rows: NDArray[np.intp], at: NDArray[np.intp]) -> bytes:
    """``LONGEST_HEADER`` bytes of each unit; zeros behind one that has fewer."""
    first_row = rows[at]
    columns = packets.payload_at[first_row]
    if (columns + LONGEST_HEADER <= PACKET_BYTES).all():
        ahead = packets.rows.size - LONGEST_HEADER + 1  # at each byte a header could begin
        whole = np.ndarray(ahead, f"V{LONGEST_HEADER}", packets.rows, 0, (1,))
        found: bytes = whole[PACKET_BYTES * first_row + columns].tobytes()
        return found
    flat, before = payloads(packets, rows)
    places = before[at][:, None] + np.arange(LONGEST_HEADER)
    ends = before[np.append(at[1:], len(rows))][:, None]
    spread = np.append(flat, np.zeros(LONGEST_HEADER, np.uint8))[places]
    return np.where(places < ends, spread, 0).astype(np.uint8).tobytes()


def _without_jumps(pts: list[int]) -> list[int]:
    if not pts or max(pts) - min(pts) < WRAP // 2:
        return pts
    return [pts[0] + difference(one, pts[0]) for one in pts]
