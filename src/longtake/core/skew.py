"""How far apart two recordings of the same stream date the same content.

Two nodes give a segment the same name if its source says when it began. If it does not, each dates it by its own clock and
the moment at which it first looked, and the same content has two names. What equal hashes say of that is measured here.

Equal content at different times is no proof by itself: advertisements and standby loops come again and again within
one recording. So only content counts that each side has exactly once, with the same duration, and theirs at a time of
which we have something else: what filled a hole of ours says nothing. The skew is what most of the newest of such pairs
agree on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import median_low

from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

_NEWEST_PAIRS = 60
"""Two minutes of 2 s segments: skews change when a recorder starts anew, and then the newest is the one to know."""
_FEWEST_PAIRS = 3
_AGREE_US = SECOND_US // 2
"""Estimated times move by tenths of a segment; repeated content is further away."""

_Content = tuple[bytes, int]
"""Digest and duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """``offset_us``: so much later than we do the others date the same content; negative: earlier.

    It is the median of ``pairs`` equal segments, which differ from it by at most ``spread_us``; ``newest_us`` is when, by our
    names, the newest of them began.
    """

    offset_us: int
    spread_us: int
    pairs: int
    newest_us: int


def measure_skew(segments: Iterable[Segment], own: Collection[str]) -> Skew | None:
    """Between our own recording (``own`` are names) and what came from others, in listings that hold both.

    None while they agree, or too little says something.
    """
    everything = list(segments)
    ours = [segment for segment in everything if segment.name in own]
    if len(ours) == len(everything):
        return None
    return skew_between(ours, (segment for segment in everything if segment.name not in own))


def skew_between(ours: Iterable[Segment], theirs: Iterable[Segment]) -> Skew | None:
    """Between two listings of the same time: zero if both give the same content the same times. None if unknown."""
    pairs = _pairs(list(ours), theirs)[-_NEWEST_PAIRS:]
    if not pairs:
        return None
    middle_us = median_low(offset_us for _, offset_us in pairs)
    agreeing = [pair for pair in pairs if abs(pair[1] - middle_us) <= _AGREE_US]
    if len(agreeing) < _FEWEST_PAIRS or 2 * len(agreeing) <= len(pairs):
        return None
    offset_us = median_low(offset_us for _, offset_us in agreeing)
    return Skew(
        offset_us=offset_us,
        spread_us=max(abs(pair[1] - offset_us) for pair in agreeing),
        pairs=len(agreeing),
        newest_us=agreeing[-1][0],
    )


def _pairs(ours: Sequence[Segment], theirs: Iterable[Segment]) -> list[tuple[int, int]]:
    """(our start, how much later they have the same content), in the order of time."""
    others = _unique(theirs)
    spans = sorted((segment.start_us, segment.end_us) for segment in ours)
    return sorted(
        (segment.start_us, others[content].start_us - segment.start_us)
        for content, segment in _unique(ours).items()
        if content in others and _covered(others[content], spans)
    )


def _covered(segment: Segment, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the spans holds the segment's middle. They follow each other, or nearly so."""
    middle_us = (segment.start_us + segment.end_us) // 2
    at = bisect_right(spans, middle_us, key=itemgetter(0)) - 1
    return at >= 0 and middle_us < spans[at][1]


def _unique(segments: Iterable[Segment]) -> dict[_Content, Segment]:
    """By content, without what stands at several times. TEMP files say nothing of their content."""
    found: dict[_Content, Segment] = {}
    repeated: set[_Content] = set()
    for segment in segments:
        content = (segment.digest, segment.duration_us)
        before = found.setdefault(content, segment)
        if before.start_us != segment.start_us or not segment.digest:
            repeated.add(content)
    return {content: segment for content, segment in found.items() if content not in repeated}
