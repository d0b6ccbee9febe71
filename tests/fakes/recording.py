"""Recordings for tests: real MPEG-TS segments of the test stream, put into a real store as the recorder does it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.teststream.encoder import encode_segments
from longtake.core.facts import Dating, SegmentFacts, sniff_container
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US, parse_time, to_us

START = "2024-11-24T04:00:00Z"
SIZE = (320, 180)
FPS = 30


def at_us(text: str) -> int:
    """Microseconds of an ISO time."""
    return to_us(parse_time(text))


@cache
def media(start_us: int, count: int) -> tuple[bytes, ...]:
    """``count`` segments of 2 s, whose frame numbers say the time from ``start_us`` on."""
    first_frame = start_us * FPS // SECOND_US
    return tuple(encode_segments(first_frame, count, size=SIZE, fps=FPS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A segment and what is in it."""

    segment: Segment
    content: bytes


async def record(
    store: DiskStore,
    *,
    channel: str = "demo",
    quality: str = "source",
    start: str = START,
    count: int = 5,
    leave_out: Iterable[int] = (),
    types: dict[int, SegmentType] | None = None,
) -> list[Recorded]:
    """Fills a store with consecutive 2 s segments, but for the indices in ``leave_out``."""
    start_us = at_us(start)
    recorded = []
    async with store.open_writer(channel, quality, "capture") as writer:
        for index, content in enumerate(media(start_us, count)):
            if index in leave_out:
                continue
            incoming = writer.begin()
            await incoming.add(content)
            segment = await incoming.keep(
                partial(_settle, start_us + index * 2 * SECOND_US, (types or {}).get(index, SegmentType.FULL))
            )
            recorded.append(Recorded(segment=segment, content=content))
    return recorded


def _settle(
    start_us: int, type: SegmentType, content: memoryview, digest: bytes
) -> tuple[Segment, SegmentFacts]:
    segment = named_segment(start_us=start_us, duration_s=2.0, type=type, digest=digest)
    return segment, SegmentFacts(
        name=segment.name,
        size_bytes=len(content),
        container=sniff_container(bytes(content[:4096])),
        target_duration_s=2,
        dating=Dating.STATED,
        codecs="avc1.42c01f,mp4a.40.2",
        width=SIZE[0],
        height=SIZE[1],
        frame_rate=float(FPS),
        recorded_us=segment.end_us,
        verified_us=segment.end_us,
    )
