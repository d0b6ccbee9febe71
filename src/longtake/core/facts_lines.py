"""The lines of a facts file, read together: decoding each takes ten times as long.

Lines of an hour differ in their name and a few numbers. So one line is decoded, and those that are like it in all
but these are found by comparing columns of bytes; of what is left again one, and so on. What is like no other is decoded by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import InvalidInput
from longtake.core.facts import Container, SegmentFacts, decode_facts
from longtake.core.hour_looks import (
    UNKNOWN,
    LookRows,
    encoding_of,
    flags_of,
    hash_heads,
    joined_keys,
    key_of,
)
from longtake.core.mpegts.timestamps import WRAP
from longtake.core.names import SEGMENT_EXTENSION
from longtake.core.segment_columns import Bytes, Integers
from longtake.core.times import SECOND_US

Flags: TypeAlias = NDArray[np.bool_]

_HEAD = b'{"name":"'
_NUMBER = re.compile(
    rb'"(size_bytes|source_sequence|first_pts|duration_us|recorded_us|verified_us)":(\d+)(?=[,}])'
)
_FEW_LINES, _MOST_SHAPES = 8, 24
_LONGEST_NAME, _LONGEST_NUMBER = 110, 18
_QUOTE, _ZERO = ord('"'), np.uint8(ord("0"))
_MARKS_AT, _MARKS = [2, 5, 12], np.frombuffer(b":.-", dtype=np.uint8)
_DIGITS_AT = [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
_DIGITS_US = np.array([600, 60, 10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]) * SECOND_US
_BEFORE_HASH = 13
_LONGEST_TARGET_S = 999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Noteworthy:
    """Segments whose facts are as those of ``like``, but for the numbers: ``sizes_bytes`` by name."""

    like: SegmentFacts
    sizes_bytes: dict[str, int]


class _Shape(NamedTuple):
    """What lines have in common: a text, then a number, and so on. ``facts`` are those of one of them."""

    texts: tuple[bytes, ...]
    numbers: tuple[bytes, ...]
    facts: SegmentFacts


class FactsLines:
    """What the lines say: of encoding and timestamps as ``looks``, in their order, and the greatest target duration stated."""

    def __init__(self, content: bytes) -> None:
        """``content`` is whole lines. Bad ones are passed over."""
        self._content = content
        raw = np.frombuffer(content, dtype=np.uint8)
        self._ends = np.flatnonzero(raw == ord("\n"))
        self._starts = np.concatenate(([0], self._ends[:-1] + 1)) if len(self._ends) else self._ends
        # Windows may begin at any place.
        self._raw = np.concatenate((raw, np.zeros(_LONGEST_NAME, dtype=np.uint8)))
        count = len(self._ends)
        self._name_ends = np.zeros(count, dtype=np.int64)
        self._keys = np.zeros(count, dtype=np.uint64)
        self._has_key = np.zeros(count, dtype=np.bool_)
        self._half_pts = np.zeros(count, dtype=np.uint32)
        self._numbers = np.zeros(count, dtype=np.int64)
        self._flags = np.zeros(count, dtype=np.uint8)
        self._names: dict[int, str] = {}
        """Of lines that were decoded by themselves."""
        self._noteworthy: list[tuple[SegmentFacts, Integers, Integers]] = []
        self._encodings = {UNKNOWN: 0}
        self.target_duration_s = 0
        self._read()

    @property
    def looks(self) -> LookRows:
        """Of what is a segment."""
        known = self._has_key
        return LookRows(
            self._keys[known],
            self._half_pts[known],
            self._numbers[known],
            self._flags[known],
            tuple(self._encodings),
        )

    def last_lines(self) -> dict[str, int]:
        """The last line of each name."""
        return {name: line for line in range(len(self._ends)) if (name := self._name(line)) is not None}

    def noteworthy(self) -> list[Noteworthy]:
        """What by its last line is fragmented MP4, or neither that nor MPEG-TS, or where the source said that it jumps."""
        if not self._noteworthy:
            return []
        last = self.last_lines()
        return [
            Noteworthy(
                like=facts,
                sizes_bytes={
                    name: size
                    for line, size in zip(lines.tolist(), sizes.tolist(), strict=True)
                    if (name := self._name(line)) is not None and last[name] == line
                },
            )
            for facts, lines, sizes in self._noteworthy
        ]

    def _name(self, line: int) -> str | None:
        end = int(self._name_ends[line])
        if not end:
            return self._names.get(line)
        return self._content[int(self._starts[line]) + len(_HEAD) : end].decode(errors="replace")

    def _read(self) -> None:
        left = self._read_names() if len(self._ends) >= _FEW_LINES else np.empty(0, dtype=np.int64)
        single = np.ones(len(self._ends), dtype=np.bool_)
        for _ in range(_MOST_SHAPES):
            if len(left) < _FEW_LINES:
                break
            alike = self._read_alike(left)
            single[alike] = False
            left = left[single[left]][len(alike) == 0 :]
        for line in np.flatnonzero(single).tolist():
            self._read_single(line)

    def _read_names(self) -> Integers:
        """Keys of all names of the form that recorders write; which lines have such."""
        at = self._starts + len(_HEAD)
        names = self._window(at, _LONGEST_NAME)
        lengths = (names == _QUOTE).argmax(axis=1)
        digits = names[:, _DIGITS_AT] - _ZERO
        usual = (
            self._has(self._starts, _HEAD)
            & (lengths > _BEFORE_HASH + 43)
            & (names[:, _MARKS_AT] == _MARKS).all(axis=1)
            & (digits <= 9).all(axis=1)
            & (digits[:, [0, 2]] <= 5).all(axis=1)
            & self._has(at + lengths - len(SEGMENT_EXTENSION), SEGMENT_EXTENSION.encode())
        )
        lines: Integers = np.flatnonzero(usual)
        ends = (at + lengths)[lines]
        self._name_ends[lines] = ends
        offsets_us = (digits[lines] @ _DIGITS_US).round().astype(np.int64)
        self._keys[lines] = joined_keys(offsets_us, hash_heads(self._raw, ends))
        return lines

    def _read_alike(self, lines: Integers) -> Integers:
        """Reads those of the lines that are like the first one; which. None, if that one is bad."""
        shape = self._shape(int(lines[0]))
        if shape is None:
            self._name_ends[lines[0]] = 0
            return lines[:0]
        alike, values = self._matching(shape, lines)
        facts = shape.facts
        self._has_key[alike] = True
        self._numbers[alike] = self._encodings.setdefault(encoding_of(facts), len(self._encodings))
        self._flags[alike] = flags_of(facts)
        if facts.first_pts is not None:
            self._half_pts[alike] = values[b"first_pts"] % WRAP >> 1
        self._note(facts, alike, values.get(b"size_bytes"))
        return alike

    def _shape(self, line: int) -> _Shape | None:
        end = int(self._ends[line]) + 1
        rest = self._content[self._name_ends[line] : end]
        try:
            facts = decode_facts(self._content[self._starts[line] : end].decode())
        except (InvalidInput, UnicodeDecodeError):
            return None
        found = list(_NUMBER.finditer(rest))
        begins = [0, *(one.end(2) for one in found)]
        ends = [*(one.start(2) for one in found), len(rest)]
        numbers = tuple(one[1] for one in found)
        if numbers[:1] != (b"size_bytes",) or len(set(numbers)) < len(numbers):
            return None
        if (b"first_pts" in numbers) != (facts.first_pts is not None):
            return None
        return _Shape(tuple(rest[a:b] for a, b in zip(begins, ends, strict=True)), numbers, facts)

    def _matching(self, shape: _Shape, lines: Integers) -> tuple[Integers, dict[bytes, Integers]]:
        """Which lines are of the shape, and their numbers by name."""
        values: dict[bytes, Integers] = {}
        at = self._name_ends[lines]
        for text, number in zip(shape.texts, (*shape.numbers, b""), strict=True):
            fits = self._has(at, text)
            at = at + len(text)
            if number:
                digits = self._window(at, _LONGEST_NUMBER + 1) - _ZERO
                is_digit = digits <= 9
                lengths = is_digit.argmin(axis=1)  # 0 for what is too long, too
                fits &= lengths > 0
                at = at + lengths
                if number == b"first_pts" or (number == b"size_bytes" and _is_noteworthy(shape.facts)):
                    values[number] = _decimal(digits, lengths)
            if not fits.all():
                lines, at = lines[fits], at[fits]
                values = {name: column[fits] for name, column in values.items()}
        return lines, values

    def _read_single(self, line: int) -> None:
        self._name_ends[line] = 0
        text = self._content[self._starts[line] : self._ends[line]]
        try:
            facts = decode_facts(text.decode(errors="replace"))
        except InvalidInput:
            return
        self._names[line] = facts.name
        key = key_of(facts.name)
        if key is not None:
            self._keys[line], self._has_key[line] = key, True
            self._numbers[line] = self._encodings.setdefault(encoding_of(facts), len(self._encodings))
            self._flags[line] = flags_of(facts)
            self._half_pts[line] = (facts.first_pts or 0) % WRAP >> 1
        self._note(facts, np.array([line]), np.array([facts.size_bytes]))

    def _note(self, facts: SegmentFacts, lines: Integers, sizes_bytes: Integers | None) -> None:
        target_s = facts.target_duration_s or 0
        if target_s <= _LONGEST_TARGET_S:
            self.target_duration_s = max(self.target_duration_s, target_s)
        if sizes_bytes is not None and _is_noteworthy(facts):
            self._noteworthy.append((facts, lines, sizes_bytes))

    def _window(self, at: Integers, size: int) -> Bytes:
        """So many bytes from each place on."""
        windows: Bytes = np.ndarray(
            (len(self._raw) - size + 1, size), dtype=np.uint8, buffer=self._raw, strides=(1, 1)
        )
        return windows[np.minimum(at, len(windows) - 1)]

    def _has(self, at: Integers, text: bytes) -> Flags:
        """Whether the text stands at each place."""
        if len(text) > len(self._raw):
            return np.zeros(len(at), dtype=np.bool_)
        found = self._window(at, len(text))
        if found.tobytes() == text * len(at):  # mostly, and found faster than place by place
            return np.ones(len(at), dtype=np.bool_)
        same: Flags = (found == np.frombuffer(text, dtype=np.uint8)).all(axis=1)
        return same


def _is_noteworthy(facts: SegmentFacts) -> bool:
    return facts.discontinuity or facts.container in (Container.FMP4, Container.OTHER)


def _decimal(digits: Bytes, lengths: Integers) -> Integers:
    """The numbers that so many digits of each row are."""
    values = np.zeros(len(digits), dtype=np.int64)
    for place in range(int(lengths.max(initial=0))):
        values = np.where(place < lengths, values * 10 + digits[:, place], values)
    return values
