"""What timelines and playlists need of an hour's facts, read without making a value of each of its lines.

A week has 302,400 lines, and nearly all say the usual. So the file's content is searched for the few words that matter
(an hour in a millisecond; decoding each line takes fifteen), and only lines that have one are decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from longtake.core.errors import InvalidInput
from longtake.core.facts import Container, SegmentFacts, decode_facts

_LINE = b'{"name":"'
_TARGET = b'"target_duration_s":'
_TARGET_VALUE = re.compile(rb'"target_duration_s":(\d{1,6})')
_NAME = re.compile(rb'^\{"name":"([^"\\]+)"')
_NAMES = re.compile(_NAME.pattern, re.MULTILINE)
# What only a line has whose segment is not the usual MPEG-TS that continues the one before.
_JUMP, _USUAL = b'"discontinuity":true', b'"container":"mpegts"'
_ANY_WORD = re.compile(_JUMP + rb'|"container":"(?:other|fmp4)"')
_WEIGHT_BYTES = 400
_ENTRY_BYTES = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class HourNotes:
    """Of the segments of one hour, by name; most are in none of these. An immutable value.

    ``target_duration_s`` is the greatest that the source stated, 0 if it is not known. ``discontinuities``: the source
    said that its encoding or its timestamps jump there. ``undecodable``: what was looked into and is no media.
    ``inits``: bytes of the init section at the head of a file, and of the whole file.
    """

    target_duration_s: int = 0
    discontinuities: frozenset[str] = frozenset()
    undecodable: frozenset[str] = frozenset()
    inits: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def says_of_none(self) -> bool:
        """Whether no segment is out of the usual."""
        return not (self.discontinuities or self.undecodable or self.inits)

    def without(self, names: AbstractSet[str]) -> HourNotes:
        """Without what is said of these."""
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
        return _WEIGHT_BYTES + _ENTRY_BYTES * (
            len(self.discontinuities) + len(self.undecodable) + len(self.inits)
        )


NO_NOTES = HourNotes()
"""Of an hour whose facts are not known: as if all was usual."""


def read_notes(content: bytes, before: HourNotes = NO_NOTES) -> HourNotes:
    """The notes of a facts file (``core.facts``), or of what was appended to it since ``before``.

    Bad lines are passed over; later lines of a segment replace earlier ones.
    """
    target_s = max(before.target_duration_s, _greatest_target_s(content))
    if not _has_a_word(content):
        if before.says_of_none():
            return before if target_s == before.target_duration_s else HourNotes(target_duration_s=target_s)
        return _joined(before.without(_names(content)), NO_NOTES, target_s)
    return _joined(before.without(_names(content)), notes_of(_last_noteworthy(content)), target_s)


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
    )


def is_undecodable(facts: SegmentFacts) -> bool:
    """Whether it was looked into, and found to be a page or noise: no player can make anything of it.

    Subtitles are ``OTHER`` too, without a doubt.
    """
    return facts.container is Container.OTHER and facts.doubt is not None


def _joined(left: HourNotes, right: HourNotes, target_s: int) -> HourNotes:
    return HourNotes(
        target_duration_s=target_s,
        discontinuities=left.discontinuities | right.discontinuities,
        undecodable=left.undecodable | right.undecodable,
        inits={**left.inits, **right.inits} if left.inits else right.inits,
    )


def _names(content: bytes) -> frozenset[str]:
    return frozenset(name.decode(errors="replace") for name in _NAMES.findall(content))


def _has_a_word(content: bytes) -> bool:
    """Counting what is usual takes less than searching for what is not."""
    if _JUMP in content:
        return True
    return content.count(_USUAL) < content.count(_LINE) and _ANY_WORD.search(content) is not None


def _greatest_target_s(content: bytes) -> int:
    """The first one counts for all if all are like it, which is counted faster than each is read."""
    first = _TARGET_VALUE.search(content)
    if first is None:
        return 0
    alike = content.count(first[0] + b",")
    if alike == content.count(_TARGET):
        return int(first[1])
    return max(map(int, _TARGET_VALUE.findall(content)))


def _last_noteworthy(content: bytes) -> dict[str, SegmentFacts]:
    """By name, of those segments whose last line has a word that matters."""
    found: dict[str, SegmentFacts] = {}
    for line in content.splitlines():
        name = _NAME.match(line)
        if name is None or _ANY_WORD.search(line):
            found.update(_decoded(line))
        elif found:
            found.pop(name[1].decode(errors="replace"), None)
    return found


def _decoded(line: bytes) -> Iterator[tuple[str, SegmentFacts]]:
    try:
        facts = decode_facts(line.decode(errors="replace"))
    except InvalidInput:
        return
    yield facts.name, facts
