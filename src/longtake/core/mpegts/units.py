"""The PES packets of one PID, taken out of their transport packets: one coded picture each, or some sound frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import PACKET_BYTES, Packets
from longtake.core.mpegts.timestamps import Ticks, read_timestamps, unwrapped

_LONGEST_HEADER = 19
"""Start code, stream id, length, flags, and both timestamps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of a PID in the order of the file, which is that of decoding.

    ``pts`` and ``dts`` are in ticks and do not jump at a wrap of the 33 bits: they go on from the first DTS, which is
    in [0, 2^33).
    """

    pid: int
    pts: Ticks
    dts: Ticks
    first_row: NDArray[np.intp]
    """The row of the packets in which each unit begins."""
    stream: bytes
    """All that the PID carries, without its packet headers."""
    header_at: NDArray[np.intp]
    """Where each unit's PES header begins in ``stream``."""
    begin: NDArray[np.intp]
    end: NDArray[np.intp]
    """Where the content of each unit lies in ``stream``."""

    def __len__(self) -> int:
        """How many units."""
        return len(self.pts)

    def content(self, index: int) -> bytes:
        """One unit without its PES header."""
        return self.stream[self.begin[index] : self.end[index]]


def read_units(packets: Packets, pid: int) -> Units:
    """The units of a PID; what comes before its first start of a unit is passed over.

    Raises NotUnderstood for what is no PES, or for a unit without a PTS.
    """
    rows = np.flatnonzero((packets.pid == pid) & (packets.payload_at < PACKET_BYTES))
    starts = packets.starts_unit[rows]
    rows = rows[int(np.argmax(starts)) :] if starts.any() else rows[:0]
    starts = packets.starts_unit[rows]
    flat, at = payloads(packets, rows)
    header_at = at[:-1][starts]
    next_at = np.append(header_at[1:], at[-1]) if len(header_at) else header_at
    pts, dts, begin, end = _read_headers(flat, header_at, next_at)
    near = int(dts[0]) if len(dts) else 0
    return Units(
        pid=pid,
        pts=unwrapped(pts, near),
        dts=unwrapped(dts, near),
        first_row=rows[starts],
        stream=flat.tobytes(),
        header_at=header_at,
        begin=begin,
        end=end,
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


def _read_headers(
    flat: NDArray[np.uint8], header_at: NDArray[np.intp], next_at: NDArray[np.intp]
) -> tuple[Ticks, Ticks, NDArray[np.intp], NDArray[np.intp]]:
    # The last unit may be so short that a header read in one go would reach over the end.
    padded = np.concatenate([flat, np.zeros(_LONGEST_HEADER, np.uint8)])
    head = padded[header_at[:, None] + np.arange(_LONGEST_HEADER)]
    if not ((head[:, 0] == 0) & (head[:, 1] == 0) & (head[:, 2] == 1)).all():
        raise NotUnderstood("damaged MPEG-TS: a unit does not begin with a PES header")
    if not (head[:, 7] & 0x80).all():
        raise NotUnderstood("a coded picture or sound frame of this MPEG-TS has no timestamp")
    pts = read_timestamps(head[:, 9:14])
    dts = np.where((head[:, 7] & 0x40) != 0, read_timestamps(head[:, 14:19]), pts)
    begin = header_at + 9 + head[:, 8]
    stated = head[:, 4].astype(np.intp) << 8 | head[:, 5]
    end = np.where(stated > 0, np.minimum(header_at + 6 + stated, next_at), next_at)
    if (begin > end).any():
        raise NotUnderstood("damaged MPEG-TS: a PES header is longer than its packet")
    return pts, dts, begin, end
