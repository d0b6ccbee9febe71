"""The bit rates of a media playlist, by the sizes of its files (RFC 8216 4.1; rfc8216bis 4.1)."""

from __future__ import annotations

import numpy as np

from longtake.core.segment_columns import Integers
from longtake.core.times import SECOND_US

NOT_KNOWN = -1
"""The size of a file of which no facts are known."""
_APART_US = 1 << 41
"""What counts as the length of such a file, so that no set has it in it: 25 days."""
_BITS = 8 * SECOND_US


def peak_bit_rate(durations_us: Integers, sizes_bytes: Integers, *, target_s: int) -> int | None:
    """The largest of any contiguous set of segments that lasts 0.5 to 1.5 target durations, in bit/s, rounded up.

    The segments follow each other. Never below the average, since a few short segments may make no set; None if
    nothing is known.
    """
    average = average_bit_rate(durations_us, sizes_bytes)
    if average is None:
        return None
    known = sizes_bytes >= 0
    ends_us = _sums(np.where(known, durations_us, _APART_US))
    ends_bytes = _sums(np.where(known, sizes_bytes, 0))
    peak, target_us = average, target_s * SECOND_US
    for count in range(1, len(ends_us)):
        spans_us = ends_us[count:] - ends_us[:-count]
        if 2 * int(spans_us.min()) > 3 * target_us:
            break  # one more makes none shorter
        fits = (2 * spans_us >= target_us) & (2 * spans_us <= 3 * target_us) & (spans_us > 0)
        if fits.any():
            sets_bytes = (ends_bytes[count:] - ends_bytes[:-count])[fits]
            peak = max(peak, int(_bit_rates(sets_bytes, spans_us[fits]).max()))
    return peak


def average_bit_rate(durations_us: Integers, sizes_bytes: Integers) -> int | None:
    """All bits of what is known by all seconds of it, rounded up; None if nothing is."""
    known = sizes_bytes >= 0
    span_us = int(durations_us[known].sum())
    if span_us <= 0:
        return None
    return -(-int(sizes_bytes[known].sum()) * _BITS // span_us)


def _sums(values: Integers) -> Integers:
    """Of all before each, and of all."""
    return np.concatenate(([0], np.cumsum(values, dtype=np.int64)))


def _bit_rates(sizes_bytes: Integers, spans_us: Integers) -> Integers:
    return -(-sizes_bytes * _BITS // spans_us)
