"""The PES headers of one PID as columns, whatever is wrong with them: nothing is refused here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.packets import PACKET_BYTES, Packets
from longtake.core.mpegts.timestamps import Ticks, read_timestamps

LONGEST_HEADER = 19
"""Start code, stream id, length, flags, and both timestamps."""
LEAST_HEADER = 9
"""All up to where a header's own length stands."""
_PTS_BYTES, _BOTH_BYTES = 5, 10


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
    begins_within: bool
    """Whether there are packets before the first start: the end of a unit that began in an earlier segment."""

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
    def stated_bytes(self) -> NDArray[np.intp]:
        """How long each says that it is, header included; 0 where it does not say."""
        length = self.bytes[:, 4].astype(np.intp) << 8 | self.bytes[:, 5]
        return np.where(length > 0, length + 6, 0)

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
    return headers_of(packets, np.flatnonzero((packets.pid == pid) & (packets.payload_at < PACKET_BYTES)))


def headers_of(packets: Packets, carrying: NDArray[np.intp]) -> PesHeaders:
    """The same of rows that are chosen already: all of one PID, all with a payload."""
    starts = np.flatnonzero(packets.starts_unit[carrying])
    first = int(starts[0]) if len(starts) else len(carrying)
    rows, at = carrying[first:], starts - first
    before = np.zeros(len(rows) + 1, np.intp)
    np.cumsum(PACKET_BYTES - packets.payload_at[rows], out=before[1:])
    return PesHeaders(
        rows=rows,
        at=at,
        bytes=_bytes(packets, rows, at, before),
        size_bytes=np.diff(before[np.append(at, len(rows))]),
        begins_within=first > 0,
    )


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


def _bytes(
    packets: Packets, rows: NDArray[np.intp], at: NDArray[np.intp], before: NDArray[np.intp]
) -> NDArray[np.uint8]:
    first_row = rows[at]
    columns = packets.payload_at[first_row]
    reach = np.arange(LONGEST_HEADER)
    if (columns + LONGEST_HEADER <= PACKET_BYTES).all():
        whole: NDArray[np.uint8] = packets.rows[first_row[:, None], columns[:, None] + reach]
        return whole
    flat, _ = payloads(packets, rows)
    places = before[at][:, None] + reach
    ends = before[np.append(at[1:], len(rows))][:, None]
    spread = np.append(flat, np.zeros(LONGEST_HEADER, np.uint8))[places]
    return np.where(places < ends, spread, 0).astype(np.uint8)
