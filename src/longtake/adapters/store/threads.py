"""Threads that block on disks: each file system has a few of its own, so that one which hangs stops nobody elsewhere.

File systems are told apart by where they are mounted, as the kernel lists it. Folders may be links to other disks, so each
is followed once; that may hang with its disk, and is done in a thread beside all others.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from longtake.adapters.store.incoming import InThread
from longtake.kit.threads import in_daemon_thread

_MOUNTS = Path("/proc/self/mountinfo")
_LOOKED_AGAIN_AFTER_S = 5
_MOST_KNOWN = 10_000
_ESCAPED = re.compile(r"\\([0-7]{3})")

Params = ParamSpec("Params")
Result = TypeVar("Result")


class MountPoints:
    """Where file systems are mounted; one place for everything where the system does not tell."""

    def __init__(self, table: Path = _MOUNTS, now_s: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._now_s = now_s
        self._read_s: float | None = None
        self._points: frozenset[Path] = frozenset()
        self._known: dict[Path, Path] = {}

    def known(self, folder: Path) -> Path | None:
        """The nearest one above a folder that was looked for before. Never blocks on a disk."""
        now_s = self._now_s()
        if self._read_s is None or now_s - self._read_s >= _LOOKED_AGAIN_AFTER_S:
            self._look()
            self._read_s = now_s
        return self._known.get(folder)

    def find(self, folder: Path) -> Path:
        """The nearest one above a folder, which need not exist, links followed. Blocks on the disks that it is below."""
        there = folder.resolve()
        mount = next((path for path in (there, *there.parents) if path in self._points), Path("/"))
        self._known[folder] = mount
        return mount

    def _look(self) -> None:
        points = self._read()
        if points != self._points or len(self._known) > _MOST_KNOWN:
            self._points = points
            self._known.clear()

    def _read(self) -> frozenset[Path]:
        try:
            lines = self._table.read_text(errors="surrogateescape").splitlines()
        except OSError:
            return frozenset()
        return frozenset(Path(_unescaped(line.split(" ", 5)[4])) for line in lines if line.count(" ") > 4)


def _unescaped(text: str) -> str:
    """Spaces and the like are written as three octal digits (proc_pid_mountinfo(5))."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)


class DiskThreads:
    """At most so many per file system, begun as they are needed."""

    def __init__(self, name: str, most: int, mounts: MountPoints) -> None:
        self._name = name
        self._most = most
        self._mounts = mounts
        self._lock = threading.Lock()
        self._pools: dict[Path, ThreadPoolExecutor] = {}
        self._looking: dict[Path, asyncio.Future[Path]] = {}

    async def pool(self, folder: Path) -> ThreadPoolExecutor:
        """The threads for a folder's file system."""
        mount = self._mounts.known(folder) or await self._find(folder)
        with self._lock:
            if mount not in self._pools:
                self._pools[mount] = ThreadPoolExecutor(self._most, thread_name_prefix=self._name)
            return self._pools[mount]

    async def _find(self, folder: Path) -> Path:
        """One look for all who ask at once: should it hang, it is one thread that does."""
        loop = asyncio.get_running_loop()
        looking = self._looking.get(folder)
        if looking is None or looking.get_loop() is not loop:
            looking = asyncio.ensure_future(
                in_daemon_thread(partial(self._mounts.find, folder), "store-look")
            )
            self._looking[folder] = looking
            looking.add_done_callback(lambda _: self._looking.pop(folder, None))
        return await asyncio.shield(looking)

    def at(self, folder: Path) -> InThread:
        """Runs functions in the threads for a folder."""

        async def in_thread(
            function: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs
        ) -> Result:
            work = partial(function, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(await self.pool(folder), work)

        return in_thread

    def close(self, until_s: float) -> None:
        """Ends the threads once what they do is done, but waits no longer than until that moment (monotonic)."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        enders = [threading.Thread(target=pool.shutdown, name="store-close", daemon=True) for pool in pools]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join(max(0.0, until_s - time.monotonic()))
