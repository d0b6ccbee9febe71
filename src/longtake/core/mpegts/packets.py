"""The packets of a segment, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import NotUnderstood

PACKET_BYTES = 188
SYNC_BYTE = 0x47
NULL_PID = 0x1FFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """One row a packet. ``payload_at`` is where the payload begins in it: 188 where there is none."""

    rows: NDArray[np.uint8]
    pid: NDArray[np.uint16]
    starts_unit: NDArray[np.bool_]
    payload_at: NDArray[np.intp]
    pcr_rows: NDArray[np.intp]
    """The rows that carry a PCR, which stands in bytes 6 to 11 of them."""

    def carries(self) -> NDArray[np.bool_]:
        """Which rows count for the continuity counter: those that have a payload (2.4.3.3)."""
        carries: NDArray[np.bool_] = (self.rows[:, 3] & 0x10) != 0
        return carries


def read_packets(data: bytes | bytearray | memoryview | NDArray[np.uint8]) -> Packets:
    """The whole packets of a segment; bytes after the last whole one are passed over.

    Raises NotUnderstood where a packet does not begin with the sync byte, is scrambled, or says that it is broken.
    """
    flat: NDArray[np.uint8] = data if isinstance(data, np.ndarray) else np.frombuffer(data, np.uint8)
    rows = flat[: len(flat) // PACKET_BYTES * PACKET_BYTES].reshape(-1, PACKET_BYTES)
    if len(rows) == 0:
        raise NotUnderstood("no MPEG-TS: shorter than one packet")
    head = rows[:, :6].astype(np.intp)  # columns of a copy: rows are 188 bytes apart
    _check(head)
    has_adaptation = (head[:, 3] & 0x20) != 0
    after_adaptation = np.where(has_adaptation, 5 + head[:, 4], 4)
    payload_at = np.where((head[:, 3] & 0x10) != 0, np.minimum(after_adaptation, PACKET_BYTES), PACKET_BYTES)
    has_pcr = has_adaptation & (head[:, 4] >= 7) & ((head[:, 5] & 0x10) != 0)
    return Packets(
        rows=rows,
        pid=((head[:, 1] & 0x1F) << 8 | head[:, 2]).astype(np.uint16),
        starts_unit=(head[:, 1] & 0x40) != 0,
        payload_at=payload_at,
        pcr_rows=np.flatnonzero(has_pcr),
    )


def _check(head: NDArray[np.intp]) -> None:
    if not (head[:, 0] == SYNC_BYTE).all():
        first = int(np.flatnonzero(head[:, 0] != SYNC_BYTE)[0])
        raise NotUnderstood(f"no MPEG-TS: packet {first} does not begin with its sync byte")
    if (head[:, 1] & 0x80).any():
        raise NotUnderstood("damaged MPEG-TS: a packet says that it was received with errors")
    if (head[:, 3] & 0xC0).any():
        raise NotUnderstood("this MPEG-TS is scrambled")
