"""Real processes on a real disk that is full or read-only: they say so, keep serving, and go on by themselves."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.fakes.hls_origin import HlsOrigin
from tests.fakes.node_process import COMMAND
from tests.fakes.recording import record
from tests.fakes.small_disk import SmallDisk, small_disk

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.status_files import read_status
from longtake.app.wiring.demo import free_port

PATIENCE_S = 12


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    path = tmp_path / "disk"
    path.mkdir()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere, small_disk(path) as mounted:
        monkeypatch.setenv("XDG_RUNTIME_DIR", elsewhere)
        yield mounted


def started(disk: SmallDisk, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            disk.inside(*COMMAND, *arguments),
            stdout=output,
            stderr=output,
            env={**os.environ, "LONGTAKE_STORE__RESERVE": "0"},
        )


@asynccontextmanager
async def running(disk: SmallDisk, log: Path, *arguments: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    process = started(disk, log, *arguments)
    try:
        yield process
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


def store_of(disk: SmallDisk) -> tuple[str, str]:
    return "--store", str(disk.path / "store")


async def until(what: Callable[[], object], why: Callable[[], str]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain: {why()}") from None


def recorder_says(disk: SmallDisk) -> tuple[str, str]:
    for service in read_status(disk.seen / "store"):
        for recorder in service.recorders:
            return recorder.state, recorder.message or ""
    return "", ""


def stored(disk: SmallDisk) -> list[Path]:
    return sorted((disk.seen / "store").glob("show/source/2*/*.ts"))


def false_ones(disk: SmallDisk) -> list[str]:
    """Files that are not what their names say."""
    return [
        path.name
        for path in stored(disk)
        if base64.b64encode(hashlib.sha256(path.read_bytes()).digest(), b"-_").decode().rstrip("=")
        not in path.name
    ]


async def test_a_disk_that_is_read_only_at_first_and_fills_up_later_pauses_recording_each_time(
    disk: SmallDisk, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    disk.remount("ro")
    async with HlsOrigin(window=12) as origin:
        origin.publish(2)
        async with running(disk, log, "capture", f"show={origin.url}", *store_of(disk)):
            await until(lambda: recorder_says(disk)[0] == "paused", log.read_text)
            assert "the disk is read-only" in recorder_says(disk)[1]
            disk.remount("rw")
            await until(lambda: len(stored(disk)) == 2, log.read_text)
            await until(lambda: recorder_says(disk)[0] == "recording", log.read_text)
            disk.fill()
            origin.publish(2)
            await until(lambda: recorder_says(disk)[0] == "paused", log.read_text)
            assert "the disk is full" in recorder_says(disk)[1]
            origin.publish(2)
            asked = origin.requests.total()
            disk.make_room()
            await until(lambda: len(stored(disk)) == 6, log.read_text)
            await until(lambda: recorder_says(disk)[0] == "recording", log.read_text)
            assert origin.requests.total() - asked < 40
    assert false_ones(disk) == []
    said = log.read_text()
    assert (
        said.count("the disk works again") == said.count("recording on it pauses until it works again") == 2
    )
    assert "Traceback" not in said


def states(folder: Path) -> dict[str, str]:
    services = read_status(folder / "store")
    return {recorder.channel: recorder.state for service in services for recorder in service.recorders}


@pytest.mark.soak
async def test_channels_on_other_disks_go_on(tmp_path: Path) -> None:
    full, log = tmp_path / "store" / "show", tmp_path / "log"
    full.mkdir(parents=True)
    with small_disk(full) as disk:
        disk.fill()
        async with HlsOrigin(window=12) as origin:
            origin.publish(2)
            streams = (f"{name}={origin.url}" for name in ("show", "other"))
            async with running(disk, log, "capture", *streams, "--store", str(tmp_path / "store")):
                await until(
                    lambda: len(list(tmp_path.glob("store/other/source/2*/*.ts"))) == 2, log.read_text
                )
                origin.publish(2)
                await until(
                    lambda: len(list(tmp_path.glob("store/other/source/2*/*.ts"))) == 4, log.read_text
                )
                await until(
                    lambda: states(tmp_path) == {"show": "paused", "other": "recording"}, log.read_text
                )
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("trouble", ["read-only", pytest.param("full", marks=pytest.mark.soak)])
async def test_a_node_on_a_disk_that_takes_nothing_serves_what_is_recorded(
    disk: SmallDisk, tmp_path: Path, trouble: str
) -> None:
    store = DiskStore(disk.seen / "store")
    await record(store, count=3)
    store.close()
    (disk.seen / "store" / ".longtake").mkdir()
    (disk.seen / "store" / ".longtake" / "supervisor.lock").touch()
    if trouble == "full":
        disk.fill()
    else:
        disk.remount("ro")
    log, port = tmp_path / "log", free_port()
    arguments = ("run", "--dir", str(disk.path), "--listen", f"127.0.0.1:{port}")

    def get(path: str) -> bytes:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return bytes(answer.read())
        except OSError as error:
            return str(error).encode()

    async with running(disk, log, *arguments, "--stream", "show=http://127.0.0.1:9/none.m3u8"):
        for path, word in {
            "/healthz": b"ok",
            "/files": b"demo",
            "/playlist/demo/source.m3u8": b"#EXTINF",
            "/api/v1/status": f"the disk is {trouble}".encode(),
            "/metrics": b'longtake_disk_ok{disk="%s",service="capture"} 0.0' % str(disk.path).encode(),
        }.items():
            await until_said(get, path, word, log)
    said = log.read_text()
    assert "Traceback" not in said
    assert "the disk takes nothing: what is recorded is served" in said
    assert "without its lock" not in said


async def until_said(get: Callable[[str], bytes], path: str, word: bytes, log: Path) -> None:
    answer = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while word not in answer:
                answer = await asyncio.to_thread(get, path)
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{path} answers {answer!r}\n{log.read_text()}") from None
