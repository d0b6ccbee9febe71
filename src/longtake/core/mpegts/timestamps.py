"""PTS, DTS and PCR: clocks of 33 bits at 90 kHz, as numbers and as the bytes of a header."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

CLOCK_HZ = 90_000
WRAP = 1 << 33
"""Timestamps are counted modulo this (26.5 hours)."""
PCR_PER_TICK = 300
"""The PCR counts at 27 MHz: its base are ticks, its extension 300ths of one."""

US_PER_TICK = Fraction(100, 9)

Ticks = NDArray[np.int64]
Bytes = NDArray[np.uint8]


def difference(later: int, earlier: int) -> int:
    """``later - earlier`` by the short way round: in [-2^32, 2^32)."""
    return (later - earlier + WRAP // 2) % WRAP - WRAP // 2


def ticks_to_us(ticks: int) -> int:
    """In whole microseconds, rounded."""
    return (200 * ticks + 9) // 18  # a thousand times a second: no Fraction


def us_to_ticks(us: int) -> int:
    """In whole ticks, rounded."""
    return (18 * us + 100) // 200


def unwrapped(values: Ticks, near: int) -> Ticks:
    """The same moments as numbers that do not jump at a wrap: each within half a turn of ``near``."""
    half = WRAP // 2
    return (values - near + half) % WRAP - half + near


def read_timestamps(fields: Bytes) -> Ticks:
    """The 33 bits of PTS or DTS fields (2.4.3.6); ``fields`` has five bytes a row."""
    wide = fields.astype(np.int64)
    return (
        (wide[:, 0] >> 1 & 0x7) << 30
        | wide[:, 1] << 22
        | (wide[:, 2] >> 1) << 15
        | wide[:, 3] << 7
        | wide[:, 4] >> 1
    )


def written_timestamps(values: Ticks, prefixes: Bytes) -> Bytes:
    """Fields of five bytes a row for moments of any turn; ``prefixes`` are their upper four bits (2, 3 or 1)."""
    ticks = values % WRAP
    fields = np.empty((len(ticks), 5), np.uint8)
    fields[:, 0] = (prefixes << 4) | (ticks >> 30 & 0x7) << 1 | 1
    fields[:, 1] = ticks >> 22 & 0xFF
    fields[:, 2] = (ticks >> 15 & 0x7F) << 1 | 1
    fields[:, 3] = ticks >> 7 & 0xFF
    fields[:, 4] = (ticks & 0x7F) << 1 | 1
    return fields


def read_pcrs(fields: Bytes) -> Ticks:
    """PCR fields (2.4.3.5), six bytes a row, in 27 MHz: up to 300 * 2^33."""
    wide = fields.astype(np.int64)
    base = wide[:, 0] << 25 | wide[:, 1] << 17 | wide[:, 2] << 9 | wide[:, 3] << 1 | wide[:, 4] >> 7
    return base * PCR_PER_TICK + ((wide[:, 4] & 1) << 8 | wide[:, 5])


def written_pcrs(values: Ticks) -> Bytes:
    """Fields of six bytes a row for moments of any turn in 27 MHz."""
    base, extension = np.divmod(values % (WRAP * PCR_PER_TICK), PCR_PER_TICK)
    fields = np.empty((len(base), 6), np.uint8)
    fields[:, 0] = base >> 25 & 0xFF
    fields[:, 1] = base >> 17 & 0xFF
    fields[:, 2] = base >> 9 & 0xFF
    fields[:, 3] = base >> 1 & 0xFF
    fields[:, 4] = (base & 1) << 7 | 0x7E | extension >> 8
    fields[:, 5] = extension & 0xFF
    return fields


def pts_field(ticks: int, prefix: int) -> bytes:
    """One field of five bytes."""
    return written_timestamps(np.array([ticks], np.int64), np.array([prefix], np.uint8)).tobytes()


def pcr_field(value: int) -> bytes:
    """One field of six bytes, from 27 MHz."""
    return written_pcrs(np.array([value], np.int64)).tobytes()
