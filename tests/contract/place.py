"""Where the suites find their stores, and short ways to fill them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from longtake.adapters.store.interface import SegmentStore, SegmentWriter
from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.facts import SegmentFacts
from longtake.core.names import hash_text
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import HOUR_US, parse_time, to_us

HOUR = "2024-11-09T23"
HOUR_START_US = to_us(parse_time("2024-11-09T23:00:00Z"))
START_US = to_us(parse_time("2024-11-09T23:10:00Z"))
BIG = 9 << 20
"""More than ``DiskStore`` gathers before it writes."""


class Place(Protocol):
    """Where stores are opened, and where somebody else (an operator, an older node) leaves files."""

    def open(self) -> SegmentStore:
        """A new store object on what is stored here."""
        ...

    def put(self, channel: str, quality: str, hour: str, name: str, content: bytes = b"") -> None:
        """Leaves a file, replacing what had the name."""
        ...

    def in_flight(self) -> int:
        """How many unfinished segments take up room."""
        ...


def settled(
    content: memoryview,
    digest: bytes,
    *,
    start_us: int = START_US,
    duration_s: float = 2.0,
    type: SegmentType = SegmentType.FULL,
) -> tuple[Segment, SegmentFacts]:
    segment = named_segment(start_us=start_us, duration_s=duration_s, type=type, digest=digest)
    return segment, SegmentFacts(name=segment.name, size_bytes=len(content))


async def keep(
    writer: SegmentWriter,
    *chunks: bytes,
    start_us: int = START_US,
    duration_s: float = 2.0,
    type: SegmentType = SegmentType.FULL,
) -> Segment:
    incoming = writer.begin()
    for chunk in chunks:
        await incoming.add(chunk)
    return await incoming.keep(partial(settled, start_us=start_us, duration_s=duration_s, type=type))


async def keep_one(
    store: SegmentStore,
    content: bytes = b"x",
    *,
    channel: str = "demo",
    quality: str = "source",
    start_us: int = START_US,
    type: SegmentType = SegmentType.FULL,
) -> Segment:
    async with store.open_writer(channel, quality, "capture") as writer:
        return await keep(writer, content, start_us=start_us, type=type)


@asynccontextmanager
async def writing(store: SegmentStore) -> AsyncIterator[SegmentWriter]:
    async with store.open_writer("demo", "source", "capture") as writer:
        yield writer


async def enter(store: SegmentStore, channel: str, quality: str, purpose: str) -> None:
    async with store.open_writer(channel, quality, purpose):
        pass


async def entries(
    store: SegmentStore, quality: str = "source", *, now_us: int | None = None, start_us: int = HOUR_START_US
) -> list[tuple[int, int, str]]:
    """(MEDIA-SEQUENCE, discontinuity number, name) of all that viewers were shown from ``start_us`` on."""
    now_us = START_US + HOUR_US if now_us is None else now_us
    shown = await store.shown("demo", quality, now_us=now_us, start_us=start_us)
    return [
        (hour.head.sequence + place, hour.number_at(place), name)
        for hour in shown.hours
        for place, name in enumerate(hour.entries.columns.names())
    ]


A_SEGMENT = named_segment(start_us=START_US, duration_s=2.0, type=SegmentType.FULL, digest=bytes(32))


def renamed(
    segment: Segment, *, later_us: int = 1000, type: SegmentType = SegmentType.FULL, duration_s: float = 2.0
) -> Segment:
    """The same content, as another node recorded it."""
    return named_segment(
        start_us=segment.start_us + later_us, duration_s=duration_s, type=type, digest=segment.digest
    )


def a_batch(content: bytes, *, clock: str = "10:00", hour: str = HOUR) -> ChatBatch:
    return parse_chat_name(hour, f"{clock}-{hash_text(hashlib.sha256(content).digest())}.json")
