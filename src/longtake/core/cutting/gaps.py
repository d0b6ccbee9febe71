"""Holes in what is to be cut: refused unless allowed, and then named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from longtake.core.cutting.request import CutRange, CutRequest
from longtake.core.errors import Incomplete
from longtake.core.segments import Segment
from longtake.core.timeline import JOIN_GAP_US, Gap, Timeline
from longtake.core.times import SECOND_US, format_us

_SHOWN_GAPS = 5
_LISTED_GAPS = 20  # 1.1 kB: proxies take heads of 4 kB and more


def accepted_gaps(request: CutRequest, timelines: Sequence[Timeline]) -> tuple[Gap, ...]:
    """The holes of the ranges; ``timelines`` are parallel to ``request.ranges``, and may reach further at both ends.

    Raises Incomplete if a range has nothing at all, or no media, or if there are holes and none are allowed.
    """
    pairs = list(zip(request.ranges, timelines, strict=True))
    empty = [wanted for wanted, timeline in pairs if not _has_any(timeline, wanted)]
    if empty:
        raise nothing_recorded(*empty)
    gaps = [gap for wanted, timeline in pairs for gap in _within(timeline, wanted)]
    if gaps and not request.allow_holes:
        raise Incomplete(f"there are holes: {describe_gaps(gaps)}; allow holes to cut all the same")
    return tuple(gaps)


def accepted_sound_gaps(
    request: CutRequest, timelines: Sequence[Timeline], sounds: Sequence[Timeline]
) -> tuple[Gap, ...]:
    """The holes of separate sound where there are pictures; all are parallel to ``request.ranges``.

    Raises Incomplete if there are any and none are allowed.
    """
    gaps = [
        gap
        for wanted, timeline, sound in zip(request.ranges, timelines, sounds, strict=True)
        for gap in _within(sound, wanted)
        if any(
            segment.start_us < gap.end_us and segment.end_us > gap.start_us for segment in timeline.segments
        )
    ]
    if gaps and not request.allow_holes:
        raise Incomplete(
            f"the sound has holes: {describe_gaps(gaps)}; allow holes to cut all the same, with silence there"
        )
    return tuple(gaps)


def _has_any(timeline: Timeline, wanted: CutRange) -> bool:
    undecodable = timeline.undecodable()
    return any(
        _touches(segment, wanted) and at not in undecodable for at, segment in enumerate(timeline.segments)
    )


def _touches(segment: Segment, wanted: CutRange) -> bool:
    return segment.start_us < wanted.end_us and segment.end_us > wanted.start_us


def _joined(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Holes that go on from each other for the same reason as one: every doubtful segment is one of its own."""
    last: Gap | None = None
    for gap in gaps:
        if last is not None and (gap.start_us, gap.reason) == (last.end_us, last.reason):
            last = replace(last, end_us=gap.end_us)
            continue
        if last is not None:
            yield last
        last = gap
    if last is not None:
        yield last


def _within(timeline: Timeline, wanted: CutRange) -> Iterator[Gap]:
    """What is left of the holes in the range, but for slivers at its ends that are none by themselves."""
    for gap in _joined(timeline.gaps):
        start_us, end_us = max(gap.start_us, wanted.start_us), min(gap.end_us, wanted.end_us)
        whole = start_us == gap.start_us and end_us == gap.end_us
        if end_us - start_us > (0 if whole else JOIN_GAP_US):
            yield replace(gap, start_us=start_us, end_us=end_us)


def nothing_recorded(*ranges: CutRange) -> Incomplete:
    """What is said of the ranges in which there is nothing: allowing holes does not help."""
    shown = [f"between {format_us(one.start_us)} and {format_us(one.end_us)}" for one in ranges[:_SHOWN_GAPS]]
    rest = len(ranges) - len(shown)
    return Incomplete(
        f"nothing is recorded {', nor '.join(shown)}" + (f", nor in {rest} more" if rest else "")
    )


def no_frame(wanted: CutRange) -> Incomplete:
    """What is said of a range that lies between two frames."""
    return Incomplete(
        f"no frame shows between {format_us(wanted.start_us)} and {format_us(wanted.end_us)}: make the range longer"
    )


def describe_gaps(gaps: Iterable[Gap]) -> str:
    """``not recorded from … to … (8.0 s)``, the first few of them."""
    listed = list(gaps)
    shown = [
        f"{gap.reason} from {format_us(gap.start_us, digits=3)} to {format_us(gap.end_us, digits=3)}"
        f" ({(gap.end_us - gap.start_us) / SECOND_US:.1f} s)"
        for gap in listed[:_SHOWN_GAPS]
    ]
    rest = len(listed) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")


def list_gaps(gaps: Sequence[Gap]) -> str:
    """For programs, in a line: ``START/END;START/END``, and ``;N more`` after the first twenty. Nothing for none."""
    shown = [f"{format_us(gap.start_us)}/{format_us(gap.end_us)}" for gap in gaps[:_LISTED_GAPS]]
    rest = len(gaps) - len(shown)
    return ";".join([*shown, f"{rest} more"] if rest else shown)
