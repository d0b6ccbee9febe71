"""All recorders of a process: one that cannot, or stumbles over a mistake of ours, keeps no other from recording."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.fakes.faster_clock import FasterClock
from tests.fakes.hls_origin import HlsOrigin

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, Offering, StreamSource
from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import AlreadyRunning
from longtake.kit.clock import Clock
from longtake.kit.tasks import Haste
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport, RecorderState
from longtake.services.capture.service import CaptureService


class KnownSource:
    """Where an origin's playlist is, is known."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("master.m3u8", "live.m3u8")

    kind = "known"

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        return self

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        return Located(url=self._url)


class StumblingSource(KnownSource):
    """Something happens that nobody has thought of: the first time that it is asked, and when told to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.stumbles = True

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        if self.stumbles:
            self.stumbles = False
            raise ZeroDivisionError
        return await super().look_up()


class Bench:
    """A service over one store."""

    def __init__(self, store: DiskStore, client: HttpClient) -> None:
        self.store, self._client = store, client
        self._metrics = CaptureMetrics(CollectorRegistry())
        self._haste = Haste()
        self._haste.hurry()

    @asynccontextmanager
    async def recording(self, **sources: StreamSource) -> AsyncIterator[asyncio.Task[None]]:
        clock = FasterClock(times=20)
        self.recorders = [self._recorder(name, source, clock) for name, source in sources.items()]
        task = asyncio.create_task(CaptureService(self.recorders, disks=(), clock=clock).run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _recorder(self, channel: str, source: StreamSource, clock: Clock) -> Recorder:
        report = RecorderReport(channel, "source", clock, self._metrics)
        return Recorder(
            channel,
            "source",
            ChannelLookup(source, clock),
            store=self.store,
            client=self._client,
            clock=clock,
            report=report,
            gate=DiskGate(),
            haste=self._haste,
        )

    @property
    def states(self) -> Sequence[RecorderState]:
        return [recorder.report.state for recorder in self.recorders]

    def stored(self, channel: str) -> int:
        return len(list(self.store.layout.root.glob(f"{channel}/source/2*/*.ts")))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = DiskStore(tmp_path)
    async with HttpClient() as client:
        yield Bench(store, client)
    store.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_one_that_others_record_waits_and_the_rest_goes_on(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(2)
        source = KnownSource(origin.url)
        async with (
            bench.store.open_writer("show", "source", "capture"),
            bench.recording(show=source, other=source),
        ):
            await until(lambda: bench.states == [RecorderState.REFUSED, RecorderState.RECORDING])
            await until(lambda: bench.stored("other") == 2)
            assert bench.stored("show") == 0


async def test_what_others_record_no_more_is_recorded(bench: Bench) -> None:
    async with HlsOrigin() as origin, AsyncExitStack() as others:
        origin.publish(2)
        source = KnownSource(origin.url)
        await others.enter_async_context(bench.store.open_writer("show", "source", "capture"))
        async with bench.recording(show=source, other=source):
            await until(lambda: bench.states[0] is RecorderState.REFUSED)
            await others.aclose()
            await until(lambda: bench.stored("show") == 2)


async def test_if_others_record_all_there_is_nothing_to_do(bench: Bench) -> None:
    source = KnownSource("http://127.0.0.1:9/none.m3u8")
    async with bench.store.open_writer("show", "source", "capture"), bench.recording(show=source) as task:
        with pytest.raises(AlreadyRunning, match="show/source"):
            await asyncio.wait_for(asyncio.shield(task), 20)


async def test_one_that_stumbles_says_so_and_begins_again_while_the_rest_goes_on(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(2)
        stumbling = StumblingSource(origin.url)
        with capture_logs() as logs:
            async with bench.recording(show=stumbling, other=KnownSource(origin.url)):
                await until(lambda: bench.stored("other") == 2)
                await until(lambda: bench.states == [RecorderState.RECORDING] * 2)
                await until(lambda: bench.stored("show") == 2)
                stumbling.stumbles, origin.playlist_status = True, 403
                await until(lambda: not stumbling.stumbles)
                origin.playlist_status = 200
                origin.publish(1)
                await until(lambda: bench.stored("show") == 3)
        assert [log["channel"] for log in logs if log["event"] == "recorder failed"] == ["show"] * 2
        assert [origin.requests[str(index)] for index in range(3)] == [2] * 3, "each of the two, once"
