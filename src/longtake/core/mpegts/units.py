"""The PES packets of one PID, taken out of their transport packets: one coded picture each, or some sound frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import PACKET_BYTES, Packets
from longtake.core.mpegts.timestamps import Ticks, read_timestamps, unwrapped

_LONGEST_HEADER = 19
"""Start code, stream id, length, flags, and both timestamps."""


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of a PID in the order of the file, which is that of decoding.

    ``pts`` and ``dts`` are in ticks and do not jump at a wrap of the 33 bits: they go on from the first DTS, which is
    in [0, 2^33). What they hold is taken out of the packets when it is first asked for.
    """

    pid: int
    pts: Ticks
    dts: Ticks
    has_dts: NDArray[np.bool_]
    """Whether a unit states its DTS; else it is its PTS."""
    first_row: NDArray[np.intp]
    """The row of the packets in which each unit begins."""
    packets: Packets = field(repr=False)
    rows: NDArray[np.intp] = field(repr=False)
    """All rows of the PID that have a payload, from the first unit on."""

    def __len__(self) -> int:
        """How many units."""
        return len(self.pts)

    def content(self, index: int) -> bytes:
        """One unit without its PES header. Raises NotUnderstood if the header is longer than the unit."""
        return self._contents.stream[self._contents.begin[index] : self._contents.end[index]]

    def head(self, index: int, size_bytes: int) -> bytes:
        """The first bytes of a unit without its PES header. Raises NotUnderstood as ``content``."""
        begin, end = self._contents.begin[index], self._contents.end[index]
        return self._contents.stream[begin : min(end, begin + size_bytes)]

    @property
    def size_bytes(self) -> int:
        """Of all contents together. Raises NotUnderstood as ``content``."""
        return int((self._contents.end - self._contents.begin).sum())

    @cached_property
    def _contents(self) -> _Contents:
        flat, at = payloads(self.packets, self.rows)
        header_at = at[:-1][self.packets.starts_unit[self.rows]]
        next_at = np.append(header_at[1:], at[-1]) if len(header_at) else header_at
        # The last unit may be so short that a header read in one go would reach over the end.
        head = np.append(flat, np.zeros(_LONGEST_HEADER, np.uint8))[header_at[:, None] + np.arange(9)]
        begin = header_at + 9 + head[:, 8]
        stated = head[:, 4].astype(np.intp) << 8 | head[:, 5]
        end = np.where(stated > 0, np.minimum(header_at + 6 + stated, next_at), next_at)
        if (begin > end).any():
            raise NotUnderstood("damaged MPEG-TS: a PES header is longer than its unit")
        return _Contents(stream=flat.tobytes(), begin=begin, end=end)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """All that a PID carries, without its packet headers, and where the content of each unit lies in that."""

    stream: bytes
    begin: NDArray[np.intp]
    end: NDArray[np.intp]


def read_units(packets: Packets, pid: int) -> Units:
    """The units of a PID; what comes before its first start of a unit is passed over.

    Raises NotUnderstood for what is no PES, or for a unit without a PTS.
    """
    rows = np.flatnonzero((packets.pid == pid) & (packets.payload_at < PACKET_BYTES))
    starts = packets.starts_unit[rows]
    rows = rows[int(np.argmax(starts)) :] if starts.any() else rows[:0]
    first_row = rows[packets.starts_unit[rows]]
    head = _headers(packets, rows, first_row)
    if not ((head[:, 0] == 0) & (head[:, 1] == 0) & (head[:, 2] == 1)).all():
        raise NotUnderstood("damaged MPEG-TS: a unit does not begin with a PES header")
    if not (head[:, 7] & 0x80).all():
        raise NotUnderstood("a coded picture or sound frame of this MPEG-TS has no timestamp")
    has_dts = (head[:, 7] & 0x40) != 0
    if (head[:, 8] < np.where(has_dts, 10, 5)).any():
        raise NotUnderstood("damaged MPEG-TS: a PES header has no room for its timestamps")
    pts = read_timestamps(head[:, 9:14])
    dts = np.where(has_dts, read_timestamps(head[:, 14:19]), pts)
    near = int(dts[0]) if len(dts) else 0
    return Units(
        pid=pid,
        pts=unwrapped(pts, near),
        dts=unwrapped(dts, near),
        has_dts=has_dts,
        first_row=first_row,
        packets=packets,
        rows=rows,
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


def _headers(packets: Packets, rows: NDArray[np.intp], first_row: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The first bytes of each unit, as many as its header may need; zeros behind a unit that has fewer."""
    columns = packets.payload_at[first_row]
    if (columns + _LONGEST_HEADER <= PACKET_BYTES).all():
        whole: NDArray[np.uint8] = packets.rows[
            first_row[:, None], columns[:, None] + np.arange(_LONGEST_HEADER)
        ]
        return whole
    flat, at = payloads(packets, rows)
    padded = np.append(flat, np.zeros(_LONGEST_HEADER, np.uint8))
    header_at = at[:-1][packets.starts_unit[rows]]
    spread: NDArray[np.uint8] = padded[header_at[:, None] + np.arange(_LONGEST_HEADER)]
    if (np.append(header_at[1:], at[-1]) - header_at < 9 + spread[:, 8].astype(np.intp)).any():
        raise NotUnderstood("damaged MPEG-TS: a PES header is longer than its unit")
    return spread
