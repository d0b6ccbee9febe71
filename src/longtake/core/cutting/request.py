"""A cut as it is asked for, checked: ranges of time, how exact, into what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from longtake.core.errors import InvalidInput, InvalidTime, Unsupported
from longtake.core.times import SECOND_US, format_us, to_us


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


_SUPPORTED = {
    CutKind.SMART: (CutContainer.MP4, CutContainer.TS),
    CutKind.ROUGH: (CutContainer.MP4, CutContainer.TS),
}
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
    containers = _SUPPORTED.get(request.kind)
    if containers is None:
        raise Unsupported(f"{request.kind} cuts are not there yet; ask for a {' or '.join(_SUPPORTED)} one")
    if request.container not in containers:
        can = " or ".join(f".{container}" for container in containers)
        raise Unsupported(
            f"a {request.kind} cut is made as {can}, not as .{request.container}; change the ending"
        )
    if any(request.transitions):
        raise Unsupported("transitions are not there yet; leave them empty for hard cuts")
