"""Where the packets of a segment lie, also where bytes are missing or too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.packets import PACKET_BYTES, SYNC_BYTE

_IN_A_ROW = 3
"""So many sync bytes at the right distance are no accident."""
_MOST_JUMPS = 64
"""Content that loses its sync more often than this is not followed any further."""
_FIRST_STEP = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """The rows that are packets. ``lost_at`` is the byte where sync was lost first; ``rest`` what follows the last row.

    ``rest`` is of less than a packet's bytes, but where sync was not found again.
    """

    rows: NDArray[np.uint8]
    lost_at: int | None
    rest: bytes


def aligned(flat: NDArray[np.uint8]) -> Aligned:
    """Takes bytes as packets, finding the next ones wherever one does not begin with its sync byte."""
    runs: list[tuple[int, int]] = []
    lost_at, at = None, 0
    while True:
        count = _good(flat, at)
        if count:
            runs.append((at, count))
        at += count * PACKET_BYTES
        if len(flat) - at < PACKET_BYTES:
            break
        lost_at = at if lost_at is None else lost_at
        found = _next_sync(flat, at) if len(runs) < _MOST_JUMPS else None
        if found is None:
            break
        at = found
    return Aligned(rows=_rows(flat, runs), lost_at=lost_at, rest=flat[at : at + PACKET_BYTES].tobytes())


def _good(flat: NDArray[np.uint8], at: int) -> int:
    """How many packets begin as they should from ``at`` on."""
    last = max(at, len(flat) - PACKET_BYTES + 1)  # from here on there is no room for a packet
    heads = flat[at:last:PACKET_BYTES] == SYNC_BYTE
    return len(heads) if heads.all() else int(heads.argmin())


def _next_sync(flat: NDArray[np.uint8], after: int) -> int | None:
    """The next place from which several packets lie behind each other, or all that there are."""
    at, step = after, _FIRST_STEP
    while at < len(flat):
        wanted = flat[at : at + step] == SYNC_BYTE
        for ahead in range(PACKET_BYTES, _IN_A_ROW * PACKET_BYTES, PACKET_BYTES):
            there = flat[at + ahead : at + ahead + step]  # shorter at the end of all, where less is asked for
            wanted[: len(there)] &= there == SYNC_BYTE
        if wanted.any():
            return at + int(wanted.argmax())
        at, step = at + step, step * 2
    return None


def _rows(flat: NDArray[np.uint8], runs: list[tuple[int, int]]) -> NDArray[np.uint8]:
    parts = [flat[at : at + count * PACKET_BYTES].reshape(-1, PACKET_BYTES) for at, count in runs]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty((0, PACKET_BYTES), np.uint8)
