"""Notes of an hour as bytes, both ways: what is kept of a facts file that is not going to change any more.

One line with a version and a check sum of all that follows; one of JSON; then the columns of ``HourLooks``, the widest
first, each number with its lowest byte first; one row stands for all of a column whose rows are equal. Spaces after the JSON put the first column where it can be used as it lies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from longtake.core.hour_looks import Column, Encoding, HourLooks
from longtake.core.hour_notes import HourNotes

_VERSION = 2
"""Goes up with the form, and with what notes say of the same facts."""
_HEAD = f"longtake notes {_VERSION:3} ".encode()
_DIGEST_BYTES = 16
_HEAD_BYTES = len(_HEAD) + 2 * _DIGEST_BYTES + 1
_ALIGNED_TO = 8
_WIDTHS = (8, 4, 2, 1)


class FactsStamp(NamedTuple):
    """Which state of which facts file notes were made of. Nothing changes a file without changing ``changed_ns``, its ctime."""

    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int


def encode_notes(notes: HourNotes, stamp: FactsStamp) -> bytes:
    """Notes of the facts file with this stamp."""
    looks = notes.looks
    columns = (
        looks.keys.astype("<u8"),
        looks.half_pts.astype("<u4"),
        _once(looks.numbers).astype("<u2"),
        _once(looks.flags),
    )
    text = json.dumps(
        {
            "facts": stamp,
            "target_duration_s": notes.target_duration_s,
            "discontinuities": sorted(notes.discontinuities),
            "undecodable": sorted(notes.undecodable),
            "inits": {name: list(sizes) for name, sizes in notes.inits.items()},
            "encodings": looks.encodings,
            "rows": [len(column) for column in columns],
        },
        separators=(",", ":"),
    ).encode()
    text += b" " * (-(_HEAD_BYTES + len(text) + 1) % _ALIGNED_TO) + b"\n"
    body = text + b"".join(column.tobytes() for column in columns)
    return _head(body) + body


def decode_notes(content: bytes, stamp: FactsStamp) -> HourNotes | None:
    """The notes, if these are such, whole, and of the facts file with this stamp."""
    if content[:_HEAD_BYTES] != _head(memoryview(content)[_HEAD_BYTES:]):
        return None
    end = content.index(b"\n", _HEAD_BYTES)
    told = json.loads(content[_HEAD_BYTES:end])
    if FactsStamp(*told["facts"]) != stamp:
        return None
    return HourNotes(
        target_duration_s=told["target_duration_s"],
        discontinuities=frozenset(told["discontinuities"]),
        undecodable=frozenset(told["undecodable"]),
        inits={name: (init, whole) for name, (init, whole) in told["inits"].items()},
        looks=_looks(content, end + 1, told["rows"], [Encoding(*words) for words in told["encodings"]]),
    )


def _looks(content: bytes, at: int, rows: Sequence[int], encodings: Sequence[Encoding]) -> HourLooks:
    """The columns that begin there, as they lie."""
    sizes = [count * width for count, width in zip(rows, _WIDTHS, strict=True)]
    ends = accumulate(sizes, initial=at)
    keys, half_pts, numbers, flags = (memoryview(content)[a:b] for a, b in pairwise(ends))
    return HourLooks(
        keys=np.frombuffer(keys, dtype="<u8"),
        half_pts=np.frombuffer(half_pts, dtype="<u4"),
        numbers=np.broadcast_to(np.frombuffer(numbers, dtype="<u2"), rows[:1]),
        flags=np.broadcast_to(np.frombuffer(flags, dtype=np.uint8), rows[:1]),
        encodings=tuple(encodings),
    )


def _once(column: Column) -> Column:
    return column if column.strides[0] else column[:1]


def _head(body: bytes | memoryview) -> bytes:
    """The first line."""
    return _HEAD + hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest().encode() + b"\n"
