"""Which recordings a tombstone means besides the one name that it suppresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from longtake.core.errors import InvalidName
from longtake.core.names import SEGMENT_EXTENSION
from longtake.core.segments import Segment, SegmentType, parse_segment_name

SAME_START_US = 1000
"""Recordings of the same bytes that start this close are one: an older node takes no second one of them either."""
_HASH = slice(-43 - len(SEGMENT_EXTENSION), -len(SEGMENT_EXTENSION))

_Recording = tuple[int, SegmentType, bytes]
"""Duration, type and digest."""


def same_recordings(hour: str, suppressed: Iterable[str], visible: Iterable[str]) -> frozenset[str]:
    """The visible names that stand for the same recording as a suppressed one, or as one that does so, and so on.

    Both are names of segments (``.ts``) of one hour; odd ones among them match nothing. The same recording has the same duration,
    type and digest, and starts within ``SAME_START_US``. Takes no longer than sorting them, whatever a peer lists.
    """
    hashes = {hash_of(name): name for name in suppressed}
    alike = [name for name in visible if hash_of(name) in hashes]
    if not alike:
        return frozenset()
    wanted = set(map(hash_of, alike))
    groups: dict[_Recording, list[tuple[Segment, bool]]] = {}
    for is_suppressed, names in ((True, suppressed), (False, alike)):
        for segment in _read(hour, (name for name in names if hash_of(name) in wanted)):
            recording = (segment.duration_us, segment.type, segment.digest)
            groups.setdefault(recording, []).append((segment, is_suppressed))
    return frozenset(name for group in groups.values() for name in _drawn_in(group))


def hash_of(name: str) -> str:
    """The text of the hash in a segment's name: equal for equal content. Of an odd name it is anything."""
    return name[_HASH]


def _read(hour: str, names: Iterable[str]) -> Iterator[Segment]:
    for name in names:
        try:
            yield parse_segment_name(hour, name)
        except InvalidName:
            continue


def _drawn_in(group: list[tuple[Segment, bool]]) -> Iterator[str]:
    """The visible names of those runs, each start close to the next, in which something is suppressed."""
    for run in _runs(sorted(group, key=lambda one: one[0].start_us)):
        if any(is_suppressed for _, is_suppressed in run):
            yield from (segment.name for segment, is_suppressed in run if not is_suppressed)


def _runs(ordered: list[tuple[Segment, bool]]) -> Iterator[list[tuple[Segment, bool]]]:
    begin = 0
    for at, ((before, _), (after, _)) in enumerate(pairwise(ordered), 1):
        if after.start_us - before.start_us > SAME_START_US:
            yield ordered[begin:at]
            begin = at
    yield ordered[begin:]
