"""What looks into the segments of one hour found of their encoding and timestamps, as columns: 12 bytes a segment.

A column of which all are equal, as mostly are those of encodings and flags, takes the room of one.

A segment is known by the moment in its name, within its hour, and the head of its hash. That tells files apart that
claim the same moment; where both are equal, so is the content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import InvalidName
from longtake.core.facts import SegmentFacts
from longtake.core.mpegts.timestamps import WRAP
from longtake.core.names import SEGMENT_EXTENSION
from longtake.core.segment_columns import Bytes, Integers, SegmentColumns
from longtake.core.segments import parse_segment_name
from longtake.core.times import hour_start_us

Keys: TypeAlias = NDArray[np.uint64]
HalfTicks: TypeAlias = NDArray[np.uint32]
Numbers: TypeAlias = NDArray[np.uint16]

Column = TypeVar("Column", Numbers, Bytes)

HAS_PTS, STARTS_WITH_IDR = 1, 2
KEPT_OF_HASH = 4
HASH_TAIL = 43 + len(SEGMENT_EXTENSION)
"""So many characters from its end a segment's name has its hash."""
_ANY_HOUR = "1970-01-01T00"
_MOST_ENCODINGS = 1 << 16
_WEIGHT_BYTES, _ENCODING_BYTES = 700, 300


class Encoding(NamedTuple):
    """What an encoding is known by: each may be unknown (None)."""

    container: str | None
    codecs: str | None
    parameter_sets: str | None


UNKNOWN = Encoding(None, None, None)


class LookRows(NamedTuple):
    """Looks as they come: in any order, later ones of a key replace earlier ones.

    ``half_pts`` are PTS without their last bit (of 33), which fit in half the room; ``numbers`` are places in
    ``encodings``, of which the first is ``UNKNOWN``; ``flags`` are ``HAS_PTS`` and ``STARTS_WITH_IDR``.
    """

    keys: Keys
    half_pts: HalfTicks
    numbers: Integers
    flags: Bytes
    encodings: Sequence[Encoding]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class HourLooks:
    """Looks of which something is known, by rising key; see ``LookRows``. An immutable value, in one form only."""

    keys: Keys
    half_pts: HalfTicks
    numbers: Numbers
    flags: Bytes
    encodings: tuple[Encoding, ...]

    def __len__(self) -> int:
        """How many."""
        return len(self.keys)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same."""
        return isinstance(other, HourLooks) and (
            self is other
            or (
                self.encodings == other.encodings
                and np.array_equal(self.keys, other.keys)
                and np.array_equal(self.half_pts, other.half_pts)
                and np.array_equal(self.numbers, other.numbers)
                and np.array_equal(self.flags, other.flags)
            )
        )

    def __hash__(self) -> int:
        """That of what says the same."""
        return hash((self.keys.tobytes(), self.encodings))

    def __repr__(self) -> str:
        """For people who debug."""
        return f"HourLooks({len(self)} looks, {self.encodings})"

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        if not len(self):
            return 0
        columns = (self.keys, self.half_pts, self.numbers, self.flags)
        rows_bytes = sum(column.nbytes for column in columns if column.strides[0])
        return _WEIGHT_BYTES + rows_bytes + len(self.encodings) * _ENCODING_BYTES

    def replaced_by(self, later: LookRows) -> HourLooks:
        """With what was found later."""
        if not len(later.keys):
            return self
        return _in_one_form(
            LookRows(
                np.concatenate((self.keys, later.keys)),
                np.concatenate((self.half_pts, later.half_pts)),
                np.concatenate((self.numbers.astype(np.int64), later.numbers + len(self.encodings))),
                np.concatenate((self.flags, later.flags)),
                (*self.encodings, *later.encodings),
            )
        )

    def of(self, columns: SegmentColumns, rows: NDArray[np.int32]) -> LookRows:
        """The looks of rows, in their order; of those that are not known nothing is."""
        keys = keys_of(columns)[rows]
        if np.array_equal(keys, self.keys):
            return LookRows(keys, self.half_pts, self.numbers.astype(np.int64), self.flags, self.encodings)
        if not len(self):
            return _nothing_of(keys)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        known = self.keys[at] == keys
        return LookRows(
            keys,
            self.half_pts[at],
            np.where(known, self.numbers[at], 0).astype(np.int64),
            np.where(known, self.flags[at], 0).astype(np.uint8),
            self.encodings,
        )


NO_LOOKS = HourLooks(
    keys=np.empty(0, dtype=np.uint64),
    half_pts=np.empty(0, dtype=np.uint32),
    numbers=np.empty(0, dtype=np.uint16),
    flags=np.empty(0, dtype=np.uint8),
    encodings=(UNKNOWN,),
)


def key_of(name: str) -> int | None:
    """Of a segment's name; None for what is none."""
    try:
        segment = parse_segment_name(_ANY_HOUR, name)
    except InvalidName:
        return None
    head = name[-HASH_TAIL:][:KEPT_OF_HASH].encode()
    return segment.start_us << 32 | int.from_bytes(head, "big") if segment.digest else None


