"""A recorder at work on a real origin, real HTTP and real files, for tests to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry
from tests.fakes.faster_clock import FasterClock

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import source_at
from longtake.adapters.store.disk import DiskStore
from longtake.core.segments import Segment
from longtake.kit.tasks import Haste
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport, RecorderState


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A recorder at work, and what it works on."""

    store: DiskStore
    report: RecorderReport
    gate: DiskGate
    haste: Haste
    task: asyncio.Task[None]

    async def segments(self) -> list[Segment]:
        hours = await self.store.hours("demo", "source")
        listings = [await self.store.listing("demo", "source", hour) for hour in hours]
        return [segment for listing in listings for segment in listing.segments]

    async def contents(self) -> list[bytes]:
        root = self.store.layout.root / "demo" / "source"
        return [(root / segment.path).read_bytes() for segment in await self.segments()]

    async def until(self, condition: Callable[[list[Segment]], bool]) -> list[Segment]:
        """Waits for what must happen; the deadline is for failing, not for waiting."""
        async with asyncio.timeout(20):
            while not condition(found := await self.segments()):
                await asyncio.sleep(0.02)
        return found

    async def until_state(self, state: RecorderState) -> None:
        async with asyncio.timeout(20):
            while self.report.state is not state:
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """At once: what is in flight has no time to arrive."""
        self.haste.hurry()
        await self.stop_in_order()

    async def stop_in_order(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@asynccontextmanager
async def recording(url: str, folder: Path) -> AsyncIterator[Bench]:
    clock = FasterClock(times=8)
    store = DiskStore(folder)
    report = RecorderReport("demo", "source", clock, CaptureMetrics(CollectorRegistry()))
    gate, haste = DiskGate(), Haste()
    async with HttpClient() as client:
        recorder = Recorder(
            "demo",
            "source",
            ChannelLookup(source_at(url, client), clock),
            store=store,
            client=client,
            clock=clock,
            report=report,
            gate=gate,
            haste=haste,
        )
        bench = Bench(
            store=store, report=report, gate=gate, haste=haste, task=asyncio.create_task(recorder.run())
        )
        try:
            yield bench
        finally:
            await bench.stop()
            store.close()


def count(wanted: int) -> Callable[[list[Segment]], bool]:
    return lambda segments: len(segments) >= wanted
