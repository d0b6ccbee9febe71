"""Continuity counters that run on over everything that is written (ISO/IEC 13818-1, 2.4.3.3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.packets import NULL_PID


class ContinuityCounters:
    """Per PID, what the next packet must have."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def take(self, pid: int, count: int) -> NDArray[np.uint8]:
        """The counters of ``count`` new packets with a payload."""
        first = self._next.get(pid, 0)
        self._next[pid] = (first + count) & 0x0F
        return ((first + np.arange(count)) & 0x0F).astype(np.uint8)

    def run_on(self, rows: NDArray[np.uint8]) -> None:
        """Shifts the counters of copied packets in place, per PID by one distance, to go on from what came before.

        What the source repeated or lost stays visible as it was.
        """
        pids = (rows[:, 1] & 0x1F).astype(np.uint16) << 8 | rows[:, 2]
        for pid in np.unique(pids).tolist():
            if pid != NULL_PID:
                self._shift(rows, np.flatnonzero(pids == pid), pid)

    def _shift(self, rows: NDArray[np.uint8], of_pid: NDArray[np.intp], pid: int) -> None:
        flags = rows[of_pid, 3]
        counters = (flags & 0x0F).astype(np.int16)
        # A packet without payload repeats the counter of the one before it.
        first = int(counters[0]) if flags[0] & 0x10 else int(counters[0]) + 1
        moved = (counters + self._next.get(pid, first & 0x0F) - first) & 0x0F
        rows[of_pid, 3] = flags & 0xF0 | moved.astype(np.uint8)
        self._next[pid] = (int(moved[-1]) + 1) & 0x0F
