"""The web process that is measured: ``longtake serve``, as anybody starts it."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from longtake.app.wiring.demo import free_port

COMMAND = (sys.executable, "-m", "longtake", "serve")
_PATIENCE_S = 60
_GRACE_S = 15


@dataclass(frozen=True, slots=True)
class WebProcess:
    """Where it listens, and which process it is; more may be below it."""

    url: str
    pid: int


@contextmanager
def web_process(store: Path, command: Sequence[str] = COMMAND) -> Iterator[WebProcess]:
    """Serves ``store`` until the block ends; it has answered once when the block begins. Its log is beside the store."""
    listen = f"127.0.0.1:{free_port()}"
    log = store.with_name(f"{store.name}.log")
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--store", str(store), "--listen", listen], stdout=out, stderr=out
        )
    try:
        _until_up(process, listen, log)
        yield WebProcess(f"http://{listen}", process.pid)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        process.kill()
        process.wait()


def _until_up(process: subprocess.Popen[bytes], listen: str, log: Path) -> None:
    ends_s = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < ends_s:
        connection = http.client.HTTPConnection(listen, timeout=_PATIENCE_S)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.02)  # between two looks at another process, which cannot wake us
        finally:
            connection.close()
    raise RuntimeError(f"the web process does not answer:\n{log.read_text()[-2000:]}")
