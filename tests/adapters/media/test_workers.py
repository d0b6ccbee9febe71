"""Media workers, with real processes: what streams, what fails, what is killed, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.fakes.media_jobs import Chatter, Crash, Hang, Raise, Stream, WhoAmI
from tests.fakes.node_process import is_alive

from longtake.adapters.media.workers import Job, MediaWorkers
from longtake.core.errors import Busy, Corrupt, LongtakeError, MediaFailed, NotFound

ROOT = Path(__file__).parents[3]
MIB = 1 << 20


@pytest_asyncio.fixture
async def workers() -> AsyncIterator[MediaWorkers]:
    async with MediaWorkers(warm=1, at_most=2, nice=3) as workers:
        yield workers


async def content_of(workers: MediaWorkers, job: Job[object]) -> tuple[bytes, object]:
    async with workers.run(job) as running, aclosing(running.chunks()) as chunks:
        content = b"".join([chunk async for chunk in chunks])
        return content, running.report


async def receive(workers: MediaWorkers, job: Job[object], take: Callable[[bytes], None]) -> None:
    async with workers.run(job) as running, aclosing(running.chunks()) as chunks:
        async for chunk in chunks:
            take(chunk)


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while is_alive(pid):
            await asyncio.sleep(0.01)


class TestAStream:
    @pytest.mark.parametrize("piece", [1, 1316, 65_536, MIB, MIB + 1, 5 * MIB])
    async def test_comes_whole_and_in_order_with_its_report(self, workers: MediaWorkers, piece: int) -> None:
        size = min(10 * MIB, 300 * piece) + 1
        content, count = await content_of(workers, Stream(size=size, piece=piece))
        assert len(content) == size
        assert [content[at] for at in range(0, size, piece)] == [n % 256 for n in range(-(-size // piece))]
        assert count == -(-size // piece)

    async def test_waits_for_a_slow_reader(self, workers: MediaWorkers, tmp_path: Path) -> None:
        progress = tmp_path / "progress"
        progress.touch()
        received = 0
        job = Stream(size=200 * MIB, progress=progress)
        async with workers.run(job) as running, aclosing(running.chunks()) as chunks:
            async for chunk in chunks:
                received += len(chunk)
                await asyncio.sleep(0.005)  # slow enough for a worker that does not wait to run far ahead
                assert progress.stat().st_size - received <= 4 * MIB
        assert received == 200 * MIB

    async def test_starves_nobody(self, workers: MediaWorkers) -> None:
        delays: list[float] = []

        async def other_request() -> None:
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0.001)
                delays.append(time.perf_counter() - began)

        other = asyncio.create_task(other_request())
        began = time.perf_counter()
        async with workers.run(Stream(size=1024 * MIB)) as running, aclosing(running.chunks()) as chunks:
            async for _ in chunks:
                pass
        took_s = time.perf_counter() - began
        other.cancel()
        median_ms = sorted(delays)[len(delays) // 2] * 1000
        sys.stdout.write(f"1 GiB at {1.074 / took_s:.2f} GB/s; the loop's turn took {median_ms:.1f} ms\n")
        assert median_ms < 5


class TestFailures:
    @pytest.mark.parametrize("error", [Corrupt("damaged"), NotFound("gone"), Busy("later")], ids=repr)
    async def test_an_error_of_ours_keeps_its_class_and_words(
        self, workers: MediaWorkers, error: LongtakeError
    ) -> None:
        received: list[bytes] = []
        with pytest.raises(type(error), match=f"^{error}$"):
            await receive(workers, Raise(error=error, before=b"so far"), received.append)
        assert received == [b"so far"]

    async def test_after_an_error_of_ours_the_worker_goes_on(self, workers: MediaWorkers) -> None:
        before = {(await workers.once(WhoAmI()))[0] for _ in range(4)}
        for _ in range(4):
            with pytest.raises(NotFound):
                await workers.once(Raise(error=NotFound("gone")))
        assert {(await workers.once(WhoAmI()))[0] for _ in range(4)} <= before

    async def test_a_bug_is_logged_and_its_worker_is_not_used_again(self, workers: MediaWorkers) -> None:
        before = {(await workers.once(WhoAmI()))[0] for _ in range(4)}
        with capture_logs() as logs, pytest.raises(MediaFailed, match="the log"):
            await workers.once(Raise(error=ZeroDivisionError("secret")))
        assert ["ZeroDivisionError: secret" in entry["trace"] for entry in logs] == [True]
        after = {(await workers.once(WhoAmI()))[0] for _ in range(4)}
        assert not before <= after
        assert sum(is_alive(pid) for pid in before) == len(before) - 1

    async def test_a_crash_says_how_it_ended(self, workers: MediaWorkers) -> None:
        with capture_logs() as logs, pytest.raises(MediaFailed, match="killed by signal 11"):
            await workers.once(Crash())
        assert [(entry["event"], entry["job"]) for entry in logs] == [("a media worker died", "Crash")]
        assert await workers.once(WhoAmI())

    async def test_a_worker_killed_midway_breaks_the_stream_off(self, workers: MediaWorkers) -> None:
        pids: list[int] = []

        def kill(chunk: bytes) -> None:
            pids.append(int(chunk))
            os.kill(int(chunk), signal.SIGKILL)

        with pytest.raises(MediaFailed, match="killed by signal 9"):
            await receive(workers, Hang(), kill)
        assert [is_alive(pid) for pid in pids] == [False]

    async def test_an_idle_worker_that_is_killed_is_replaced(self, workers: MediaWorkers) -> None:
        pid, *_ = await workers.once(WhoAmI())
        os.kill(pid, signal.SIGKILL)
        await until_gone(pid)
        for _ in range(3):
            try:
                assert (await workers.once(WhoAmI()))[0] != pid
            except MediaFailed:  # its end was not known here yet
                continue

    async def test_what_a_job_prints_comes_not_between_the_messages(self, workers: MediaWorkers) -> None:
        with capture_logs() as logs:
            assert await workers.once(Chatter()) == "nothing to read"
            async with asyncio.timeout(5):
                while "descriptor 2" not in (said := "".join(entry.get("said", "") for entry in logs)):
                    await asyncio.sleep(0.01)
        assert "to descriptor 1" in said


class TestLimits:
    async def test_more_than_may_run_are_refused_until_one_has_ended(self, workers: MediaWorkers) -> None:
        async with workers.run(Hang()):
            async with workers.run(Hang()):
                with pytest.raises(Busy):
                    await workers.once(WhoAmI())
            assert await workers.once(WhoAmI())

    async def test_workers_are_warm_and_nice(self, workers: MediaWorkers) -> None:
        _, nice, libraries = await workers.once(WhoAmI())
        assert nice == os.nice(0) + 3
        assert libraries == {"av", "numpy"}
        began = time.perf_counter()
        await workers.once(WhoAmI())
        sys.stdout.write(f"a job in a warm worker: {(time.perf_counter() - began) * 1000:.1f} ms\n")

    async def test_jobs_one_after_the_other_start_no_processes(self, workers: MediaWorkers) -> None:
        pids = {(await workers.once(WhoAmI()))[0] for _ in range(20)}
        assert len(pids) <= 2


class TestNothingIsLeft:
    async def test_of_a_stream_that_is_left_midway(self, workers: MediaWorkers) -> None:
        async with workers.run(Hang()) as running, aclosing(running.chunks()) as chunks:
            pid = int(await anext(chunks))
            assert is_alive(pid)
        assert not is_alive(pid)
        assert await workers.once(WhoAmI())

    async def test_of_a_caller_that_is_cancelled(self, workers: MediaWorkers) -> None:
        heard: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def request() -> None:
            async with workers.run(Hang()) as running:
                async for chunk in running.chunks():
                    heard.set_result(int(chunk))

        requesting = asyncio.create_task(request())
        pid = await heard
        requesting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await requesting
        assert not is_alive(pid)

    async def test_of_a_pool_that_is_closed(self) -> None:
        async with MediaWorkers(warm=2, at_most=2, nice=0) as workers:
            pids = {(await workers.once(WhoAmI()))[0] for _ in range(10)}
        assert not any(is_alive(pid) for pid in pids)
        with pytest.raises(RuntimeError):
            await workers.once(WhoAmI())

    async def test_of_a_pool_that_is_closed_while_it_opens(self) -> None:
        async with MediaWorkers(warm=2, at_most=2, nice=0):
            pass

    async def test_of_a_parent_that_is_killed(self) -> None:
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.adapters.media.child", stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        assert parent.stdout is not None
        pids = [int(pid) for pid in (await parent.stdout.readline()).split()]
        assert len(set(pids)) == 2
        assert all(is_alive(pid) for pid in pids)
        parent.kill()
        await parent.wait()
        for pid in pids:
            await until_gone(pid)
