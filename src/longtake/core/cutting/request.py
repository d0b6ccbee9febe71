"""A cut as it is asked for, checked: ranges of time, how exact, into what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from longtake.core.cutting.transitions import Transition, check_transitions
from longtake.core.errors import InvalidInput, InvalidTime, Unsupported
from longtake.core.times import format_us, to_us

Value = TypeVar("Value")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forms:
    """The containers that a kind of cut is made as, or will be. All others make no sense for it."""

    now: tuple[CutContainer, ...] = ()
    later: tuple[CutContainer, ...] = ()


_FORMS: Mapping[CutKind, _Forms] = {
    # What is copied is H.264 or HEVC with AAC, as streams are: that cannot be WebM.
    CutKind.SMART: _Forms(now=(CutContainer.MP4, CutContainer.TS), later=(CutContainer.MKV,)),
    CutKind.ROUGH: _Forms(now=(CutContainer.MP4, CutContainer.TS), later=(CutContainer.MKV,)),
    CutKind.FULL: _Forms(later=(CutContainer.MP4, CutContainer.TS, CutContainer.MKV, CutContainer.WEBM)),
    CutKind.ARCHIVE: _Forms(later=(CutContainer.MKV,)),
}
_WITH_TRANSITIONS = (CutKind.SMART, CutKind.FULL)
_ALIASES: Mapping[str, tuple[CutKind, CutContainer | None]] = {
    "fast": (CutKind.SMART, None),
    "mpegts": (CutKind.FULL, CutContainer.TS),
    "webm": (CutKind.FULL, CutContainer.WEBM),
}
"""Older nodes' words for kinds; some mean a container, too."""


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

    @property
    def length_us(self) -> int:
        """From its start to its end."""
        return self.end_us - self.start_us


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRequest:
    """Ranges in the order of the result; ``transitions[n]`` lies between range n and n+1, None is a hard cut.

    It makes sense, which does not mean that this version can do it: ``check_supported`` says that.
    """

    ranges: tuple[CutRange, ...]
    kind: CutKind = CutKind.SMART
    container: CutContainer = CutContainer.TS
    transitions: tuple[Transition | None, ...] = ()
    allow_holes: bool = False

    def __post_init__(self) -> None:
        if not self.ranges:
            raise InvalidInput("a cut needs at least one range")
        _check_form(self.kind, self.container)
        check_transitions([span.length_us for span in self.ranges], self.transitions)
        if any(self.transitions) and self.kind not in _WITH_TRANSITIONS:
            raise InvalidInput(
                f"{self.kind} cuts have no transitions: leave them out, or ask for a {_either(_WITH_TRANSITIONS)} cut"
            )


def named(what: str, parse: Callable[[str], Value], text: str) -> Value:
    """What ``parse`` makes of the text; what it refuses is told with the name of what was read."""
    try:
        return parse(text)
    except InvalidInput as error:
        raise type(error)(f"{what}: {error}") from error


def _kind_and_meant(text: str) -> tuple[CutKind, CutContainer | None]:
    """A kind, or an older node's word for one, with the container that this means."""
    word = text.strip().lower()
    if word in _ALIASES:
        return _ALIASES[word]
    if word in tuple(CutContainer):
        raise InvalidInput(
            f"{word} is a container, no kind of cut: the ending says it, as in .{word}; there are {', '.join(CutKind)}"
        )
    try:
        return CutKind(word), None
    except ValueError as error:
        raise InvalidInput(f"{text[:40]!r} is no kind of cut; there are {', '.join(CutKind)}") from error


def parse_form(kind: str, ending: CutContainer) -> tuple[CutKind, CutContainer]:
    """The kind, or what an older node's word for it means (fast, mpegts, webm), and the container of such a cut.

    ``ending`` is that of its name, and the container is just that, but for ``webm``: with older nodes its path ends in
    ``.ts``, as all paths of cuts do. Raises InvalidInput for an unknown kind, and for a container that such a cut can
    never have.
    """
    found, meant = _kind_and_meant(kind)
    container = meant if meant is CutContainer.WEBM and ending is CutContainer.TS else ending
    if meant not in (None, container):
        raise InvalidInput(f"{kind.strip().lower()} makes a .{meant}, not a .{ending}; change the ending")
    _check_form(found, container)
    return found, container


def _check_form(kind: CutKind, container: CutContainer) -> None:
    can = _FORMS[kind].now + _FORMS[kind].later
    if container not in can:
        endings = _either([f".{one}" for one in can])
        raise InvalidInput(
            f"a cut of the kind {kind} can be {endings}, never .{container}; change the ending"
        )


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


def check_supported(request: CutRequest) -> None:
    """Raises Unsupported for what this version cannot cut, saying what it can."""
    now = _FORMS[request.kind].now
    if not now:
        there = _either([kind for kind, forms in _FORMS.items() if forms.now])
        raise Unsupported(f"{request.kind} cuts are not there yet; ask for a {there} one")
    if request.container not in now:
        endings = _either([f".{container}" for container in now])
        raise Unsupported(
            f"a {request.kind} cut is made as {endings} so far, not as .{request.container}; change the ending"
        )
    if any(request.transitions):
        raise Unsupported("transitions are not there yet; leave them empty for hard cuts")


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
