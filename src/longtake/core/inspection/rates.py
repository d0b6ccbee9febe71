"""How long frames are shown, by their timestamps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low

from longtake.core.mpegts.timestamps import CLOCK_HZ

_LOST = 1.5
"""A step longer than so many usual ones is a frame that is missing, and says nothing of the rate."""
_COMMON = (
    tuple(24_000 / 1001 * times for times in (1, 2))
    + tuple(rate * scale for rate in (15, 30, 60, 120) for scale in (1, 1000 / 1001))
    + (10, 12, 12.5, 20, 24, 25, 48, 50, 90, 100)
)
_SLACK = 0.0006
"""Sources that count in milliseconds are off by so much of a rate over two seconds; 30 and 29.97 differ by more."""
_AGREES = 0.02


def usual_step(times: Sequence[int]) -> int | None:
    """The usual distance of frames in ticks; None for less than two. ``times`` may be in any order."""
    steps = _steps(times)
    return median_low(steps) if steps else None


def frame_rate(times: Sequence[int], stated: float | None) -> float | None:
    """Frames a second: what is stated, if the timestamps agree, or if there are too few of them to tell."""
    measured = _measured(times)
    if measured is None:
        return stated if stated is not None and 1 <= stated <= 1000 else None
    if stated is not None and abs(stated - measured) < _AGREES * measured:
        return round(stated, 6)
    near = min(_COMMON, key=lambda rate: abs(rate - measured))
    return round(float(near) if abs(near - measured) <= _SLACK * measured else measured, 6)


def _measured(times: Sequence[int]) -> float | None:
    steps = _steps(times)
    if not steps:
        return None
    usual = median_low(steps)
    whole = [step for step in steps if step < _LOST * usual]
    return CLOCK_HZ * len(whole) / sum(whole)


def _steps(times: Sequence[int]) -> list[int]:
    shown = sorted(set(times))
    return [later - earlier for earlier, later in pairwise(shown)]
