"""The web process by itself, as ``longtake serve`` starts it, on a store that tests fill."""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.node_process import COMMAND, wait_for

from longtake.app.wiring.demo import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A web process and its store."""

    url: str
    store: Path
    pid: int

    def text(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        """The body of an answer. Raises HTTPError."""
        request = urllib.request.Request(self.url + path, headers=dict(headers or {}))
        with urllib.request.urlopen(request, timeout=30) as answer:
            body: bytes = answer.read()
        return body.decode()

    @property
    def cpu_s(self) -> float:
        """What the process has worked until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(store: Path) -> Iterator[Serving]:
    """Until the block ends."""
    store.mkdir(exist_ok=True)
    listen = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [*COMMAND, "serve", "--store", str(store), "--listen", listen],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        node = Serving(url=f"http://{listen}", store=store, pid=process.pid)
        wait_for(lambda: _is_up(node, process), "the web process")
        yield node
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _is_up(node: Serving, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the web process has ended"
    try:
        node.text("/healthz")
    except urllib.error.HTTPError:
        return True  # it answers: what it thinks of its health is not asked here
    except urllib.error.URLError:
        return False
    return True
