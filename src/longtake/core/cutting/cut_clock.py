"""Where the times of recorded files lie in a cut that is packed anew, in seconds from its beginning.

Pictures run on: what is a hole in the recording, or a jump of the source's timestamps, is none in the cut. Sound that is
recorded separately has the timestamps of its pictures (RFC 8216 6.2.4; in an ID3 tag if it is packed, 3.4). Where it
has others, or none, it lies where the names of its files say.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP
from longtake.core.timeline import JITTER_US
from longtake.core.times import SECOND_US

TURN_S = Fraction(WRAP, CLOCK_HZ)
"""Timestamps of MPEG-TS begin anew after so long: all are compared modulo that."""
_JITTER_S = Fraction(JITTER_US, SECOND_US)
_SAME_CLOCK_S = 5
"""Names of files say by less than this wrongly when they begin; timestamps that are further off are of another clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Epoch:
    """A file with which timestamps began to run on: its time by its name, its timestamp, and its place in the cut."""

    wall_us: int
    stamp_s: Fraction
    at_s: Fraction


class CutClock:
    """Follows a cut from file to file."""

    def __init__(self) -> None:
        self.due_s = Fraction(0)
        """Where the next pictures come if nothing is between."""
        self._epochs: list[_Epoch] = []
        self._last: _Epoch | None = None

    def begin_run(self) -> None:
        """What follows comes right behind what was, whatever its timestamps say."""
        self._epochs = []
        self._last = None

    def pictures(self, wall_us: int, stamp_s: Fraction) -> Fraction:
        """The place of a file's first picture. Files come in order, and ``due_s`` is brought up to date by the caller."""
        at_s = self.due_s
        if self._epochs and self._last is not None:
            stated_s = self._epochs[-1].at_s + _passed(self._epochs[-1].stamp_s, stamp_s)
            if self._goes_on(wall_us, stamp_s, stated_s):
                at_s = stated_s
        place = _Epoch(wall_us=wall_us, stamp_s=stamp_s, at_s=at_s)
        if self._last is None or at_s != self._epochs[-1].at_s + _passed(self._epochs[-1].stamp_s, stamp_s):
            self._epochs.append(place)
        self._last = place
        return at_s

    def _goes_on(self, wall_us: int, stamp_s: Fraction, stated_s: Fraction) -> bool:
        """Whether timestamps lead on from the pictures before, or leave out as much as the names do too."""
        step_s = stated_s - self.due_s
        if abs(step_s) <= _JITTER_S:
            return True
        assert self._last is not None  # noqa: S101 - asked behind pictures alone
        named_s = Fraction(wall_us - self._last.wall_us, SECOND_US)
        return step_s > 0 and abs(_passed(self._last.stamp_s, stamp_s) - named_s) <= _JITTER_S

    def sound(self, wall_us: int, stamp_s: Fraction | None) -> Fraction:
        """The place of the first sound of a file beside the pictures so far, of which there are some."""
        named = [(epoch, epoch.at_s + Fraction(wall_us - epoch.wall_us, SECOND_US)) for epoch in self._epochs]
        by_name_s = next((at_s for epoch, at_s in reversed(named) if epoch.wall_us <= wall_us), named[0][1])
        if stamp_s is None:
            return by_name_s
        stated = [
            (abs(off := epoch.at_s + _passed(epoch.stamp_s, stamp_s) - at_s), off + at_s)
            for epoch, at_s in named
        ]
        off_s, at_s = min(stated)
        return at_s if off_s <= _SAME_CLOCK_S else by_name_s


def _passed(earlier_s: Fraction, later_s: Fraction) -> Fraction:
    """By the short way round."""
    return (later_s - earlier_s + TURN_S / 2) % TURN_S - TURN_S / 2
