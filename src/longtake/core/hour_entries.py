"""What a playlist lists of an hour: the one form that hours of the timeline and hours of the ledger have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from longtake.core.segment_columns import Integers, SegmentColumns

_FINGERPRINT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class HourEntries:
    """Rows of columns, in order: an immutable value with identity, so that what is made of it can be kept.

    ``starts_us`` and ``ends_us`` go with ``rows``. ``torn``: the places i > 0 where playing on needs a discontinuity.
    ``inits``, by name: bytes of the init section at the head of a file, and of the whole file. ``independent``: each is
    known to begin with a picture that needs no other.
    """

    columns: SegmentColumns
    rows: NDArray[np.int32]
    starts_us: Integers
    ends_us: Integers
    torn: Integers
    inits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    independent: bool = False

    @classmethod
    def none(cls, hour: str) -> Self:
        """Of an hour of which nothing is listed."""
        nothing = np.empty(0, dtype=np.int64)
        columns = SegmentColumns(hour, (), nothing, nothing, np.empty(0, dtype=np.uint8))
        rows = np.empty(0, dtype=np.int32)
        return cls(columns=columns, rows=rows, starts_us=nothing, ends_us=nothing, torn=nothing)

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)

    def takes_all(self) -> bool:
        """Whether every segment of the columns is listed."""
        return len(self.rows) == len(self.columns)

    def fingerprint(self) -> bytes:
        """Another one for other content, whichever process asks."""
        digest = hashlib.blake2b(self.columns.hour.encode(), digest_size=_FINGERPRINT_BYTES)
        digest.update(self.columns.text.encode())
        if not self.takes_all():
            digest.update(self.rows.tobytes())
        if self.inits:
            digest.update(repr(sorted(self.inits.items())).encode())
        return digest.digest()