def keys_of(columns: SegmentColumns) -> Keys:
    """Of all rows."""
    if not len(columns):
        return NO_LOOKS.keys
    raw = np.frombuffer(f"{columns.text}\n".encode(), dtype=np.uint8)
    return joined_keys(
        columns.starts_us - hour_start_us(columns.hour), hash_heads(raw, np.flatnonzero(raw == ord("\n")))
    )


def hash_heads(raw: Bytes, name_ends: Integers) -> Bytes:
    """The first bytes of the hashes of names that end before these places of a text, a row each."""
    heads: Bytes = raw[(name_ends - HASH_TAIL)[:, None] + np.arange(KEPT_OF_HASH)]
    return heads


def joined_keys(offsets_us: Integers, heads: Bytes) -> Keys:
    """From moments within the hour and heads of hashes."""
    numbers = np.ascontiguousarray(heads).view(">u4")[:, 0]
    return offsets_us.astype(np.uint64) << np.uint64(32) | numbers.astype(np.uint64)


def look_rows(facts: Iterable[SegmentFacts]) -> LookRows:
    """What facts say, as values. Those of what is no segment are left out."""
    found = [(key, one) for one in facts if (key := key_of(one.name)) is not None]
    encodings = {UNKNOWN: 0}
    return LookRows(
        np.array([key for key, _ in found], dtype=np.uint64),
        np.array([(one.first_pts or 0) % WRAP >> 1 for _, one in found], dtype=np.uint32),
        np.array(
            [encodings.setdefault(encoding_of(one), len(encodings)) for _, one in found], dtype=np.int64
        ),
        np.array([flags_of(one) for _, one in found], dtype=np.uint8),
        tuple(encodings),
    )


def encoding_of(facts: SegmentFacts) -> Encoding:
    """As facts have it."""
    container = facts.container.value if facts.container is not None else None
    return Encoding(container, facts.codecs, facts.parameter_sets)


def flags_of(facts: SegmentFacts) -> int:
    """As ``LookRows`` has them."""
    return HAS_PTS * (facts.first_pts is not None) + STARTS_WITH_IDR * bool(facts.starts_with_idr)


def _nothing_of(keys: Keys) -> LookRows:
    count = len(keys)
    return LookRows(
        keys,
        np.zeros(count, dtype=np.uint32),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.uint8),
        (UNKNOWN,),
    )


def _in_one_form(rows: LookRows) -> HourLooks:
    """Sorted, without what was replaced, what says nothing, and encodings that nothing has."""
    kept = _last_ones(rows.keys)
    numbers, encodings = _numbered(rows.numbers[kept], rows.encodings)
    says = (numbers > 0) | (rows.flags[kept] > 0)
    kept, numbers = kept[says], numbers[says]
    flags = rows.flags[kept]
    return HourLooks(
        keys=rows.keys[kept],
        half_pts=np.where(flags & HAS_PTS, rows.half_pts[kept], 0).astype(np.uint32),
        numbers=once_if_equal(numbers),
        flags=once_if_equal(flags),
        encodings=encodings,
    )


def once_if_equal(column: Column) -> Column:
    """The same, in the room of one if all are equal."""
    if len(column) < 2 or (column != column[0]).any():
        return column
    return np.broadcast_to(column[:1].copy(), column.shape)


def _last_ones(keys: Keys) -> Integers:
    if (keys[1:] > keys[:-1]).all():  # as they mostly come
        return np.arange(len(keys))
    order = np.argsort(keys, kind="stable")
    last: Integers = order[np.append(keys[order[1:]] != keys[order[:-1]], True)]
    return last


def _numbered(numbers: Integers, encodings: Sequence[Encoding]) -> tuple[Numbers, tuple[Encoding, ...]]:
    """Encodings that are used, in order; those that are too many are unknown."""
    used = np.unique(numbers).tolist()
    known = {encodings[number] for number in used} - {UNKNOWN}
    table = (UNKNOWN, *sorted(known, key=_words)[: _MOST_ENCODINGS - 1])
    place = {encoding: number for number, encoding in enumerate(table)}
    renumbered = np.zeros(len(encodings), dtype=np.uint16)
    renumbered[used] = [place.get(encodings[number], 0) for number in used]
    return renumbered[numbers], table


def _words(encoding: Encoding) -> tuple[tuple[bool, str], ...]:
    return tuple((word is not None, word or "") for word in encoding)
