"""What a cut is: the request as asked, checked, and the plan that an adapter carries out.

``rough`` is here: the whole files that touch each range, one after the other. ``smart``, ``full`` and ``archive`` are
known by name, so that a request is understood and refused honestly until they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from longtake.core.errors import Incomplete, InvalidInput, InvalidTime, NotFound, Unsupported
from longtake.core.facts import Container, SegmentFacts
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, Timeline
from longtake.core.times import SECOND_US, format_us, to_us

_SHOWN_GAPS = 5


class CutKind(StrEnum):
    """How a cut is made."""

    ROUGH = "rough"
    """Whole files; a few seconds longer at both ends."""
    SMART = "smart"
    """Exact to the frame; re-encodes only the edges."""
    FULL = "full"
    """Everything re-encoded."""
    ARCHIVE = "archive"
    """Whole files copied into Matroska, one per contiguous run."""


class CutContainer(StrEnum):
    """The file format of a cut, by its extension."""

    TS = "ts"
    MP4 = "mp4"
    MKV = "mkv"
    WEBM = "webm"


_ALIASES = {"fast": CutKind.SMART, "mpegts": CutKind.FULL, "webm": CutKind.FULL}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRange:
    """[start_us, end_us) of wall time, not empty."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us <= self.start_us:
            raise InvalidTime(
                f"a range must end after it starts, but {format_us(self.end_us)} is not after {format_us(self.start_us)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Between two neighbouring ranges. ``name`` is that of a cross-fade."""

    name: str
    duration_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRequest:
    """Ranges in the order of the result; ``transitions[n]`` lies between range n and n+1, None is a hard cut."""

    ranges: tuple[CutRange, ...]
    kind: CutKind = CutKind.SMART
    container: CutContainer = CutContainer.TS
    transitions: tuple[Transition | None, ...] = ()
    allow_holes: bool = False

    def __post_init__(self) -> None:
        if not self.ranges:
            raise InvalidInput("a cut needs at least one range")
        if self.transitions and len(self.transitions) >= len(self.ranges):
            raise InvalidInput(
                f"{len(self.transitions)} transitions for {len(self.ranges)} ranges: there is at most one between two ranges"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughPlan:
    """Whole files to be sent one after the other, and the holes that were accepted."""

    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]


def parse_kind(text: str) -> CutKind:
    """A kind, or an older node's alias for one (fast, mpegts, webm). Raises InvalidInput."""
    word = text.strip().lower()
    if word in _ALIASES:
        return _ALIASES[word]
    try:
        return CutKind(word)
    except ValueError as error:
        raise InvalidInput(f"{text[:40]!r} is no kind of cut; there are {', '.join(CutKind)}") from error


def parse_container(extension: str) -> CutContainer:
    """A file extension with or without its dot. Raises InvalidInput."""
    try:
        return CutContainer(extension.lower().lstrip("."))
    except ValueError as error:
        known = ", ".join(f".{container}" for container in CutContainer)
        raise InvalidInput(f"{extension[:20]!r} is no container of a cut; there are {known}") from error


def parse_range(text: str, parse: Callable[[str], datetime]) -> CutRange:
    """``START,END``; ``parse`` reads one time. Raises InvalidInput, InvalidTime."""
    start, comma, end = text.partition(",")
    if not comma or "," in end:
        raise InvalidInput(f"{text[:80]!r} is not START,END")
    return CutRange(start_us=to_us(parse(start)), end_us=to_us(parse(end)))


def parse_transition(text: str) -> Transition | None:
    """``NAME,SECONDS``, or nothing for a hard cut. Raises InvalidInput."""
    if not text.strip():
        return None
    name, comma, seconds = text.partition(",")
    try:
        duration_us = round(float(seconds) * SECOND_US)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"transition {text[:40]!r} is not NAME,SECONDS") from error
    if not comma or not name.strip() or duration_us <= 0:
        raise InvalidInput(f"transition {text[:40]!r} is not NAME,SECONDS")
    return Transition(name=name.strip(), duration_us=duration_us)


def check_supported(request: CutRequest) -> None:
    """Raises Unsupported for what this version cannot cut, saying what it can."""
    if request.kind is not CutKind.ROUGH:
        raise Unsupported(
            f"{request.kind} cuts are not there yet; ask for a rough one, which has whole segments"
        )
    if request.container is not CutContainer.TS:
        raise Unsupported(f"a rough cut is MPEG-TS: end the name in .ts instead of .{request.container}")


def plan_rough(request: CutRequest, timelines: Sequence[Timeline]) -> RoughPlan:
    """The files of each range, as their timelines have them; ``timelines`` are parallel to ``request.ranges``.

    Raises Incomplete if there are holes and none are allowed, NotFound if a range has nothing at all.
    """
    for wanted, timeline in zip(request.ranges, timelines, strict=True):
        if not timeline.segments:
            raise NotFound(
                f"nothing is recorded between {format_us(wanted.start_us)} and {format_us(wanted.end_us)}"
            )
    gaps = tuple(gap for timeline in timelines for gap in timeline.gaps)
    if gaps and not request.allow_holes:
        raise Incomplete(f"there are holes: {describe_gaps(gaps)}; allow holes to cut all the same")
    return RoughPlan(
        segments=tuple(segment for timeline in timelines for segment in timeline.segments),
        gaps=gaps,
    )


def check_joinable(plan: RoughPlan, facts: Mapping[str, SegmentFacts]) -> None:
    """Raises Unsupported if the plan's files, one after the other, are no file that can be played.

    MPEG-TS can be joined so. Fragmented MP4 cannot: each file begins with an init section of its own. Where facts say
    nothing a segment is like the one before it.
    """
    if any(
        known.container is Container.FMP4
        for segment in plan.segments
        if (known := facts.get(segment.name)) is not None
    ):
        raise Unsupported(
            "this was recorded as fragmented MP4, whose files do not make one file by standing one after the other; "
            "its playlists can be played, cuts of it are not there yet"
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
