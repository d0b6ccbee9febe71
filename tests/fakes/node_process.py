"""longtake as processes, as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")

PATIENCE_S = 30
COMMAND = (sys.executable, "-m", "longtake")


def longtake(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "160", **environment},
    )


def wait_for(what: Callable[[], Value | None], why: str, patience_s: float = PATIENCE_S) -> Value:
    """The first thing that is not None or False. The deadline is for failing, not for waiting."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)  # between two looks at another process, which cannot wake us
    raise AssertionError(f"waited {patience_s} s in vain for {why}")


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class NodeProcess:
    """A running ``longtake demo`` or ``run``. Its output is read all the time and kept."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, listen: str) -> None:
        self.process = process
        self.folder = folder
        self.store = folder / "store"
        self.url = f"http://{listen}"
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)

    def close(self) -> None:
        """After all processes have ended."""
        self._reader.join(timeout=5)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def until_line(self, word: str) -> str:
        """The first line with the word, old or new."""
        return wait_for(
            lambda: next((line for line in self.output if word in line), None), f"{word!r} in the output"
        )

    def children(self) -> dict[str, int]:
        """Process ids by service, of those that run."""
        path = self.store / ".longtake" / "status" / "supervisor.json"
        try:
            told = json.loads(path.read_text())
        except (OSError, ValueError):
            return {}
        return {child["name"]: child["pid"] for child in told["details"]["children"] if child["pid"]}

    def segments(self, quality: str = "source") -> list[Path]:
        """Files of the demo's channel, by time."""
        return sorted(self.store.glob(f"demo/{quality}/2*/*.ts"))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@contextmanager
def running(folder: Path, *arguments: str, listen: str) -> Iterator[NodeProcess]:
    """A node, ended with all its processes when the block ends, whatever happened."""
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--dir", str(folder), "--listen", listen],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    node = NodeProcess(process, folder, listen)
    try:
        yield node
    finally:
        pids = [process.pid, *node.children().values()]
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        for pid in pids:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait(timeout=10)
        node.close()
