"""The status of a service goes on whatever its disk does."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter
from structlog.testing import capture_logs

from longtake.adapters.store.status_files import StatusFile, read_status
from longtake.app.heartbeat import Heartbeat, run_with_status


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A run-time folder on another file system than the tests' stores."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


class HungFile(StatusFile):
    """Its store does not answer until ``go``."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, "capture")
        self.go = threading.Event()
        self.tries = 0

    def write(self, details: Mapping[str, object], metrics: Sequence[object]) -> str | None:
        self.tries += 1
        assert self.go.wait(30)
        return super().write(details, metrics)


async def test_a_store_that_hangs_holds_up_one_thread_and_no_word(tmp_path: Path) -> None:
    file = HungFile(tmp_path)
    said = iter(range(100))
    beat = Heartbeat(file, lambda: {"count": next(said)}, None, patience_s=0.02)
    for count in range(3):
        assert await beat.beat() == "the disk does not answer"
        [status] = read_status(tmp_path)
        assert status.details == {"count": count}
    assert file.tries == 1
    file.go.set()
    async with asyncio.timeout(10):
        while await beat.beat() is not None:
            await asyncio.sleep(0.01)
    await beat.beat()
    [status] = read_status(tmp_path)
    assert status.details["count"] == next(said) - 1
    file.remove()
    assert read_status(tmp_path) == []


async def test_a_status_is_there_while_the_work_is_and_goes_with_it(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    Counter("longtake_x", "X", registry=registry).inc()

    async def work() -> None:
        async with asyncio.timeout(10):
            while not (found := read_status(tmp_path)):
                await asyncio.sleep(0.01)
        [status] = found
        assert status.details == {"a": 1}
        assert [metric["name"] for metric in status.metrics] == ["longtake_x"]

    await run_with_status(work(), tmp_path, "capture", lambda: {"a": 1}, registry)
    assert read_status(tmp_path) == []


async def test_what_cannot_be_told_is_logged_once(tmp_path: Path) -> None:
    def broken() -> Mapping[str, object]:
        raise ZeroDivisionError("nothing to tell")

    with capture_logs() as logs:
        await run_with_status(asyncio.sleep(1.3), tmp_path, "capture", broken)
    assert [log["log_level"] for log in logs] == ["warning"]


async def test_after_the_first_ten_each_fifth_beat_takes_the_metrics_anew(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    counter = Counter("longtake_x", "X", registry=registry)
    file = StatusFile(tmp_path, "capture")
    beat = Heartbeat(file, dict, registry)
    values = []
    for _ in range(21):
        counter.inc()
        await beat.beat()
        [status] = read_status(tmp_path)
        values.append(status.metrics[0]["samples"][0]["value"])
    assert values == [*range(1, 11), *[11] * 5, *[16] * 5, 21]
    file.remove()


async def test_a_beat_is_cheap(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    counter = Counter("longtake_x", "X", ["channel"], registry=registry)
    for channel in range(100):
        counter.labels(str(channel)).inc()
    file = StatusFile(tmp_path, "capture")
    beat = Heartbeat(file, lambda: {"recorders": [{"channel": "x" * 20}] * 20}, registry)
    await beat.beat()
    began_s = time.process_time()
    for _ in range(20):
        await beat.beat()
    assert (time.process_time() - began_s) / 20 < 0.01
    file.remove()
