"""The names in one hour folder, understood once: what is a segment, what is suppressed, what is odd."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from longtake.core.errors import InvalidName
from longtake.core.names import CHAT_EXTENSION, SEGMENT_EXTENSION, TOMBSTONE_EXTENSION, stem
from longtake.core.segments import Segment, SegmentType, parse_segment_name
from longtake.core.times import hour_start_us


@dataclass(frozen=True, slots=True, kw_only=True)
class HourListing:
    """One hour of one quality; ``segments`` are sorted by (start, name), TEMP left out.

    ``names`` are what a peer is shown: visible ``.ts`` and ``.json`` names without a tombstone. ``skipped`` counts
    names that end in ``.ts`` and are no segment; one bad name never spoils its hour.
    """

    hour: str
    names: tuple[str, ...]
    tombstones: tuple[str, ...]
    segments: tuple[Segment, ...]
    skipped: int

    def ambiguous(self) -> frozenset[str]:
        """Paths (``HOUR/NAME``) among which the file size decides: same start, same type, same duration."""
        groups: dict[tuple[int, SegmentType, int], list[str]] = {}
        for segment in self.segments:
            groups.setdefault((segment.start_us, segment.type, segment.duration_us), []).append(segment.path)
        return frozenset(path for paths in groups.values() if len(paths) > 1 for path in paths)


def read_listing(hour: str, names: Iterable[str]) -> HourListing:
    """Sorts out the file names of one hour folder. Raises InvalidTime if ``hour`` is no hour."""
    hour_start_us(hour)
    present = [name for name in names if not name.startswith(".")]
    tombstones = tuple(sorted(name for name in present if name.endswith(TOMBSTONE_EXTENSION)))
    suppressed = {stem(name) for name in tombstones}
    visible = tuple(
        sorted(
            name
            for name in present
            if name.endswith((SEGMENT_EXTENSION, CHAT_EXTENSION)) and stem(name) not in suppressed
        )
    )
    segments = []
    skipped = 0
    for name in visible:
        if not name.endswith(SEGMENT_EXTENSION):
            continue
        try:
            segment = parse_segment_name(hour, name)
        except InvalidName:
            skipped += 1
            continue
        if segment.type is not SegmentType.TEMP:
            segments.append(segment)
    segments.sort(key=lambda segment: (segment.start_us, segment.name))
    return HourListing(
        hour=hour, names=visible, tombstones=tombstones, segments=tuple(segments), skipped=skipped
    )
