"""The web process and its media workers: however it ends, none of them stays."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.fakes.node_process import COMMAND, is_alive, wait_for
from tests.fakes.recording import record

from longtake.adapters.store.disk import DiskStore
from longtake.app.process import SERVICE_STOPS_WITHIN_S
from longtake.app.wiring.demo import free_port

SPAN = "range=2024-11-24T04:00:00.5Z,2024-11-24T04:00:15.5Z"


@contextmanager
def serving(store: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """``longtake serve``; killed at the end if it still runs."""
    process = subprocess.Popen([*COMMAND, "serve", "--store", str(store), "--listen", f"127.0.0.1:{port}"])
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def children_of(pid: int) -> list[int]:
    """The processes that it started and that run."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            children.append(int(stat.parent.name))
    return children


def connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port))
    except OSError:
        return None


def begun_cut(port: int) -> socket.socket:
    """A client of a cut that is longer than what fits between it and the worker, and that reads no more."""
    client = wait_for(lambda: connected(port), "the web process")
    path = f"/cut/demo/source.ts?{'&'.join([SPAN] * 100)}"
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    client.settimeout(30)
    begin = client.recv(100)
    assert begin.startswith(b"HTTP/1.1 200"), begin
    return client


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda value: value.name
)
async def test_no_worker_outlives_the_web_process(tmp_path: Path, number: signal.Signals) -> None:
    store = DiskStore(tmp_path)
    await record(store, count=8)
    store.close()
    port = free_port()
    with serving(tmp_path, port) as process, begun_cut(port):
        workers = children_of(process.pid)
        assert workers
        process.send_signal(number)
        code = process.wait(timeout=SERVICE_STOPS_WITHIN_S + 2)
        assert code == (0 if number != signal.SIGKILL else -signal.SIGKILL)
        for pid in workers:
            wait_for(lambda pid=pid: not is_alive(pid), f"the end of worker {pid}")  # type: ignore[misc]
