"""How long frames are shown and sound is heard, by their timestamps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import sub
from statistics import median_low
from typing import TypeVar

from longtake.core.mpegts.timestamps import CLOCK_HZ

Time = TypeVar("Time", int, Fraction)

_LOST = 1.5
"""A step longer than so many usual ones is a frame that is missing, and says nothing of the rate."""
_JUMP = 10 * CLOCK_HZ
"""Pictures may stand still for seconds, but not for as long as this."""
_COMMON = (
    tuple(24_000 / 1001 * times for times in (1, 2))
    + tuple(rate * scale for rate in (15, 30, 60, 120) for scale in (1, 1000 / 1001))
    + (10, 12, 12.5, 20, 24, 25, 48, 50, 90, 100)
)
_SLACK = 0.0006
"""Sources that count in milliseconds are off by so much of a rate over two seconds; 30 and 29.97 differ by more."""
_AGREES = 0.02


def steps_of(times: Sequence[int]) -> list[int]:
    """The distances of frames in ticks, in the order in which they are shown. ``times`` may be in any."""
    shown = sorted(set(times))
    return list(map(sub, shown[1:], shown))


def usual_step(steps: Sequence[int]) -> int | None:
    """The usual distance of frames in ticks; None where there is none."""
    return median_low(steps) if steps else None


def shown_ticks(steps: Sequence[int], last_ticks: int) -> int:
    """How long frames are shown, with the last one for ``last_ticks``.

    Where the clock of a source jumps in the midst of a segment, that takes no longer than a usual step.
    """
    if not steps or max(steps) < _JUMP:
        return sum(steps) + last_ticks
    usual = median_low(steps)
    return sum(step if step < _JUMP else usual for step in steps) + last_ticks


def covered(spans: Iterable[tuple[Time, Time]]) -> Time:
    """How long there is something, if it is there from and to each of these times; at least one."""
    ordered = sorted(spans)
    begin, end = ordered[0]
    length = end - begin
    for start, stop in ordered[1:]:
        if stop > end:
            length += stop - (start if start > end else end)
            end = stop
    return length


def frame_rate(steps: Sequence[int], stated: float | None) -> float | None:
    """Frames a second: what is stated, if the distances of frames agree, or if there are none that tell."""
    measured = _measured(steps)
    if measured is None:
        return stated if stated is not None and 1 <= stated <= 1000 else None
    if stated is not None and abs(stated - measured) < _AGREES * measured:
        return round(stated, 6)
    near = min(_COMMON, key=lambda rate: abs(rate - measured))
    return round(float(near) if abs(near - measured) <= _SLACK * measured else measured, 6)


def _measured(steps: Sequence[int]) -> float | None:
    if not steps:
        return None
    longest = _LOST * median_low(steps)
    whole = steps if max(steps) < longest else [step for step in steps if step < longest]
    return CLOCK_HZ * len(whole) / sum(whole)
