"""When the frames of a recording show, for pages that mark them."""

from __future__ import annotations

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import Corrupt, NotFound, NotUnderstood
from longtake.core.frames import SegmentFrames, minute_start_us, segment_frames
from longtake.core.segments import Segment
from longtake.services.cutting.cutter import LOOK_BACK_US
from longtake.services.cutting.insides import Insides


class StoredFrameTimes:
    """Of one store."""

    def __init__(self, store: SegmentStore, insides: Insides) -> None:
        self._store = store
        self._insides = insides

    async def frame_times(
        self, channel: str, quality: str, *, start_us: int, end_us: int
    ) -> list[SegmentFrames]:
        """Of every segment that the range touches, in order. Raises InvalidName, StoreUnavailable."""
        begin_us = max(0, minute_start_us(start_us - LOOK_BACK_US))
        timeline = await self._store.timeline(channel, quality, start_us=begin_us, end_us=end_us)
        return [
            await self._of(channel, quality, segment, timeline.segments)
            for segment in timeline.segments
            if segment.end_us > start_us
        ]

    async def _of(
        self, channel: str, quality: str, segment: Segment, among: tuple[Segment, ...]
    ) -> SegmentFrames:
        try:
            index = await self._insides.index(channel, quality, segment)
            clock = await self._insides.clock(channel, quality, segment, among)
        except (NotUnderstood, NotFound, Corrupt):
            return SegmentFrames(path=segment.path, start_us=None, frame_us=0, offsets_us=())
        return segment_frames(segment.path, index, clock)
