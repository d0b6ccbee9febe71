"""What is inside segments: which pictures they have, and when these show. Looked up once, kept while it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from longtake.adapters.store.interface import SegmentStore
from longtake.core.cutting import Unread
from longtake.core.errors import Corrupt, NotFound, NotUnderstood
from longtake.core.facts import Container, SegmentFacts, sniff_container
from longtake.core.frames import FrameClock, Stamp, frame_clock, minute_start_us
from longtake.core.mpegts.scan import first_picture_pts, index_segment
from longtake.core.segment_index import SegmentIndex
from longtake.core.segments import Segment
from longtake.kit.recent import Recent

_HEAD_BYTES = 48 * 1024
"""The tables and the header of the first picture are among these, or nearly always: else all is read."""
_SNIFFED_BYTES = 4096
_KEPT_INDEXES = 2_000
_KEPT_STAMPS = 20_000

Planned = TypeVar("Planned")


class Insides:
    """Of all segments of a store. A segment's content never changes, so nothing that is kept goes stale."""

    def __init__(
        self, store: SegmentStore, *, kept_indexes: int = _KEPT_INDEXES, kept_stamps: int = _KEPT_STAMPS
    ) -> None:
        self._store = store
        self._indexes: Recent[tuple[str, str, str], SegmentIndex] = Recent(kept_indexes)
        self._first_pts: Recent[tuple[str, str, str], int] = Recent(kept_stamps)

    async def index(self, channel: str, quality: str, segment: Segment) -> SegmentIndex:
        """Its pictures. Raises NotFound, Corrupt, NotUnderstood, StoreUnavailable."""
        key = (channel, quality, segment.path)
        index = self._indexes.get(key)
        if index is None:
            content = await self._store.read(channel, quality, segment)
            index = await asyncio.to_thread(_index, segment, content)
            self._indexes.put(key, index)
            self._first_pts.put(key, index.first_pts)
        return index

    async def clock(
        self, channel: str, quality: str, segment: Segment, among: Sequence[Segment]
    ) -> FrameClock:
        """When its pictures show. ``among`` are the segments of the timeline, from the minute of ``segment`` at least.

        Those of several timelines may stand behind each other: each counts once, in the order of time.

        Raises NotFound, Corrupt, NotUnderstood, StoreUnavailable.
        """
        index = await self.index(channel, quality, segment)
        minute_us = minute_start_us(segment.start_us)
        earlier = {other.start_us: other for other in among if minute_us <= other.start_us < segment.start_us}
        await self._know_first_pts(channel, quality, earlier.values())
        heads = await asyncio.gather(
            *(self._stamp(channel, quality, earlier[start_us]) for start_us in sorted(earlier))
        )
        stamps = [stamp for stamp in heads if stamp is not None]
        own = Stamp(start_us=segment.start_us, first_pts=index.first_pts)
        return frame_clock([*stamps, own], frame_ticks=index.frame_ticks)

    async def _know_first_pts(self, channel: str, quality: str, segments: Iterable[Segment]) -> None:
        """As far as facts have them; the others are looked up one by one."""
        unknown = [
            segment for segment in segments if self._first_pts.get((channel, quality, segment.path)) is None
        ]
        if not unknown:
            return
        known = await self._store.facts(channel, quality, {segment.hour for segment in unknown})
        for segment in unknown:
            facts = known.get(segment.name)
            if facts is not None and facts.first_pts is not None and _tells_of_pictures(facts):
                self._first_pts.put((channel, quality, segment.path), facts.first_pts)

    async def _stamp(self, channel: str, quality: str, segment: Segment) -> Stamp | None:
        """None for what is not understood, or not there any more: a run is judged by the others."""
        key = (channel, quality, segment.path)
        first_pts = self._first_pts.get(key)
        if first_pts is None:
            try:
                head = await self._store.read_head(channel, quality, segment, _HEAD_BYTES)
                first_pts = first_picture_pts(head)
                if first_pts is None:
                    first_pts = (await self.index(channel, quality, segment)).first_pts
            except (NotUnderstood, NotFound, Corrupt):
                return None
            self._first_pts.put(key, first_pts)
        return Stamp(start_us=segment.start_us, first_pts=first_pts)

    async def plan(
        self,
        channel: str,
        quality: str,
        among: Sequence[Segment],
        make: Callable[[Known], Planned],
    ) -> Planned:
        """What ``make`` plans, once it was given all that it asked for. Raises what it raises, and like ``clock``."""
        known = Known()
        while True:
            try:
                return make(known)
            except Unread as asked:
                segment = asked.segment
            known.indexes[segment.path] = await self.index(channel, quality, segment)
            known.clocks[segment.path] = await self.clock(channel, quality, segment, among)


class Known:
    """``KnownSegments`` of what was looked up so far."""

    def __init__(self) -> None:
        self.indexes: dict[str, SegmentIndex] = {}
        self.clocks: dict[str, FrameClock] = {}

    def index(self, segment: Segment) -> SegmentIndex:
        """Its pictures."""
        if segment.path not in self.indexes:
            raise Unread(segment)
        return self.indexes[segment.path]

    def clock(self, segment: Segment) -> FrameClock:
        """When they show."""
        if segment.path not in self.clocks:
            raise Unread(segment)
        return self.clocks[segment.path]


def _tells_of_pictures(facts: SegmentFacts) -> bool:
    """Whether its first PTS is what ``index_segment`` would find: not that of sound alone, and nothing is odd."""
    whole = facts.looked is not None and facts.doubt is None
    return whole and facts.container is Container.MPEG_TS and facts.starts_with_idr is not None


def _index(segment: Segment, content: bytes) -> SegmentIndex:
    if sniff_container(content[:_SNIFFED_BYTES]) is Container.FMP4:
        raise NotUnderstood(
            f"segment {segment.path} is fragmented MP4, in which single frames are not found yet: it plays, and can be"
            " cut by whole segments (type=rough, --kind rough)"
        )
    try:
        return index_segment(content)
    except NotUnderstood as error:
        raise NotUnderstood(f"segment {segment.path}: {error}") from error
