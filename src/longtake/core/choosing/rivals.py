"""A recorded file as far as it matters to the choice, and when one follows another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from longtake.core.times import SECOND_US

JITTER_US = 100_000
"""Overlaps up to this are none: the source's clock jitters."""
LONGEST_US = 20 * 60 * SECOND_US
"""What a name states beyond this counts for nothing. No source makes such segments, and one that claimed an hour would
hide all that lies in it. It also keeps the two borders of an hour apart: see ``borders``."""


class Rival(NamedTuple):
    """One file. ``end_us`` is never before ``start_us``; both are microseconds since 1970."""

    start_us: int
    end_us: int
    rank: int
    """3: full, 2: suspect, 1: partial, 0: what facts call undecodable, whatever its name says."""
    size_bytes: int
    digest: bytes
    """Of the content; empty if it is not known, and then equal to no other."""
    name: str
    index: int  # type: ignore[assignment]  # tuple.index is not needed
    """The caller's own."""


class Span(Protocol):
    """What has a start and a stated end."""

    @property
    def start_us(self) -> int:
        """Microseconds since 1970."""

    @property
    def end_us(self) -> int:
        """Likewise."""


def latest_overlap_us(left: Span) -> int:
    """By how much the stated end of a segment may reach over the next one's start, and the two still follow.

    A quarter of it: where a source writes whole seconds, durations are longer than the truth (EXTINF 10, each 9.6 s).
    """
    return max(JITTER_US, (left.end_us - left.start_us) // 4)


def follows(left: Span, right: Span) -> bool:
    """Whether the right one may come next, or later, in a chain that holds the left one.

    Starts and ends rise strictly. If the right one follows a third and that one the left one, the right one follows
    the left one: so it is enough to look at neighbours.
    """
    return (
        left.start_us < right.start_us
        and left.end_us < right.end_us
        and left.end_us - latest_overlap_us(left) <= right.start_us
    )


def counted(rivals: Iterable[Rival]) -> list[Rival]:
    """Those that cover any time, with ends that are at most ``LONGEST_US`` away from their starts."""
    return [
        rival if rival.end_us - rival.start_us <= LONGEST_US else _cut_short(rival)
        for rival in rivals
        if rival.end_us > rival.start_us
    ]


def _cut_short(rival: Rival) -> Rival:
    return rival._replace(end_us=rival.start_us + LONGEST_US)
