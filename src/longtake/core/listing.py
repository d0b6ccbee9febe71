"""The names in one hour folder, understood once: what is a segment, what is suppressed, what is odd."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from longtake.core.names import CHAT_EXTENSION, SEGMENT_EXTENSION, TOMBSTONE_EXTENSION, is_part, stem
from longtake.core.segment_columns import Integers, SegmentColumns, read_columns
from longtake.core.segments import SegmentType

_TEMP = re.compile(rf"[^-]*-[^-]*-{SegmentType.TEMP}-")
_NO_ROWS: Integers = np.empty(0, dtype=np.int64)
_OLDER_NODES_COUNT_TO_S = 86_000_000_000_000
"""A thousand million days, nearly."""
_WEIGHT_BYTES = 500
_NAME_BYTES = 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class HourListing:
    """One hour of one quality, an immutable value with identity: who keeps what he made of it may compare by ``is``.

    ``segments`` are sorted by (start, name), without TEMP and what a tombstone suppresses. ``others`` are the further
    names that a peer is shown: chat batches, older nodes' files in flight, and names that end in ``.ts`` and are no
    segment, ``skipped`` of them; one bad name never spoils its hour. Names that nobody could ask for (control
    characters, no Unicode), or that end an older node's work (an infinite duration), are in neither; they count as skipped too.
    """

    hour: str
    segments: SegmentColumns
    others: tuple[str, ...]
    tombstones: tuple[str, ...]
    skipped: int

    @property
    def names(self) -> tuple[str, ...]:
        """What a peer is shown: visible ``.ts`` and ``.json`` names without a tombstone; sorted."""
        names = self.segments.names()
        return tuple(sorted((*names, *self.others)) if self.others else names)

    @property
    def acknowledged(self) -> tuple[str, ...]:
        """Names that stand for content as it will stay, and tombstones; sorted. Files in flight and odd names do not count."""
        chat = [name for name in self.others if name.endswith(CHAT_EXTENSION)]
        return tuple(sorted((*self.segments.names(), *chat, *self.tombstones)))

    def ambiguous(self) -> frozenset[str]:
        """Paths (``HOUR/NAME``) among which the file size decides: same start, same type, same duration."""
        groups: dict[tuple[int, int, str], list[str]] = {}
        columns = self.segments
        for row in _shared_starts(columns).tolist():
            claim = (int(columns.starts_us[row]), int(columns.durations_us[row]), columns.type(row))
            groups.setdefault(claim, []).append(f"{self.hour}/{columns.name(row)}")
        return frozenset(path for paths in groups.values() if len(paths) > 1 for path in paths)

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        others = len(self.others) + len(self.tombstones)
        return _WEIGHT_BYTES + self.segments.weight_bytes + others * _NAME_BYTES


def read_listing(hour: str, names: Iterable[str], before: HourListing | None = None) -> HourListing:
    """Sorts out the file names of one hour folder. Raises InvalidTime if ``hour`` is no hour.

    ``before`` itself comes back if it says the same of the same hour.
    """
    present = list(names)
    videos = [name for name in present if name[-3:] == SEGMENT_EXTENSION and name[:1] != "."]
    chat: list[str] = []
    tombstones: list[str] = []
    if len(videos) < len(present):
        tombstones, suppressed = _tombstones(present)
        videos = [name for name in videos if stem(name) not in suppressed]
        chat = [
            name
            for name in present
            if name.endswith(CHAT_EXTENSION) and name[0] != "." and stem(name) not in suppressed
        ]
    segments, odd = _columns(hour, sorted(videos), before)
    listing = HourListing(
        hour=hour,
        segments=segments,
        others=tuple(
            sorted(name for name in (*odd, *chat) if is_part(name) and not _stops_older_nodes(name))
        ),
        tombstones=tuple(tombstones),
        skipped=sum(not _TEMP.match(name) for name in odd),
    )
    return before if before is not None and _equal(before, listing) else listing


def _stops_older_nodes(name: str) -> bool:
    """Whether an older node that is shown the name gives up on the whole listing: its duration is beyond what it can count.

    Names that are odd in any other way it passes over.
    """
    fields = name.split("-", 3)
    try:
        return len(fields) > 1 and float(fields[1]) > _OLDER_NODES_COUNT_TO_S
    except ValueError:
        return False


def _columns(hour: str, videos: list[str], before: HourListing | None) -> tuple[SegmentColumns, list[str]]:
    """Those of before, if the names are the same and none is odd: a listing that is made to be sure is mostly that."""
    if before is not None and before.hour == hour and before.segments.text == "\n".join(videos):
        return before.segments, []
    return read_columns(hour, videos)


def _tombstones(names: Iterable[str]) -> tuple[list[str], set[str]]:
    """Their names, sorted, and the stems that they suppress."""
    found = [name for name in names if name.endswith(TOMBSTONE_EXTENSION) and name[0] != "."]
    return sorted(filter(is_part, found)), {stem(name) for name in found}


def _shared_starts(columns: SegmentColumns) -> Integers:
    """Rows that start when a neighbour does."""
    same = np.diff(columns.starts_us) == 0
    return np.flatnonzero(np.append(same, False) | np.append(False, same)) if same.any() else _NO_ROWS


def _equal(left: HourListing, right: HourListing) -> bool:
    return (
        left.hour == right.hour
        and left.segments.text == right.segments.text
        and left.others == right.others
        and left.tombstones == right.tombstones
        and left.skipped == right.skipped
    )
