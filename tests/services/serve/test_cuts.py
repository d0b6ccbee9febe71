"""``/cut`` over real HTTP, before stand-ins for the cutting that stream from real worker processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.fakes.media_jobs import Hang, Raise, Stream, WhoAmI
from tests.fakes.node_process import is_alive
from tests.fakes.web_routes import WebRoutes, recorded_store, web_routes

from longtake.adapters.media.workers import Job, MediaWorkers
from longtake.core.cutting import CutContainer, CutKind, CutRequest
from longtake.core.errors import Busy, Corrupt, Incomplete, LongtakeError
from longtake.core.timeline import Gap, GapReason
from longtake.services.serve.cuts import Cuts

SPAN = "start=2024-11-24T04:00:00.5Z&end=2024-11-24T04:00:10Z"
CUT = f"/cut/demo/source.mp4?{SPAN}"
MIB = 1 << 20
PATIENCE = timedelta(seconds=4)  # a cold worker on a busy machine begins within it


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """Which recording, and its holes."""

    place: str
    gaps: tuple[Gap, ...]


class WorkerCutting:
    """Cuts that are the stream of a job, of unknown length unless ``size_bytes`` is given."""

    def __init__(self, workers: MediaWorkers, job: Job[object], size: int | None = None) -> None:
        self.workers = workers
        self.job = job
        self.size = size
        self.gaps: tuple[Gap, ...] = ()
        self.planned: list[CutRequest] = []
        self.impossible: LongtakeError | None = None
        self.streams = 0

    async def plan(self, channel: str, quality: str, request: CutRequest) -> WorkerPlan:
        if self.impossible:
            raise self.impossible
        self.planned.append(request)
        return WorkerPlan(place=f"{channel}/{quality}", gaps=self.gaps)

    async def size_bytes(self, channel: str, quality: str, plan: WorkerPlan) -> int | None:
        assert plan.place == f"{channel}/{quality}"
        return self.size

    async def stream(self, channel: str, quality: str, plan: WorkerPlan) -> AsyncGenerator[bytes, None]:
        self.streams += 1
        async with self.workers.run(self.job) as running, aclosing(running.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk


class Node:
    """The routes, and what is behind them."""

    def __init__(self, web: WebRoutes, cutting: WorkerCutting) -> None:
        self.web = web
        self.cutting = cutting

    def ended(self, end: str) -> float:
        return self.web.metric("longtake_cuts_ended_total", kind="smart", end=end)

    async def until_ended(self, end: str, count: int) -> None:
        async with asyncio.timeout(15):
            while self.ended(end) < count:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def node(
    job: Job[object], *, at_once: int = 2, size: int | None = None, channel: str = "demo", warm: int = 1
) -> AsyncIterator[Node]:
    registry = CollectorRegistry()
    async with MediaWorkers(warm=warm, at_most=at_once, nice=0) as workers:
        cutting = WorkerCutting(workers, job, size)
        cuts = Cuts(
            recorded_store(channel),
            cutting,
            registry,
            at_once=at_once,
            longest=timedelta(hours=1),
            patience=PATIENCE,
        )
        async with web_routes(registry, cuts.routes()) as web:
            yield Node(web, cutting)


class TestACut:
    async def test_is_streamed_without_a_length_and_comes_whole(self) -> None:
        async with node(Stream(size=20 * MIB + 1)) as under_test:
            answer = await under_test.web.get(CUT)
            assert (answer.status, len(answer.body)) == (200, 20 * MIB + 1)
            assert "Content-Length" not in answer.headers
            assert answer.headers["Content-Type"] == "video/mp4"
            name = "demo_source_2024-11-24T04-00-00.500.mp4"
            assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
            assert "Content-Disposition" in answer.headers["Access-Control-Expose-Headers"]
            assert under_test.ended("whole") == 1
            assert under_test.web.metric("longtake_cut_bytes_total", kind="smart") == 20 * MIB + 1
            assert under_test.web.metric("longtake_cuts_running") == 0
            assert under_test.web.metric("longtake_cut_first_byte_seconds_count", kind="smart") == 1

    async def test_says_its_length_where_it_is_known(self) -> None:
        async with node(Stream(size=1000), size=1000) as under_test:
            answer = await under_test.web.get(CUT)
            assert (answer.headers["Content-Length"], len(answer.body)) == ("1000", 1000)

    @pytest.mark.parametrize("size", [None, 1000])
    async def test_is_not_begun_by_head(self, size: int | None) -> None:
        async with node(Stream(size=1000), size=size, at_once=1) as under_test:
            for _ in range(3):
                answer = await under_test.web.get(CUT, method="HEAD")
                assert (answer.status, answer.body) == (200, b"")
                assert answer.headers["Content-Type"] == "video/mp4"
                assert answer.headers.get("Content-Length") == (size and str(size))
            assert (len(under_test.cutting.planned), under_test.cutting.streams) == (3, 0)

    @pytest.mark.parametrize(
        ("path", "kind", "container"),
        [
            (CUT, CutKind.SMART, CutContainer.MP4),
            (f"{CUT}&type=fast", CutKind.SMART, CutContainer.MP4),
            (f"/cut/demo/source.ts?{SPAN}&type=smart", CutKind.SMART, CutContainer.TS),
            (f"/cut/demo/source.ts?{SPAN}&type=rough", CutKind.ROUGH, CutContainer.TS),
        ],
    )
    async def test_is_exact_unless_another_kind_is_asked_for(
        self, path: str, kind: CutKind, container: CutContainer
    ) -> None:
        async with node(Stream(size=10)) as under_test:
            assert (await under_test.web.get(path)).status == 200
            (planned,) = under_test.cutting.planned
            assert (planned.kind, planned.container) == (kind, container)
            (span,) = planned.ranges
            assert span.end_us - span.start_us == 9_500_000

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_names_the_holes_that_it_goes_over(self, method: str) -> None:
        async with node(Stream(size=10)) as under_test:
            assert "Longtake-Holes" not in (await under_test.web.get(CUT, method=method)).headers
            under_test.cutting.gaps = tuple(
                Gap(
                    start_us=second * 1_000_000, end_us=second * 1_000_000 + 500_000, reason=GapReason.MISSING
                )
                for second in range(25)
            )
            holes = (await under_test.web.get(f"{CUT}&allow_holes=true", method=method)).headers[
                "Longtake-Holes"
            ]
            assert holes.startswith("1970-01-01T00:00:00.000000Z/1970-01-01T00:00:00.500000Z;1970")
            assert holes.endswith(";5 more")

    async def test_that_makes_no_sense_is_told_though_no_place_is_free(self) -> None:
        async with node(Hang(), at_once=1) as under_test:
            web = under_test.web
            async with web.session.get(web.url(CUT)) as running:
                await running.content.readany()
                assert (await web.get(f"{CUT}&type=huge")).status == 400
                assert (await web.get(CUT.replace("demo", "nobody"))).status == 503
            await under_test.until_ended("left", 1)

    async def test_of_a_channel_whose_name_is_not_ascii_has_that_name_too(self) -> None:
        async with node(Stream(size=10), channel="dé mo") as under_test:
            answer = await under_test.web.get(CUT.replace("demo", "d%C3%A9%20mo"))
            assert answer.headers["Content-Disposition"] == (
                'attachment; filename="d__mo_source_2024-11-24T04-00-00.500.mp4"; '
                "filename*=UTF-8''d%C3%A9%20mo_source_2024-11-24T04-00-00.500.mp4"
            )


class TestAFailure:
    @pytest.mark.parametrize(
        ("error", "status"), [(Incomplete("holes"), 406), (Busy("later"), 503), (Corrupt("bad"), 500)]
    )
    async def test_before_the_first_byte_has_its_status(self, error: LongtakeError, status: int) -> None:
        async with node(Raise(error=error), at_once=1) as under_test:
            for impossible in (error, None):
                under_test.cutting.impossible = impossible
                answer = await under_test.web.get(CUT)
                assert (answer.status, answer.headers.get("Retry-After")) == (
                    status,
                    "5" if status == 503 else None,
                )
                assert answer.headers["Content-Type"] == "application/problem+json"
            assert under_test.ended("failed") == 1

    async def test_midway_is_an_incomplete_body_and_one_warning(self) -> None:
        job = Raise(error=Corrupt("damaged"), before=bytes(MIB))
        async with node(job, at_once=1) as under_test:
            for _ in range(2):
                with capture_logs() as logs, pytest.raises(aiohttp.ClientPayloadError):
                    await under_test.web.get(CUT)
                assert [(entry["log_level"], entry["reason"]) for entry in logs] == [("warning", "damaged")]
            assert under_test.ended("failed") == 2

    async def test_by_a_killed_worker_is_an_incomplete_body(self) -> None:
        async with node(Hang(), at_once=1) as under_test:
            async with under_test.web.session.get(under_test.web.url(CUT)) as response:
                os.kill(int(await response.content.readany()), signal.SIGKILL)
                with pytest.raises(aiohttp.ClientPayloadError):
                    await response.read()
            assert under_test.ended("failed") == 1

    async def test_to_begin_in_time_is_told(self) -> None:
        async with node(Hang(silent=True)) as under_test:
            answer = await under_test.web.get(CUT)
            assert (answer.status, "has not begun" in answer.text) == (500, True)


class TestPlaces:
    async def test_are_bounded_and_given_back_when_the_client_leaves(self) -> None:
        async with node(Hang(), at_once=2) as under_test:
            web = under_test.web
            pids = []
            async with web.session.get(web.url(CUT)) as first, web.session.get(web.url(CUT)) as second:
                pids = [int(await response.content.readany()) for response in (first, second)]
                assert web.metric("longtake_cuts_running") == 2
                refused = await web.get(CUT)
                assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
            await under_test.until_ended("left", 2)
            assert not any(is_alive(pid) for pid in pids)
            assert web.metric("longtake_cuts_running") == 0

    async def test_are_given_back_when_the_client_leaves_before_the_first_byte(self) -> None:
        async with node(Hang(silent=True), at_once=1) as under_test:
            client = under_test.web.ask_without_reading(CUT)
            async with asyncio.timeout(PATIENCE.total_seconds()):
                while under_test.cutting.streams == 0:
                    await asyncio.sleep(0.01)
                client.close()
                while (await under_test.web.get(CUT, method="HEAD")).status != 200:
                    await asyncio.sleep(0.01)
            assert under_test.ended("failed") == 1

    async def test_are_not_held_by_clients_that_never_read(self) -> None:
        async with node(Stream(size=200 * MIB), at_once=4, warm=4) as under_test:
            # All are at work before they are needed: four that start at once on a busy machine lose their patience.
            await asyncio.gather(*(under_test.cutting.workers.once(WhoAmI()) for _ in range(4)))
            clients = [under_test.web.ask_without_reading(CUT) for _ in range(4)]
            try:
                async with asyncio.timeout(10):
                    while under_test.web.metric("longtake_cuts_running") < 4:
                        await asyncio.sleep(0.02)
                assert (await under_test.web.get(CUT)).status == 503
                with capture_logs() as logs:
                    await under_test.until_ended("stalled", 4)
                assert {entry["reason"] for entry in logs} == {"the client took nothing for 4 s"}
                assert under_test.web.metric("longtake_cuts_running") == 0
                await under_test.cutting.workers.once(WhoAmI())
                assert len((await under_test.web.get(CUT)).body) == 200 * MIB
            finally:
                for client in clients:
                    client.close()


async def test_other_requests_do_not_feel_a_long_cut() -> None:
    async with node(Stream(size=3000 * MIB)) as under_test:

        async def download() -> int:
            received = 0
            async with under_test.web.session.get(under_test.web.url(CUT)) as response:
                async for chunk in response.content.iter_any():
                    received += len(chunk)
            return received

        downloading = asyncio.create_task(download())
        seconds: list[float] = []
        began = time.perf_counter()
        while not downloading.done():
            asked = time.perf_counter()
            await under_test.web.get("/healthz")
            seconds.append(time.perf_counter() - asked)
        took_s = time.perf_counter() - began
        assert await downloading == 3000 * MIB
        median_ms = sorted(seconds)[len(seconds) // 2] * 1000
        sys.stdout.write(f"3 GB in {took_s:.1f} s; beside it a small request took {median_ms:.1f} ms\n")
        assert median_ms < 15  # the client is in this very process, and takes its share


async def test_a_worker_that_did_one_cut_does_the_next() -> None:
    async with node(Stream(size=10)) as under_test:
        pids = set()
        for _ in range(5):
            await under_test.web.get(CUT)
            pids.add((await under_test.cutting.workers.once(WhoAmI()))[0])
        assert len(pids) <= 2
