"""What facts say of the entries of an hour, kept as columns: how big their files are, and how they are coded.

Looking up 1,800 facts takes a millisecond, and reading them from disk fifteen; from this, any part of the hour is told
in microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from longtake.core.bit_rates import NOT_KNOWN
from longtake.core.facts import SegmentFacts
from longtake.core.hour_entries import HourEntries
from longtake.core.segment_columns import Integers
from longtake.core.times import SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a file is coded, as far as that is known. ``codecs`` as in facts: RFC 6381, with commas."""

    codecs: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None


_UNKNOWN = Format()
_BIGGEST_BYTES = 1 << 40
_LONGEST_TARGET_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Entries of a playlist that follow each other. ``formats``: each once, in the order of time.

    ``sizes_bytes`` are NOT_KNOWN where no facts are. ``target_s``: the greatest target duration that the source stated, and at
    least each duration, rounded (RFC 8216 4.3.3.1).
    """

    durations_us: Integers
    sizes_bytes: Integers
    formats: tuple[Format, ...]
    target_s: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredHour:
    """``format_at``: of each entry the place of its format in ``formats``. ``stated_s``: the source's target duration, or 0."""

    durations_us: Integers
    sizes_bytes: Integers
    formats: tuple[Format, ...]
    format_at: Integers
    stated_s: int

    def part(self, first: int, last: int) -> Measured:
        """The entries [first, last)."""
        durations_us = self.durations_us[first:last]
        places, seen_first = np.unique(self.format_at[first:last], return_index=True)
        formats = (self.formats[place] for place in places[np.argsort(seen_first)].tolist())
        return Measured(
            durations_us=durations_us,
            sizes_bytes=self.sizes_bytes[first:last],
            formats=tuple(one for one in formats if one != _UNKNOWN),
            target_s=max(self.stated_s, _rounded_s(durations_us)),
        )


def measured_hour(entries: HourEntries, facts: Mapping[str, SegmentFacts]) -> MeasuredHour:
    """All entries of an hour. ``facts`` by name of a segment, those of others included."""
    columns = entries.columns
    names = columns.names()
    found = [facts.get(names[row]) for row in entries.rows.tolist()]
    places: dict[Format, int] = {}
    format_at = [places.setdefault(_format(one), len(places)) for one in found]
    sizes_bytes = [NOT_KNOWN if one is None else _size_bytes(one) for one in found]
    return MeasuredHour(
        durations_us=columns.durations_us[entries.rows],
        sizes_bytes=np.array(sizes_bytes, dtype=np.int64),
        formats=tuple(places),
        format_at=np.array(format_at, dtype=np.int64),
        stated_s=max((_stated_s(one) for one in found if one is not None), default=0),
    )


def in_a_row(parts: Sequence[Measured]) -> Measured:
    """As one; each goes on where the one before ends."""
    formats = dict.fromkeys(one for part in parts for one in part.formats)
    nothing = np.empty(0, dtype=np.int64)
    return Measured(
        durations_us=np.concatenate([nothing, *(part.durations_us for part in parts)]),
        sizes_bytes=np.concatenate([nothing, *(part.sizes_bytes for part in parts)]),
        formats=tuple(formats),
        target_s=max((part.target_s for part in parts), default=0),
    )


def _format(facts: SegmentFacts | None) -> Format:
    if facts is None:
        return _UNKNOWN
    return Format(codecs=facts.codecs, width=facts.width, height=facts.height, frame_rate=facts.frame_rate)


def _size_bytes(facts: SegmentFacts) -> int:
    """Facts are lines of text: what makes no sense is not known."""
    return facts.size_bytes if 0 < facts.size_bytes <= _BIGGEST_BYTES else NOT_KNOWN


def _stated_s(facts: SegmentFacts) -> int:
    stated_s = facts.target_duration_s or 0
    return stated_s if stated_s <= _LONGEST_TARGET_S else 0


def _rounded_s(durations_us: Integers) -> int:
    """The longest, to the nearest second."""
    return int(durations_us.max() / SECOND_US + 0.5) if len(durations_us) else 0
