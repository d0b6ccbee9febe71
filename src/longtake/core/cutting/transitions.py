"""Transitions between two ranges of a cut: their names, and how long they may be.

The names are those that older nodes know, so that their editors' drafts can be read: what ffmpeg's ``xfade`` has (but
for ``fadefast`` and ``fadeslow``, which they left out) and four more. They are known, and checked, before any kind of
cut can make them: a misspelt name is told to whoever wrote it, not to a worker hours later. How one is drawn is not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from longtake.core.errors import InvalidInput
from longtake.core.times import SECOND_US

LONGEST_TRANSITION_S = 60
"""Longer ones are slips: a second or two is usual."""

TRANSITIONS: Mapping[str, str] = MappingProxyType(
    {
        "fade": "one picture melts into the other",
        "fadeblack": "down to black, then up from it",
        "fadewhite": "up to white, then down from it",
        "fadegrays": "the colours drain away, and come back with the new picture",
        "dissolve": "single dots change over, in no order",
        "distance": "what differs most between the two changes first",
        "pixelize": "into coarse blocks, and out of them again",
        "hblur": "both are blurred sideways while one melts into the other",
        "zoomin": "into the middle of the old picture, then over to the new one",
        "wipeleft": "a sharp edge moves from right to left",
        "wiperight": "a sharp edge moves from left to right",
        "wipeup": "a sharp edge moves from bottom to top",
        "wipedown": "a sharp edge moves from top to bottom",
        "wipetl": "the old picture shrinks into the top left corner, uncovering the new one",
        "wipetr": "the old picture shrinks into the top right corner, uncovering the new one",
        "wipebl": "the old picture shrinks into the bottom left corner, uncovering the new one",
        "wipebr": "the old picture shrinks into the bottom right corner, uncovering the new one",
        "smoothleft": "a soft edge moves from right to left",
        "smoothright": "a soft edge moves from left to right",
        "smoothup": "a soft edge moves from bottom to top",
        "smoothdown": "a soft edge moves from top to bottom",
        "diagtl": "a soft slanted edge moves towards the top left",
        "diagtr": "a soft slanted edge moves towards the top right",
        "diagbl": "a soft slanted edge moves towards the bottom left",
        "diagbr": "a soft slanted edge moves towards the bottom right",
        "slideleft": "the new picture pushes the old one out to the left",
        "slideright": "the new picture pushes the old one out to the right",
        "slideup": "the new picture pushes the old one out at the top",
        "slidedown": "the new picture pushes the old one out at the bottom",
        "coverleft": "the new picture slides over the old one from the right",
        "coverright": "the new picture slides over the old one from the left",
        "coverup": "the new picture slides over the old one from the bottom",
        "coverdown": "the new picture slides over the old one from the top",
        "revealleft": "the old picture slides away to the left, off the new one",
        "revealright": "the old picture slides away to the right, off the new one",
        "revealup": "the old picture slides away upwards, off the new one",
        "revealdown": "the old picture slides away downwards, off the new one",
        "circleopen": "the new picture grows in a circle from the middle",
        "circleclose": "the old picture shrinks in a circle to the middle",
        "vertopen": "opens from an upright line in the middle to both sides",
        "vertclose": "closes from both sides to an upright line in the middle",
        "horzopen": "opens from a level line in the middle to top and bottom",
        "horzclose": "closes from top and bottom to a level line in the middle",
        "circlecrop": "a circle closes to black, and opens again on the new picture",
        "rectcrop": "a frame closes to black, and opens again on the new picture",
        "squeezeh": "the old picture is squeezed flat onto a level line in the middle",
        "squeezev": "the old picture is squeezed thin onto an upright line in the middle",
        "radial": "a soft hand sweeps clockwise from the top",
        "hlslice": "upright blinds open, one after the other, from right to left",
        "hrslice": "upright blinds open, one after the other, from left to right",
        "vuslice": "level blinds open, one after the other, from bottom to top",
        "vdslice": "level blinds open, one after the other, from top to bottom",
        "hlwind": "blown away in streaks to the left",
        "hrwind": "blown away in streaks to the right",
        "vuwind": "blown away in streaks to the top",
        "vdwind": "blown away in streaks to the bottom",
        "clockwipe": "a sharp hand sweeps clockwise from twelve o'clock",
        "starwipe": "the new picture grows in a five-pointed star",
        "diamondwipe": "the new picture grows in a diamond",
        "batman": "the new picture grows in a bat, which drifts upwards",
    }
)
"""All of them, name to what one sees, in an order to choose from: like stands by like."""

_ALL = f"GET /api/v1/transitions of any node lists all {len(TRANSITIONS)}"
_NEAREST = 3
# No sign, no exponent, no underscore, no spaces: in a URL a plus is a space, and a slip is better told than guessed.
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,20})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Between two neighbouring ranges: its name, one of ``TRANSITIONS``, and how long both are seen."""

    name: str
    duration_us: int

    def __post_init__(self) -> None:
        if self.name not in TRANSITIONS:
            raise _unknown(self.name)
        if not 0 < self.duration_us <= LONGEST_TRANSITION_S * SECOND_US:
            raise InvalidInput(
                f"a transition takes more than 0 s and at most {LONGEST_TRANSITION_S} s,"
                f" not {_seconds(self.duration_us)}"
            )


def _unknown(name: str) -> InvalidInput:
    near = get_close_matches(name[:40].lower(), TRANSITIONS, n=_NEAREST)
    meant = f"is {' or '.join(near)} meant? " if near else ""
    return InvalidInput(f"{name[:40]!r} is no transition; {meant}{_ALL}")


def parse_transition(text: str) -> Transition | None:
    """``NAME,SECONDS`` (a plain decimal, like 0.5), or nothing for a hard cut. Raises InvalidInput."""
    if not text:
        return None
    name, comma, seconds = text.partition(",")
    if not comma or not name or _SECONDS.fullmatch(seconds) is None:
        raise InvalidInput(f"{text[:40]!r} is not NAME,SECONDS; write it like fade,0.5")
    return Transition(name=name, duration_us=round(float(seconds) * SECOND_US))


def check_transitions(lengths_us: Sequence[int], transitions: Sequence[Transition | None]) -> None:
    """Whether they fit between ranges of these lengths: ``transitions[n]`` lies between range n and n+1.

    Raises InvalidInput if there are too many, or if one takes more of a range than there is: both pictures are seen at
    once, so that what lies at the beginning of a range and what lies at its end must not meet.
    """
    if transitions and len(transitions) >= len(lengths_us):
        raise InvalidInput(
            f"{_counted(len(transitions), 'transition')} for {_counted(len(lengths_us), 'range')}:"
            " there is at most one between two ranges"
        )
    for at, length_us in enumerate(lengths_us):
        beside = [
            (number, transition)
            for number in (at - 1, at)
            if 0 <= number < len(transitions) and (transition := transitions[number]) is not None
        ]
        if sum(transition.duration_us for _, transition in beside) > length_us:
            numbers = " and ".join(f"{number + 1} ({one.name})" for number, one in beside)
            takes_us = sum(one.duration_us for _, one in beside)
            many = len(beside) > 1
            raise InvalidInput(
                f"transition{'s' if many else ''} {numbers} take{'' if many else 's'} {_seconds(takes_us)}"
                f" of range {at + 1}, which is {_seconds(length_us)} long; take less, or make the range longer"
            )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _seconds(us: int) -> str:
    return f"{us / SECOND_US:.6f}".rstrip("0").rstrip(".") + " s"
