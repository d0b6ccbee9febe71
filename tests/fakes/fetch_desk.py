"""A fetcher at work on real HTTP and real files, for tests to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry
from structlog import get_logger
from tests.fakes.failing_disk import WatchedDisk
from tests.fakes.hls_origin import HlsOrigin, Trouble
from tests.fakes.recording import START, at_us

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import Limits
from longtake.adapters.sources.interface import Located
from longtake.adapters.store.disk import DiskStore
from longtake.core.facts import Dating, SegmentFacts
from longtake.core.hls.model import ByteRange, InitSection, Key
from longtake.core.live import SegmentFetch
from longtake.core.segments import Segment, SegmentType
from longtake.kit.clock import SystemClock
from longtake.kit.slots import PrioritySlots
from longtake.kit.tasks import Haste
from longtake.services.capture.fetching import SegmentFetcher
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.job import Urgency
from longtake.services.capture.report import CaptureMetrics, RecorderReport

LOCATED = Located(url="unused", codecs="avc1.4d401f", width=1, height=1, frame_rate=1.0)


class HurriedClock(SystemClock):
    """What the fetcher waits for by itself takes a tenth of the time. The limits of requests are the event loop's."""

    def monotonic_s(self) -> float:
        return super().monotonic_s() * 10

    async def sleep(self, delay_s: float) -> None:
        await super().sleep(delay_s / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A fetcher at work, and what it works on."""

    fetcher: SegmentFetcher
    store: DiskStore
    origin: HlsOrigin
    report: RecorderReport
    gate: DiskGate
    registry: CollectorRegistry

    def want(
        self,
        *numbers: int,
        urgency: Urgency = Urgency.LIVE,
        target_s: int = 2,
        epoch: tuple[int, int] = (0, 0),
        key: Key | None = None,
        init: InitSection | None = None,
        byte_range: ByteRange | None = None,
    ) -> None:
        for number in numbers:
            wanted = SegmentFetch(
                uri=f"http://127.0.0.1:{self.origin.port}/{number}.ts?token=SECRET",
                sequence=number,
                start_us=at_us(START) + number * 2_000_000,
                duration_s=2.0,
                dating=Dating.STATED,
                target_duration_s=target_s,
                epoch=epoch,
                key=key,
                init=init,
                byte_range=byte_range,
            )
            self.fetcher.start(wanted, LOCATED, urgency)

    async def segments(self) -> list[Segment]:
        hours = await self.store.hours("demo", "source")
        listings = [await self.store.listing("demo", "source", hour) for hour in hours]
        return [segment for listing in listings for segment in listing.segments]

    async def kinds(self, number: int) -> list[SegmentType]:
        start_us = at_us(START) + number * 2_000_000
        return [segment.type for segment in await self.segments() if segment.start_us == start_us]

    async def until_full(self, *numbers: int, within_s: float = 20) -> None:
        async def all_there() -> bool:
            return all([SegmentType.FULL in await self.kinds(number) for number in numbers])

        await until(all_there, within_s)

    async def facts(self, segment: Segment) -> SegmentFacts:
        return (await self.store.facts("demo", "source", [segment.hour]))[segment.name]

    async def content(self, segment: Segment) -> bytes:
        return await self.store.read("demo", "source", segment)


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 20) -> None:
    """Waits for what must happen; the deadline is for failing, not for waiting."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def fetching(
    folder: Path,
    *,
    disk: WatchedDisk | None = None,
    haste: Haste | None = None,
    limits: Limits | None = None,
    clock: SystemClock | None = None,
    always: Trouble | None = None,
    places: PrioritySlots | None = None,
    **troubles: list[Trouble],
) -> AsyncIterator[Desk]:
    """Troubles are named after the segment's number: ``n1`` is that of 1."""
    clock, gate, registry = clock or SystemClock(), DiskGate(), CollectorRegistry()
    report = RecorderReport("demo", "source", clock, CaptureMetrics(registry))
    store = DiskStore(folder) if disk is None else DiskStore(folder, ops=disk)
    origin = HlsOrigin(troubles={name[1:]: list(each) for name, each in troubles.items()}, always=always)
    origin.publish(30)
    async with (
        origin,
        HttpClient() as client,
        store.open_writer("demo", "source", "capture") as writer,
    ):
        fetcher = SegmentFetcher(
            client, writer, report, clock, gate, get_logger(), haste, limits or Limits(), places=places
        )
        desk = Desk(fetcher=fetcher, store=store, origin=origin, report=report, gate=gate, registry=registry)
        try:
            yield desk
        finally:
            await fetcher.stop(grace_s=0)
            store.close()
