"""The packets of a segment, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import NotUnderstood

PACKET_BYTES = 188
SYNC_BYTE = 0x47
NULL_PID = 0x1FFF
BROKEN, STARTS_UNIT, SCRAMBLED, ADAPTED, CARRIES = 0x800000, 0x400000, 0xC0, 0x20, 0x10
"""Bits of a packet's head (2.4.3.2): its sender says that it is broken; a PES packet or section starts in it; it is
scrambled; it has an adaptation field; it has a payload."""


_LENGTHS = np.arange(0x100)
_PAYLOAD_AT = np.full(0x3100, PACKET_BYTES, np.intp)
"""By a packet's two bits that say what it has, and the byte in which an adaptation field's length would stand."""
_PAYLOAD_AT[0x1000 | _LENGTHS] = 4
_PAYLOAD_AT[0x3000 | _LENGTHS] = np.minimum(5 + _LENGTHS, PACKET_BYTES)


@dataclass(frozen=True, kw_only=True)
class Packets:
    """One row a packet. ``payload_at`` is where the payload begins in it: 188 where there is none."""

    rows: NDArray[np.uint8]
    head: NDArray[np.uint32]
    """The first four bytes of each."""
    pid: NDArray[np.uint16]
    payload_at: NDArray[np.intp]

    @cached_property
    def starts_unit(self) -> NDArray[np.bool_]:
        """In which rows a PES packet or section starts."""
        starts: NDArray[np.bool_] = (self.head & STARTS_UNIT) != 0
        return starts

    @cached_property
    def pcr_rows(self) -> NDArray[np.intp]:
        """The rows that carry a PCR, which stands in bytes 6 to 11 of them."""
        has_flags = ((self.head & ADAPTED) != 0) & (self.rows[:, 4] >= 7)
        return np.flatnonzero(has_flags & ((self.rows[:, 5] & 0x10) != 0))

    @cached_property
    def _have_payload(self) -> NDArray[np.bool_]:
        have: NDArray[np.bool_] = self.payload_at < PACKET_BYTES
        return have

    def carrying(self, pid: int) -> NDArray[np.intp]:
        """The rows of a PID that have a payload, of a byte at least."""
        rows: NDArray[np.intp] = ((self.pid == pid) & self._have_payload).nonzero()[0]
        return rows

    def carries(self) -> NDArray[np.bool_]:
        """Which rows count for the continuity counter: those that have a payload (2.4.3.3)."""
        carries: NDArray[np.bool_] = (self.head & CARRIES) != 0
        return carries


def read_packets(data: bytes | bytearray | memoryview | NDArray[np.uint8]) -> Packets:
    """The whole packets of a segment; bytes after the last whole one are passed over.

    Raises NotUnderstood where a packet does not begin with the sync byte, is scrambled, or says that it is broken.
    """
    flat: NDArray[np.uint8] = data if isinstance(data, np.ndarray) else np.frombuffer(data, np.uint8)
    rows = flat[: len(flat) // PACKET_BYTES * PACKET_BYTES].reshape(-1, PACKET_BYTES)
    if len(rows) == 0:
        raise NotUnderstood("no MPEG-TS: shorter than one packet")
    packets = columns(rows)
    _check(packets.head)
    return packets


def columns(rows: NDArray[np.uint8]) -> Packets:
    """Of rows, one at least, that lie behind each other and should be packets: nothing is checked here."""
    # Rows are 188 bytes apart: what follows works on packed columns, narrow ones, which the heap has room for.
    head = np.ndarray(len(rows), ">u4", rows, 0, (PACKET_BYTES,)).astype(np.uint32)
    return Packets(
        rows=rows,
        head=head,
        pid=(head >> 8 & NULL_PID).astype(np.uint16),
        payload_at=_PAYLOAD_AT[(head & (ADAPTED | CARRIES)) << 8 | rows[:, 4]],
    )


def _check(head: NDArray[np.uint32]) -> None:
    lost = head >> 24 != SYNC_BYTE
    if lost.any():
        raise NotUnderstood(f"no MPEG-TS: packet {int(lost.argmax())} does not begin with its sync byte")
    if (head & BROKEN).any():
        raise NotUnderstood("damaged MPEG-TS: a packet says that it was received with errors")
    if (head & SCRAMBLED).any():
        raise NotUnderstood("this MPEG-TS is scrambled")
