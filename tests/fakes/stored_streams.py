"""Streams in a store in memory, which counts what is read of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tests.fakes.memory_store import MemoryStore
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.segments import Segment, SegmentType, named_segment


class CountingStore(MemoryStore):
    """Remembers the segments that were read, and those of which the head was."""

    def __init__(self) -> None:
        super().__init__()
        self.read_whole: list[Segment] = []
        self.read_heads: list[Segment] = []

    async def read(self, channel: str, quality: str, segment: Segment) -> bytes:
        """See ``SegmentStore``."""
        self.read_whole.append(segment)
        return await super().read(channel, quality, segment)

    async def read_head(self, channel: str, quality: str, segment: Segment, size_bytes: int) -> bytes:
        """See ``SegmentStore``."""
        self.read_heads.append(segment)
        return await super().read_head(channel, quality, segment, size_bytes)


def put(store: MemoryStore, content: bytes, *, start_us: int, duration_s: float = 2.0) -> Segment:
    """A segment of demo/source."""
    segment = named_segment(
        start_us=start_us,
        duration_s=duration_s,
        type=SegmentType.FULL,
        digest=hashlib.sha256(content).digest(),
    )
    store.disk.put("demo", "source", segment.hour, segment.name, content)
    return segment


def damage(store: MemoryStore, segment: Segment, content: bytes) -> None:
    """Puts something else under the name of a segment."""
    store.disk.put("demo", "source", segment.hour, segment.name, content)


def put_stream(
    store: MemoryStore, stream: ToneStream, start_us: int, *, jitter_us: Sequence[int] = ()
) -> list[Segment]:
    """All segments of a stream whose first frame shows at ``start_us``; ``jitter_us`` are the errors of their names."""
    return [
        put(
            store,
            content,
            start_us=stream.time_us(at * stream.segment_frames, start_us)
            + (jitter_us[at] if at < len(jitter_us) else 0),
            duration_s=round(float(stream.segment_frames / stream.rate), 6),
        )
        for at, content in enumerate(made(stream))
    ]
