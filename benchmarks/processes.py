"""What processes and the machine used, from /proc (Linux)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

_SAMPLE_S = 0.05
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """CPU time of a process: all its threads, and the children that ended."""

    user_s: float
    system_s: float

    @property
    def cpu_s(self) -> float:
        """In all."""
        return self.user_s + self.system_s

    def __sub__(self, earlier: Load) -> Load:
        return Load(user_s=self.user_s - earlier.user_s, system_s=self.system_s - earlier.system_s)


def load_of(pid: int) -> Load:
    """Up to now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, ended_user, ended_system = (int(field) / _TICKS_PER_S for field in fields[11:15])
    return Load(user_s=user + ended_user, system_s=system + ended_system)


def machine_busy() -> float:
    """Seconds that all CPUs together did not idle, since the start of the machine."""
    fields = Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]
    _, _, _, idle, waiting, *_ = map(int, fields)
    return (sum(map(int, fields)) - idle - waiting) / _TICKS_PER_S


def proportional_bytes(pid: int) -> int:
    """Memory, with what is shared divided among those who share it (PSS)."""
    return _kib(f"/proc/{pid}/smaps_rollup", "Pss") * 1024


def peak_bytes(pid: int) -> int:
    """The most that was resident, shared or not."""
    return _kib(f"/proc/{pid}/status", "VmHWM") * 1024


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            for child in tasks.read_text().split():
                yield from family(int(child))


def family_cpu_s(pid: int) -> float:
    """CPU time of a process and all below it, dead ones that were waited for included; exact to 10 ms."""
    total = 0.0
    for each in family(pid):
        with suppress(OSError):  # one that has just ended
            total += load_of(each).cpu_s
    return total


def family_bytes(pid: int) -> int:
    """Memory of a process and all below it (PSS)."""
    total = 0
    for each in family(pid):
        with suppress(OSError, AssertionError):  # one that has just ended
            total += proportional_bytes(each)
    return total


@dataclass
class Peak:
    """The most that was seen."""

    size_bytes: int = 0


@contextmanager
def peak_of_family(pid: int) -> Iterator[Peak]:
    """Watches the memory of a process and all below it, every 50 ms, for as long as the block lasts."""
    peak, over = Peak(), Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_S):
            peak.size_bytes = max(peak.size_bytes, family_bytes(pid))

    watcher = Thread(target=watch, name="memory", daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
        peak.size_bytes = max(peak.size_bytes, family_bytes(pid))


def _kib(path: str, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
