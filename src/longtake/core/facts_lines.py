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
Windows: TypeAlias = NDArray[np.void]

_HEAD = b'{"name":"'
_NUMBER = re.compile(
    rb'"(size_bytes|source_sequence|first_pts|duration_us|recorded_us|verified_us)":(\d+)(?=[,}])'
)
_FEW_LINES, _MOST_SHAPES = 8, 24
_SHORTEST_NAME, _LONGEST_NAME, _LONGEST_NUMBER = 58, 110, 18
_MOST_LENGTHS = 16
_NAME_END = f'{SEGMENT_EXTENSION}"'.encode()
_PIECE_BYTES, _PART_BYTES = 24, 1 << 16
"""More than 128 KiB of temporary arrays are given back to the system, and getting them anew costs more than all the rest."""
_ZERO = np.uint8(ord("0"))
_MOMENT = "MM:SS.ffffff-"
_FIVE_AT_MOST = [0, 2]
_MARKS_AT, _MARKS = [2, 5, 12], np.frombuffer(b":.-", dtype=np.uint8)
_DIGITS_AT = [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
_DIGITS_US = np.array([600, 60, 10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]) * SECOND_US
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
        self._raw = np.frombuffer(content, dtype=np.uint8)
        self._ends = _newlines(self._raw)
        self._starts = np.concatenate(([0], self._ends[:-1] + 1)) if len(self._ends) else self._ends
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
        is_long = len(self._ends) >= _FEW_LINES and len(self._raw) >= _LONGEST_NAME
        left = self._read_names() if is_long else np.empty(0, dtype=np.int64)
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
        moments = self._window(at, len(_MOMENT))
        digits = moments[:, _DIGITS_AT] - _ZERO
        lengths = self._name_lengths(at)
        usual = (
            self._has(self._starts, _HEAD)
            & (moments[:, _MARKS_AT] == _MARKS).all(axis=1)
            & (digits <= 9).all(axis=1)
            & (digits[:, _FIVE_AT_MOST] <= 5).all(axis=1)
            & (lengths > 0)
        )
        lines: Integers = np.flatnonzero(usual)
        ends = (at + lengths)[lines]
        self._name_ends[lines] = ends
        offsets_us = (digits[lines] @ _DIGITS_US).round().astype(np.int64)
        self._keys[lines] = joined_keys(offsets_us, hash_heads(self._raw, ends))
        return lines

    def _name_lengths(self, at: Integers) -> Integers:
        """Of names that begin there, by those that there are; 0 for odd ones."""
        lengths = np.zeros(len(at), dtype=np.int64)
        left = np.arange(len(at))
        for _ in range(_MOST_LENGTHS):
            if not len(left):
                break
            begin = int(at[left[0]])
            length = self._content.find(b'"', begin + _SHORTEST_NAME, begin + _LONGEST_NAME) - begin
            fits = self._has(at[left] + length - len(SEGMENT_EXTENSION), _NAME_END)
            lengths[left[fits]] = max(0, length)
            fits[0] = True  # or it is odd
            left = left[~fits]
        return lengths

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
        """So many bytes from each place on; something else where that is beyond the end."""
        count = len(self._raw) - size + 1
        windows: Windows = np.ndarray((count,), dtype=f"V{size}", buffer=self._raw, strides=(1,))
        return windows[np.minimum(at, count - 1)].view(np.uint8).reshape(len(at), size)

    def _has(self, at: Integers, text: bytes) -> Flags:
        """Whether the text stands at each place."""
        same: Flags = (at >= 0) & (at + len(text) <= len(self._raw))
        for begin in range(0, len(text), _PIECE_BYTES):
            piece = text[begin : begin + _PIECE_BYTES]
            found = self._window(at + begin, len(piece))
            if found.tobytes() != piece * len(at):  # mostly it is, which is found much faster than row by row
                same &= (found == np.frombuffer(piece, dtype=np.uint8)).all(axis=1)
        return same


def _newlines(raw: Bytes) -> Integers:
    """Where they are. By parts, which stay in the processor's cache."""
    parts = [
        np.flatnonzero(raw[begin : begin + _PART_BYTES] == ord("\n")) + begin
        for begin in range(0, len(raw), _PART_BYTES)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _is_noteworthy(facts: SegmentFacts) -> bool:
    return facts.discontinuity or facts.container in (Container.FMP4, Container.OTHER)


def _decimal(digits: Bytes, lengths: Integers) -> Integers:
    """The numbers that so many digits of each row are."""
    values = np.zeros(len(digits), dtype=np.int64)
    for place in range(int(lengths.max(initial=0))):
        values = np.where(place < lengths, values * 10 + digits[:, place], values)
    return values
