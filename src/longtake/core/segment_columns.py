"""Many segments of one hour as columns: a week is 302,400 of them, and a value of each would take a third of a gigabyte.

The names stand in one text, times and durations in arrays. A row becomes a ``Segment`` when one is asked for. Names of
the form that recorders write are read with numpy, all of one length at a time (an hour of 1,800 in 0.8 ms; one by one
it takes over ten times that), and the others one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import InvalidName
from longtake.core.names import SEGMENT_EXTENSION
from longtake.core.segments import Segment, SegmentType, parse_segment_name
from longtake.core.times import SECOND_US, hour_start_us

Integers: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]
Rows: TypeAlias = "slice[int | None, int | None, int | None]"

TYPES = (SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL)
"""Best first."""
_CODES = {kind: code for code, kind in enumerate(TYPES)}
_HASH_CHARACTERS = 43
_TAIL = _HASH_CHARACTERS + len(SEGMENT_EXTENSION)
_MIDDLE = slice(13, -_TAIL - 1)
"""Of ``MM:SS.ffffff-DURATION-TYPE-HASH.ts``: DURATION-TYPE."""
_MIDDLE_FORM = re.compile(r"(\d{1,4}\.\d{1,6})-(full|suspect|partial)", re.ASCII)
_SHORTEST = 13 + len("0.0-full") + 1 + _TAIL
_FIXED = {2: ":", 5: ".", 12: "-", -_TAIL - 1: "-", -3: ".", -2: "t", -1: "s"}
_FIXED_AT = list(_FIXED)
_FIXED_BYTES = np.array([ord(character) for character in _FIXED.values()], dtype=np.uint8)
_DIGITS_AT = [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
_DIGITS_US = np.array([600, 60, 10, 1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001]) * SECOND_US
_FIVE_AT_MOST = [0, 2]
_ZERO = np.uint8(ord("0"))
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST_BASE64 = _BASE64[::4]
"""The last character of a hash has two unused bits, which are not set."""
_WEIGHT_BYTES = 800
_ROW_BYTES = 8 + 8 + 1 + 4


def _table(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[[ord(character) for character in characters]] = True
    return table


_IN_HASH, _ENDS_HASH = _table(_BASE64), _table(_LAST_BASE64)


class SegmentColumns(Sequence[Segment]):
    """Segments of one hour, sorted by (start, name); TEMP is never among them. ``starts_us`` and ``durations_us`` are columns."""

    __slots__ = ("_codes", "_text", "_until", "durations_us", "hour", "starts_us")

    def __init__(
        self, hour: str, names: Sequence[str], starts_us: Integers, durations_us: Integers, codes: Bytes
    ) -> None:
        self.hour = hour
        self.starts_us = starts_us
        self.durations_us = durations_us
        self._codes = codes
        self._text = "\n".join(names)
        self._until = np.cumsum(np.array(list(map(len, names)), dtype=np.uint32) + 1, dtype=np.uint32)
        """Where the next name begins."""

    def __len__(self) -> int:
        """How many."""
        return len(self.starts_us)

    @overload
    def __getitem__(self, at: int) -> Segment: ...
    @overload
    def __getitem__(self, at: Rows) -> tuple[Segment, ...]: ...
    def __getitem__(self, at: int | Rows) -> Segment | tuple[Segment, ...]:
        """A row, or several, as values."""
        if isinstance(at, slice):
            return tuple(parse_segment_name(self.hour, self.name(row)) for row in range(len(self))[at])
        return parse_segment_name(self.hour, self.name(range(len(self))[at]))

    def __eq__(self, other: object) -> bool:
        """Whether the rows are equal; a tuple of the same segments is equal too."""
        if isinstance(other, SegmentColumns):
            return self.hour == other.hour and self._text == other._text
        return isinstance(other, tuple) and tuple(self) == other

    def __hash__(self) -> int:
        """That of an equal tuple."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """For people who debug."""
        return f"SegmentColumns({self.hour}, {len(self)} segments)"

    def __iter__(self) -> Iterator[Segment]:
        """All rows as values."""
        return (parse_segment_name(self.hour, name) for name in self.names())

    def has(self, segment: Segment) -> bool:
        """Whether it is one of these."""
        first, last = np.searchsorted(self.starts_us, [segment.start_us, segment.start_us + 1]).tolist()
        return any(self.name(row) == segment.name for row in range(first, last))

    @property
    def text(self) -> str:
        """All names, in order, with a newline between each two."""
        return self._text

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        letter_bytes = 1 if self._text.isascii() else 4
        return _WEIGHT_BYTES + len(self._text) * letter_bytes + len(self) * _ROW_BYTES

    def ends_us(self) -> Integers:
        """Of all rows: start plus the duration that the source stated."""
        return self.starts_us + self.durations_us

    def are_all_full(self) -> bool:
        """Whether none is suspect or partial."""
        return not self._codes.any()

    def names(self) -> list[str]:
        """All of them, in order."""
        return self._text.split("\n") if self._text else []

    def name(self, row: int) -> str:
        """Of one row, counted from 0."""
        begin = int(self._until[row - 1]) if row else 0
        return self._text[begin : int(self._until[row]) - 1]

    @property
    def codes(self) -> Bytes:
        """The types of all rows, as places in ``TYPES``."""
        return self._codes

    def type(self, row: int) -> SegmentType:
        """Of one row."""
        return TYPES[self._codes[row]]


def read_columns(hour: str, names: Iterable[str]) -> tuple[SegmentColumns, list[str]]:
    """The segments among file names that end in ``.ts``, and the names that are none of use: odd ones and TEMP, sorted.

    Raises InvalidTime if ``hour`` is no hour. Sorted names are sorted by time, whatever form the fraction of their
    seconds has: ``-``, which ends it, sorts before ``.`` and digits.
    """
    ordered = sorted(names)
    reading = _Reading(hour, len(ordered))
    lengths = np.array(list(map(len, ordered)), dtype=np.int64)
    for length in np.unique(lengths):
        reading.of_one_length(ordered, np.flatnonzero(lengths == length), int(length))
    return reading.columns(ordered)


class _Reading:
    """Rows as far as they are read."""

    def __init__(self, hour: str, rows: int) -> None:
        self._hour = hour
        self._hour_us = hour_start_us(hour)
        self._starts_us = np.zeros(rows, dtype=np.int64)
        self._durations_us = np.zeros(rows, dtype=np.int64)
        self._codes = np.zeros(rows, dtype=np.uint8)
        self._sound = np.zeros(rows, dtype=np.bool_)

    def columns(self, names: Sequence[str]) -> tuple[SegmentColumns, list[str]]:
        """What is sound, and the names of the rest."""
        sound, others = self._sound, []
        if not sound.all():
            others = [names[row] for row in np.flatnonzero(~sound).tolist()]
            names = [names[row] for row in np.flatnonzero(sound).tolist()]
        return SegmentColumns(
            self._hour, names, self._starts_us[sound], self._durations_us[sound], self._codes[sound]
        ), others

    def of_one_length(self, names: Sequence[str], rows: Integers, length: int) -> None:
        """Reads these rows of the names, which all have that length."""
        mine = names if len(rows) == len(names) else [names[row] for row in rows.tolist()]
        text = "".join(mine)
        usual = np.zeros(len(rows), dtype=np.bool_)
        if length >= _SHORTEST and text.isascii():
            matrix = np.frombuffer(text.encode("ascii"), dtype=np.uint8).reshape(len(rows), length)
            usual = self._usual(matrix, mine, rows)
        for at in np.flatnonzero(~usual).tolist():
            self._single(mine[at], int(rows[at]))

    def _usual(self, matrix: Bytes, names: Sequence[str], rows: Integers) -> NDArray[np.bool_]:
        digits = matrix[:, _DIGITS_AT] - _ZERO  # what is below '0' becomes large
        usual: NDArray[np.bool_] = (
            (matrix[:, _FIXED_AT] == _FIXED_BYTES).all(axis=1)
            & (digits <= 9).all(axis=1)
            & (digits[:, _FIVE_AT_MOST] <= 5).all(axis=1)
            & _IN_HASH[matrix[:, -_TAIL : -len(SEGMENT_EXTENSION) - 1]].all(axis=1)
            & _ENDS_HASH[matrix[:, -len(SEGMENT_EXTENSION) - 1]]
        )
        usual &= self._middles(matrix[:, _MIDDLE], names, rows)
        self._starts_us[rows] = self._hour_us + (digits @ _DIGITS_US).round().astype(np.int64)
        self._sound[rows] = usual
        return usual

    def _middles(self, matrix: Bytes, names: Sequence[str], rows: Integers) -> NDArray[np.bool_]:
        """Durations and types; whether they are of the usual form."""
        if (matrix == matrix[0]).all():  # as it mostly is
            self._durations_us[rows], self._codes[rows], usual = _meaning(names[0][_MIDDLE])
            return np.full(len(names), usual)
        middles = [name[_MIDDLE] for name in names]
        meaning = {middle: _meaning(middle) for middle in set(middles)}
        durations_us, codes, usual_ones = zip(*[meaning[middle] for middle in middles], strict=True)
        self._durations_us[rows], self._codes[rows] = durations_us, codes
        return np.array(usual_ones, dtype=np.bool_)

    def _single(self, name: str, row: int) -> None:
        try:
            segment = parse_segment_name(self._hour, name)
        except InvalidName:
            return
        if segment.type is not SegmentType.TEMP:
            self._sound[row] = True
            self._starts_us[row] = segment.start_us
            self._durations_us[row] = segment.duration_us
            self._codes[row] = _CODES[segment.type]


def _meaning(middle: str) -> tuple[int, int, bool]:
    """Microseconds, code of the type, and whether it is of the usual form."""
    match = _MIDDLE_FORM.fullmatch(middle)
    if match is None:
        return 0, 0, False
    return round(float(match[1]) * SECOND_US), _CODES[SegmentType(match[2])], True
