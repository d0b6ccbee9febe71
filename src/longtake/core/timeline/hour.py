"""One hour's part of the timeline, made once and kept while its files and those at its borders stay the same.

Nearly every hour is simple: its segments follow each other, give or take the source's jitter, and all of them are
chosen. That shows in a few comparisons of columns. The others go to ``core.choosing``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.choosing import BORDER_US, JITTER_US, LONGEST_US, Rival, choose_hour
from longtake.core.continuity import Edge, edges, torn_by_looks
from longtake.core.hour_entries import HourEntries
from longtake.core.hour_looks import STARTS_WITH_IDR, LookRows
from longtake.core.hour_notes import HourNotes
from longtake.core.listing import HourListing
from longtake.core.names import parse_hash
from longtake.core.segment_columns import Bytes, Integers, SegmentColumns
from longtake.core.segments import Segment
from longtake.core.timeline.model import JOIN_GAP_US, GapReason
from longtake.core.times import HOUR_US, hour_start_us

REASONS = (None, GapReason.SUSPECT, GapReason.PARTIAL, GapReason.UNDECODABLE)
"""By the codes in ``HourTimeline.doubts``, which begin with those of ``segment_columns.TYPES``: why a chosen segment is
a hole of its own kind, that has content."""
_UNDECODABLE = 3
_RANK_OF_DOUBT = (3, 2, 1, 0)
_HASH_TEXT = slice(-46, -3)
_BORDER_BYTES = 6000
_WEIGHT_BYTES = 1500
_ROW_BYTES = 8 + 4

Sizes = Mapping[str, int]
"""Bytes of files by ``Segment.path``; a missing one counts as 0."""
Border = tuple[str, frozenset[str]]
"""The names at an hour's border, and which of them are undecodable: of equal ones the same is chosen."""
_NO_BORDER: Border = ("", frozenset())


