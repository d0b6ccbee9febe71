"""A recorder at work on a scripted origin, and what it said meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from tests.fakes.faster_clock import FasterClock
from tests.fakes.hls_origin.scripted import Entry, ScriptedOrigin

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import source_at
from longtake.adapters.store.disk import DiskStore
from longtake.core.live import LivePolicy
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import SECOND_US
from longtake.kit.tasks import Haste
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport, RecorderState

_DEADLINE_S = 20
"""For failing, not for waiting."""


class SteppingClock(FasterClock):
    """The wall clock may be set while all runs."""

    def __init__(self, times: float) -> None:
        super().__init__(times)
        self._off_us = 0

    def now_us(self) -> int:
        """See ``Clock``."""
        return super().now_us() + self._off_us

    def step(self, by_s: float) -> None:
        """As an operator, or NTP, does."""
        self._off_us += round(by_s * SECOND_US)


class RememberingReport(RecorderReport):
    """All states that were entered, and all words."""

    def __init__(self, quality: str, clock: FasterClock, metrics: CaptureMetrics) -> None:
        super().__init__("demo", quality, clock, metrics)
        self.states: list[RecorderState] = []
        self.words: list[str] = []

    def enter(self, state: RecorderState, message: str | None = None) -> bool:
        """See ``RecorderReport``."""
        self.states.append(state)
        self.words.append(message or "")
        return super().enter(state, message)


@dataclass(kw_only=True)
class Options:
    """What an operator may set, and how fast time goes."""

    url: str | None = None
    quality: str = "source"
    policy: LivePolicy = field(default_factory=LivePolicy)
    renew_after_s: float | None = None
    history: int = 0
    times: float = 8.0


@dataclass(kw_only=True)
class Stage:
    """Recorder, origin and disk. ``folder`` is the store's."""

    origin: ScriptedOrigin
    folder: Path
    client: HttpClient
    recorders: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    reports: dict[str, RememberingReport] = field(default_factory=dict)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.store = DiskStore(self.folder)
        self.metrics = CaptureMetrics(self.registry)
        self.options = Options()
        self.clock = SteppingClock(self.options.times)
        self.haste = Haste()
        self._lookup: ChannelLookup | None = None

    @property
    def report(self) -> RememberingReport:
        """Of the quality that the row is about."""
        return self.reports[self.options.quality]

    def record(self, **options: object) -> None:
        """Starts the recorder."""
        self.options = Options(**options)  # type: ignore[arg-type]
        self.clock = SteppingClock(self.options.times)
        self._lookup = ChannelLookup(source_at(self.options.url or self.origin.url, self.client), self.clock)
        self.start(self.options.quality)

    def start(self, quality: str) -> None:
        """Starts a recorder of one more quality of the same source."""
        assert self._lookup is not None
        report = self.reports[quality] = RememberingReport(quality, self.clock, self.metrics)
        recorder = Recorder(
            "demo",
            quality,
            self._lookup,
            store=self.store,
            client=self.client,
            clock=self.clock,
            report=report,
            gate=DiskGate(),
            haste=self.haste,
            policy=self.options.policy,
            renew_after_s=self.options.renew_after_s,
            history=self.options.history,
        )
        self.recorders[quality] = asyncio.create_task(recorder.run(), name=f"record {quality}")

    async def end(self) -> None:
        """At once."""
        self.haste.hurry()
        for task in self.recorders.values():
            task.cancel()
        await asyncio.gather(*self.recorders.values(), return_exceptions=True)
        self.store.close()

    async def segments(self, quality: str | None = None) -> list[Segment]:
        """All that is listed."""
        quality = quality or self.options.quality
        hours = await self.store.hours("demo", quality)
        listings = [await self.store.listing("demo", quality, hour) for hour in hours]
        return [segment for listing in listings for segment in listing.segments]

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Waits for what must happen."""
        try:
            async with asyncio.timeout(_DEADLINE_S):
                while not condition():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            status = self.report.as_status() if self.reports else None
            raise AssertionError(
                f"{what} did not happen; {status}; requests {dict(self.origin.requests)}"
            ) from None

    async def stored(self, *numbers: int, quality: str | None = None, line: str = "live") -> None:
        """Until these entries are on disk, full."""
        wanted = {
            hashlib.sha256(self.origin.lines[line].entries[number].content).digest() for number in numbers
        }
        found: set[bytes] = set()
        try:
            async with asyncio.timeout(_DEADLINE_S):
                while not wanted <= found:
                    await asyncio.sleep(0.02)
                    found = {
                        one.digest for one in await self.segments(quality) if one.type is SegmentType.FULL
                    }
        except TimeoutError:
            names = [segment.name for segment in await self.segments(quality)]
            raise AssertionError(
                f"{len(wanted - found)} of {numbers} are not stored, but {names}; {self.report.as_status()}"
            ) from None

    async def count(self, number: int, type: SegmentType) -> None:
        """Until there are so many of a type."""
        async with asyncio.timeout(_DEADLINE_S):
            while sum(one.type is type for one in await self.segments()) < number:
                await asyncio.sleep(0.02)

    async def said(self, state: RecorderState, word: str = "") -> None:
        """Until it says so, from now on."""
        await self.until(
            lambda: self.report.state is state and word in str(self.report.as_status()["message"] or ""),
            f"{state} with {word!r}",
        )

    async def polled(self, times: int = 2, path: str = "live.m3u8") -> None:
        """Until the origin was asked so many times more."""
        before = self.origin.requests[path]
        await self.until(lambda: self.origin.requests[path] >= before + times, f"{times} polls more")

    def status(self, key: str) -> object:
        """One word of the present status."""
        return self.report.as_status()[key]

    def told(self) -> str:
        """All that anyone could read."""
        statuses = [report.as_status() for report in self.reports.values()]
        words = [word for report in self.reports.values() for word in report.words]
        return f"{statuses} {words} {generate_latest(self.registry).decode()}"


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """A stage on which nothing is recorded yet."""
    async with ScriptedOrigin() as origin, HttpClient() as client:
        stage = Stage(origin=origin, folder=folder, client=client)
        try:
            yield stage
        finally:
            await stage.end()


def digests(entries: Sequence[Entry]) -> list[bytes]:
    """Of what is to be on disk."""
    return [hashlib.sha256(entry.content).digest() for entry in entries]
