"""Where the dates of a stream jump: an entry's stated time is not where the one before it ends.

A date tells more exactly when something was than a sum of rounded durations does, so most differences are no jumps:

- up to 10 ms: stated durations are rounded to milliseconds, or to the length of a frame;
- up to four times what is usual in this playlist (the median): durations are stated in whole seconds, say;
- up to a second, where all dates are whole seconds.

Gaps and ads are entries like others: what follows them is predicted from where they end. But ads may have dates of
their own. So these count nowhere, and what follows them jumps only if it is neither where the ad ends, nor where the
content before the break and all that was put in end together. What follows the ads that a session begins with
follows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from longtake.core.facts import Dating
from longtake.core.times import SECOND_US

NO_JUMP_US = 10_000
_USUAL_TIMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """An entry. ``is_new``: it was not seen before."""

    start_us: int
    duration_us: int
    dating: Dating
    ad: bool
    is_new: bool


def date_jumps_us(entries: Sequence[Dated]) -> list[int]:
    """By how much the new ones among the entries of a playlist are later (negative: earlier) than predicted."""
    differences = _differences_us(entries)
    if all(abs(difference_us) <= NO_JUMP_US for _, difference_us in differences):  # nearly always
        return []
    in_seconds = all(one.start_us % SECOND_US == 0 for one in entries if one.dating is Dating.STATED)
    least_us = SECOND_US if in_seconds else NO_JUMP_US
    return [
        difference_us
        for place, (entry, difference_us) in enumerate(differences)
        if entry.is_new and abs(difference_us) > max(least_us, _USUAL_TIMES * _usual_us(differences, place))
    ]


def _usual_us(differences: Sequence[tuple[Dated, int]], place: int) -> float:
    others = [abs(difference_us) for other, (_, difference_us) in enumerate(differences) if other != place]
    return median(others) if others else 0


def _differences_us(entries: Sequence[Dated]) -> list[tuple[Dated, int]]:
    """Of all content that has a date and follows something."""
    found: list[tuple[Dated, int]] = []
    ends_us: list[int] = []  # where the next may begin
    for place, entry in enumerate(entries):
        end_us = entry.start_us + entry.duration_us
        if entry.ad:
            through_us = [one + entry.duration_us for one in ends_us[-1:]]
            ends_us = [end_us, *through_us] if through_us else []
            continue
        if place and ends_us and entry.dating is Dating.STATED:
            found.append((entry, min((entry.start_us - one for one in ends_us), key=abs)))
        ends_us = [end_us]
    return found