@dataclass(frozen=True, kw_only=True, eq=False)
class HourContent:
    """What is known of an hour: its names, and what facts say of them. Another object once anything of it changed."""

    listing: HourListing
    notes: HourNotes

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        return self.listing.weight_bytes + self.notes.weight_bytes + _BORDER_BYTES

    @cached_property
    def at_start(self) -> Integers:
        """Rows that matter to the hour before."""
        columns = self.listing.segments
        return np.flatnonzero(columns.starts_us < hour_start_us(columns.hour) + BORDER_US)

    @cached_property
    def at_end(self) -> Integers:
        """Rows that matter to the next hour."""
        columns = self.listing.segments
        return np.flatnonzero(columns.ends_us() > hour_start_us(columns.hour) + HOUR_US - BORDER_US)

    @cached_property
    def start_border(self) -> Border:
        """What the hour before depends on."""
        return self._border(self.at_start)

    @cached_property
    def end_border(self) -> Border:
        """What the next hour depends on."""
        return self._border(self.at_end)

    def _border(self, rows: Integers) -> Border:
        names = [self.listing.segments.name(row) for row in rows.tolist()]
        return "\n".join(names), self.notes.undecodable.intersection(names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class HourTimeline:
    """The chosen segments of an hour: a value with identity, as long as nothing that it depends on changes.

    ``rows`` are those of ``columns``, in order; ``starts_us``, ``ends_us`` and ``doubts`` (see ``REASONS``) go with
    them. Starts and ends rise strictly; no end is later than ``core.choosing`` believes. ``holes`` are the places i > 0
    before which something is missing, ``torn`` all places i > 0 where playing on needs a discontinuity: those, after a
    doubtful segment, where the source said so, and where looks do (``core.continuity``).
    """

    content: HourContent
    rows: NDArray[np.int32]
    starts_us: Integers
    ends_us: Integers
    doubts: Bytes
    holes: Integers
    torn: Integers
    edges: tuple[Edge, Edge]
    """What looks know of its beginning and its end, for the hours next to it."""
    entries: HourEntries
    """What playlists list of it: all that is media."""
    borders: tuple[Border, Border]
    """Of the neighbours."""

    def __len__(self) -> int:
        """How many segments."""
        return len(self.rows)

    @property
    def columns(self) -> SegmentColumns:
        """All segments of the hour, chosen or not."""
        return self.content.listing.segments

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory, without its content."""
        return _WEIGHT_BYTES + len(self.rows) * _ROW_BYTES

    def segments(self, first: int, last: int) -> Iterable[Segment]:
        """The chosen ones from place ``first`` up to, not including, ``last``, as values."""
        return (self.columns[row] for row in self.rows[first:last].tolist())

    def takes_all(self) -> bool:
        """Whether every segment of the hour is chosen."""
        return len(self.rows) == len(self.columns)


def still_holds(
    known: HourTimeline, own: HourContent, before: HourContent | None, after: HourContent | None
) -> bool:
    """Whether ``build_hour`` would make the same of these."""
    return known.content is own and known.borders == _borders(before, after)


def build_hour(
    own: HourContent, before: HourContent | None, after: HourContent | None, *, sizes: Sizes
) -> HourTimeline:
    """The hour's part of the timeline. ``before`` and ``after`` are the hours next to it, if there are such.

    ``sizes`` are those of the files that ``HourListing.ambiguous`` of the three names.
    """
    columns = own.listing.segments
    starts_us, ends_us, doubts = columns.starts_us, _believed_ends_us(columns), _doubts(own)
    if _is_simple(columns) and _is_clean(columns, before, after):
        rows = np.arange(len(columns), dtype=np.int32)
    else:
        rows = np.array(_chosen(own, before, after, sizes), dtype=np.int32)
        starts_us, ends_us, doubts = starts_us[rows], ends_us[rows], doubts[rows]
    holes = np.flatnonzero(starts_us[1:] - ends_us[:-1] > JOIN_GAP_US) + 1
    looks = own.notes.looks.of(columns, rows)
    torn = torn_by_looks(looks, starts_us, _torn(own, rows, holes, doubts))
    return HourTimeline(
        content=own,
        rows=rows,
        starts_us=starts_us,
        ends_us=ends_us,
        doubts=doubts,
        holes=holes,
        torn=np.flatnonzero(torn),
        edges=edges(looks, starts_us, torn),
        entries=_entries(own, rows, starts_us, ends_us, doubts, torn, looks),
        borders=_borders(before, after),
    )


def _borders(before: HourContent | None, after: HourContent | None) -> tuple[Border, Border]:
    return (
        _NO_BORDER if before is None else before.end_border,
        _NO_BORDER if after is None else after.start_border,
    )


def _torn(content: HourContent, rows: NDArray[np.int32], holes: Integers, doubts: Bytes) -> NDArray[np.bool_]:
    """At all places, without what looks say."""
    torn = np.zeros(len(rows), dtype=np.bool_)
    torn[holes] = True
    torn[1:] |= doubts[:-1] > 0
    if jumps := content.notes.discontinuities:
        names = content.listing.segments.names()
        torn |= np.array([names[row] in jumps for row in rows.tolist()], dtype=np.bool_)
    torn[:1] = False
    return torn


def _entries(
    content: HourContent,
    rows: NDArray[np.int32],
    starts_us: Integers,
    ends_us: Integers,
    doubts: Bytes,
    torn: NDArray[np.bool_],
    looks: LookRows,
) -> HourEntries:
    """What comes after something that is no media is torn, since that is doubtful."""
    flags = looks.flags
    if content.notes.undecodable:
        media = doubts != _UNDECODABLE
        rows, starts_us, ends_us = rows[media], starts_us[media], ends_us[media]
        torn, flags = torn[media], flags[media]
        torn[:1] = False
    return HourEntries(
        columns=content.listing.segments,
        rows=rows,
        starts_us=starts_us,
        ends_us=ends_us,
        torn=np.flatnonzero(torn),
        inits=content.notes.inits,
        independent=bool((flags & STARTS_WITH_IDR).all()) and len(rows) > 0,
    )


def _doubts(content: HourContent) -> Bytes:
    columns = content.listing.segments
    doubts = columns.codes
    if content.notes.undecodable:
        doubts = doubts.copy()
        bad = [row for row, name in enumerate(columns.names()) if name in content.notes.undecodable]
        doubts[bad] = _UNDECODABLE
    return doubts


def _is_simple(columns: SegmentColumns) -> bool:
    """Whether no two rival: each begins where the one before ends, give or take the jitter, or later.

    Segments that are hardly longer than the jitter are looked at closely.
    """
    if len(columns) == 0:
        return True
    starts_us, ends_us = columns.starts_us, columns.ends_us()
    return bool(
        (columns.durations_us >= 2 * JITTER_US).all()
        and (columns.durations_us <= LONGEST_US).all()
        and (np.diff(ends_us) > 0).all()
        and (starts_us[1:] >= ends_us[:-1] - JITTER_US).all()
    )


def _believed_ends_us(columns: SegmentColumns) -> Integers:
    return columns.starts_us + np.minimum(columns.durations_us, LONGEST_US)


def _is_clean(columns: SegmentColumns, before: HourContent | None, after: HourContent | None) -> bool:
    """Whether nothing of the neighbours reaches over into the hour, and nothing of it into the next."""
    return not (
        (before is not None and _reaches_over(before.listing.segments, columns))
        or (after is not None and _reaches_over(columns, after.listing.segments))
    )


def _reaches_over(left: SegmentColumns, right: SegmentColumns) -> bool:
    return bool(len(left) and len(right) and left.ends_us().max() - JITTER_US > right.starts_us[0])


def _chosen(
    own: HourContent, before: HourContent | None, after: HourContent | None, sizes: Sizes
) -> list[int]:
    rows = np.arange(len(own.listing.segments))
    return choose_hour(
        _rivals(own, rows, sizes),
        start_us=hour_start_us(own.listing.hour),
        tail=_rivals(before, before.at_end, sizes) if before is not None else (),
        head=_rivals(after, after.at_start, sizes) if after is not None else (),
    )


def _rivals(content: HourContent, rows: Integers, sizes: Sizes) -> list[Rival]:
    columns, doubts, ends_us = content.listing.segments, _doubts(content), content.listing.segments.ends_us()
    names = {row: columns.name(row) for row in rows.tolist()}
    return [
        Rival(
            start_us=int(columns.starts_us[row]),
            end_us=int(ends_us[row]),
            rank=_RANK_OF_DOUBT[doubts[row]],
            size_bytes=sizes.get(f"{columns.hour}/{name}", 0),
            digest=parse_hash(name[_HASH_TEXT]),
            name=name,
            index=row,
        )
        for row, name in names.items()
    ]
