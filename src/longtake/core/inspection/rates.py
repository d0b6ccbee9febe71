"""How long frames are shown, by their timestamps."""

from __future__ import annotations

import numpy as np

from longtake.core.mpegts.timestamps import CLOCK_HZ, Ticks

_LOST_BY_TWO = 3
"""A step longer than half as many usual ones is a frame that is missing, and says nothing of the rate."""
_COMMON = (
    tuple(24_000 / 1001 * times for times in (1, 2))
    + tuple(rate * scale for rate in (15, 30, 60, 120) for scale in (1, 1000 / 1001))
    + (10, 12, 12.5, 20, 24, 25, 48, 50, 90, 100)
)
_SLACK = 0.0006
"""Sources that count in milliseconds are off by so much of a rate over two seconds; 30 and 29.97 differ by more."""
_AGREES = 0.02


def usual_step(times: Ticks) -> int | None:
    """The usual distance of frames in ticks; None for less than two. ``times`` may be in any order."""
    steps = np.diff(np.sort(times))
    steps = steps[steps > 0]
    return int(np.partition(steps, (len(steps) - 1) // 2)[(len(steps) - 1) // 2]) if len(steps) else None


def frame_rate(times: Ticks, stated: float | None) -> float | None:
    """Frames a second: what is stated, if the timestamps agree, or if there are too few of them to tell."""
    measured = _measured(times)
    if measured is None:
        return stated if stated is not None and 1 <= stated <= 1000 else None
    if stated is not None and abs(stated - measured) < _AGREES * measured:
        return round(stated, 6)
    near = min(_COMMON, key=lambda rate: abs(rate - measured))
    return round(near if abs(near - measured) <= _SLACK * measured else measured, 6)


def _measured(times: Ticks) -> float | None:
    usual = usual_step(times)
    if usual is None:
        return None
    steps = np.diff(np.sort(times))
    return float(CLOCK_HZ / steps[(steps > 0) & (2 * steps < _LOST_BY_TWO * usual)].mean())
