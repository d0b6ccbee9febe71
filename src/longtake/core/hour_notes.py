"""What timelines and playlists need of an hour's facts, read without making a value of each of its lines.

A week has 302,400 lines, and nearly all say the usual. Those that are alike are read together (``core.facts_lines``: an
hour in a millisecond or two; decoding each line takes fifteen).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from longtake.core.facts import Container, SegmentFacts
from longtake.core.facts_lines import FactsLines, Noteworthy
from longtake.core.hour_looks import NO_LOOKS, HourLooks, look_rows

_WEIGHT_BYTES = 400
_ENTRY_BYTES = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class HourNotes:
    """Of the segments of one hour, by name; most are in none of these. An immutable value.

    ``target_duration_s`` is the greatest that the source stated, 0 if it is not known. ``discontinuities``: the source
    said that its encoding or its timestamps jump there. ``undecodable``: what was looked into and is no media.
    ``inits``: bytes of the init section at the head of a file, and of the whole file. ``looks``: of encoding and
    timestamps.
    """

    target_duration_s: int = 0
    discontinuities: frozenset[str] = frozenset()
    undecodable: frozenset[str] = frozenset()
    inits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    looks: HourLooks = NO_LOOKS

    def says_of_none(self) -> bool:
        """Whether no segment is out of the usual, looks aside."""
        return not (self.discontinuities or self.undecodable or self.inits)

    def without(self, names: AbstractSet[str]) -> HourNotes:
        """Without what is said of these. Looks stay."""
        if self.says_of_none():
            return self
        return replace(
            self,
            discontinuities=self.discontinuities - names,
            undecodable=self.undecodable - names,
            inits={name: sizes for name, sizes in self.inits.items() if name not in names},
        )

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        entries = len(self.discontinuities) + len(self.undecodable) + len(self.inits)
        return _WEIGHT_BYTES + _ENTRY_BYTES * entries + self.looks.weight_bytes


NO_NOTES = HourNotes()
"""Of an hour whose facts are not known: as if all was usual."""


def read_notes(content: bytes, before: HourNotes = NO_NOTES) -> HourNotes:
    """The notes of a facts file (``core.facts``), or of what was appended to it since ``before``.

    Bad lines are passed over; later lines of a segment replace earlier ones.
    """
    lines = FactsLines(content)
    looks = before.looks.replaced_by(lines.looks)
    target_s = max(before.target_duration_s, lines.target_duration_s)
    kept = before if before.says_of_none() else before.without(lines.last_lines().keys())
    fresh = _noted(lines.noteworthy())
    if (
        kept is before
        and fresh is NO_NOTES
        and looks == before.looks
        and target_s == before.target_duration_s
    ):
        return before
    return HourNotes(
        target_duration_s=target_s,
        discontinuities=kept.discontinuities | fresh.discontinuities,
        undecodable=kept.undecodable | fresh.undecodable,
        inits={**kept.inits, **fresh.inits},
        looks=looks,
    )


def notes_of(facts: Mapping[str, SegmentFacts]) -> HourNotes:
    """The notes of facts that are known as values."""
    return HourNotes(
        target_duration_s=max((one.target_duration_s or 0 for one in facts.values()), default=0),
        discontinuities=frozenset(name for name, one in facts.items() if one.discontinuity),
        undecodable=frozenset(name for name, one in facts.items() if is_undecodable(one)),
        inits={
            name: (one.init_bytes, one.size_bytes)
            for name, one in facts.items()
            if one.container is Container.FMP4 and one.init_bytes
        },
        looks=NO_LOOKS.replaced_by(look_rows(facts.values())),
    )


def is_undecodable(facts: SegmentFacts) -> bool:
    """Whether it was looked into, and found to be a page or noise: no player can make anything of it.

    Subtitles are ``OTHER`` too, without a doubt.
    """
    return facts.container is Container.OTHER and facts.doubt is not None


def _noted(found: Sequence[Noteworthy]) -> HourNotes:
    """What is out of the usual, without looks."""
    if not found:
        return NO_NOTES
    return HourNotes(
        discontinuities=_names(one for one in found if one.like.discontinuity),
        undecodable=_names(one for one in found if is_undecodable(one.like)),
        inits={
            name: (one.like.init_bytes, size_bytes)
            for one in found
            if one.like.container is Container.FMP4 and one.like.init_bytes
            for name, size_bytes in one.sizes_bytes.items()
        },
    )


def _names(found: Iterable[Noteworthy]) -> frozenset[str]:
    return frozenset(name for one in found for name in one.sizes_bytes)
