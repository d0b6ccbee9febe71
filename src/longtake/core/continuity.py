"""Whether playing on from one segment to the next needs a discontinuity, by what looks into them found (RFC 8216 4.3.2.3).

It does if the container, the tracks' codecs or the parameter sets changed, or if the timestamps did not go on as the
named times do. What is not known of a segment is as in the one before: it is compared with what was known last, in the same
continuous stretch. So a lack of knowledge never tears.

Named times are not exact. A source may write whole seconds, and durations rounded to such, of which times are made where it
writes none: each of its segments may be off by up to a second without any jump. Less than that is also nothing that
players mind: they nudge over it. Clocks that drift do not matter, since neighbours are compared. An encoder that
starts anew, or a source that loops, jumps to anywhere in 26 hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from longtake.core.hour_looks import HAS_PTS, UNKNOWN, Encoding, LookRows
from longtake.core.segment_columns import Integers

_HALF_TICKS_PER_S = 45_000
_WRAP = 1 << 32
"""Of half ticks."""
Flags = NDArray[np.bool_]
Ticks = TypeVar("Ticks", int, Integers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What is known of a stretch at its end, or at its beginning. ``steps``: how many segments away that is for ``half_pts``."""

    encoding: Encoding = UNKNOWN
    half_pts: int | None = None
    start_us: int = 0
    steps: int = 0

    def is_continued_by(self, other: Edge) -> bool:
        """Whether the stretch that begins with ``other`` may go on after this one; ``other`` follows at once."""
        if _differ(self.encoding, other.encoding):
            return False
        if self.half_pts is None or other.half_pts is None:
            return True
        off = _off(other.half_pts - self.half_pts, other.start_us - self.start_us)
        return abs(off) <= _HALF_TICKS_PER_S * (self.steps + 1 + other.steps)


NO_EDGE = Edge()


def torn_by_looks(looks: LookRows, starts_us: Integers, torn: Flags) -> Flags:
    """The places where segments in a row do not continue the one before: those in ``torn``, and where looks say so.

    ``looks``, ``starts_us`` and ``torn`` go with the segments.
    """
    jumps, before = _timestamp_jumps(looks, starts_us)
    if _has_one_encoding(looks.encodings) and not jumps.any():
        return torn  # as nearly all hours
    changes = np.append(True, looks.numbers[1:] != looks.numbers[:-1])
    found = torn.copy()
    known, begin = UNKNOWN, 0  # of the stretch: what is known of its encoding, and its first place
    for place in np.flatnonzero(changes | torn | jumps).tolist():  # all others continue
        own = looks.encodings[looks.numbers[place]]
        jumped = jumps[place] and before[place] >= begin
        if torn[place] or jumped or _differ(known, own):
            found[place] = True
            known, begin = own, place
        known = _completed(own, known)
    return found


def edges(looks: LookRows, starts_us: Integers, torn: Flags) -> tuple[Edge, Edge]:
    """What is known at the beginning of the first stretch, and at the end of the last one."""
    count = len(torn)
    places = np.flatnonzero(torn[1:]) + 1
    first_end, last_begin = (int(places[0]), int(places[-1])) if len(places) else (count, 0)
    return (
        _edge(looks, starts_us, range(first_end)),
        _edge(looks, starts_us, range(count - 1, last_begin - 1, -1)),
    )


def _edge(looks: LookRows, starts_us: Integers, places: range) -> Edge:
    """What is known first on the way through these places."""
    if not places:
        return NO_EDGE
    encoding = _first_known(looks, places)
    low, high = sorted((places[0], places[-1]))
    within = slice(low, high + 1)
    timed = np.flatnonzero(looks.flags[within] & HAS_PTS)
    if not len(timed):
        return Edge(encoding=encoding)
    at = int(timed[0 if places.step > 0 else -1]) + low
    return Edge(
        encoding=encoding,
        half_pts=int(looks.half_pts[at]),
        start_us=int(starts_us[at]),
        steps=abs(at - places[0]),
    )


def _first_known(looks: LookRows, places: range) -> Encoding:
    """Field by field."""
    if len(looks.encodings) == 1:
        return UNKNOWN
    found: Encoding = looks.encodings[int(looks.numbers[places[0]])]
    if None not in found:  # as it mostly is
        return found
    numbers = looks.numbers[places[0] :: places.step][: len(places)]
    _, firsts = np.unique(numbers, return_index=True)
    for at in np.sort(firsts).tolist():
        found = _completed(found, looks.encodings[numbers[at]])
    return found


def _has_one_encoding(encodings: Sequence[Encoding]) -> bool:
    """Whether no two of them differ."""
    return all(len({*words} - {None}) <= 1 for words in zip(*encodings, strict=True))


def _timestamp_jumps(looks: LookRows, starts_us: Integers) -> tuple[Flags, Integers]:
    """Where timestamps are not where they should be by those known last before, and at which place these are."""
    jumps = np.zeros(len(starts_us), dtype=np.bool_)
    before = np.zeros(len(starts_us), dtype=np.int64)
    known = np.flatnonzero(looks.flags & HAS_PTS)
    half_pts, starts_us = looks.half_pts[known].astype(np.int64), starts_us[known]
    off = _off(half_pts[1:] - half_pts[:-1], starts_us[1:] - starts_us[:-1])
    jumps[known[1:]] = np.abs(off) > _HALF_TICKS_PER_S * (known[1:] - known[:-1])
    before[known[1:]] = known[:-1]
    return jumps, before


def _completed(encoding: Encoding, other: Encoding) -> Encoding:
    """What is unknown of the one is as in the other."""
    if encoding is other or None not in encoding:
        return encoding
    return Encoding(*(word or another for word, another in zip(encoding, other, strict=True)))


def _differ(left: Encoding, right: Encoding) -> bool:
    return left is not right and any(
        word is not None and another is not None and word != another
        for word, another in zip(left, right, strict=True)
    )


def _off(half_ticks: Ticks, passed_us: Ticks) -> Ticks:
    """How much timestamps that differ by that are ahead of the time that passed, in half ticks."""
    return (half_ticks - passed_us * 9 // 200 + _WRAP // 2) % _WRAP - _WRAP // 2
