"""Asks a disk whether it works, by writing to it, without ever being held up by one that does not answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from longtake.core.errors import StoreUnavailable
from longtake.kit.clock import Clock
from longtake.kit.threads import in_daemon_thread

PATIENCE_S = 5
HUNG = "the disk does not answer"


class Disk(Protocol):
    """A folder that is recorded into; ``adapters.store.probe`` has the real one. The calls block."""

    def free_bytes(self) -> int:
        """Room on its file system. Raises StoreUnavailable."""
        ...

    def probe(self, size_bytes: int) -> None:
        """Writes and syncs that much, and removes it. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a disk answered. ``free_bytes`` is None if not even that was to be had; ``trouble`` None if it works."""

    free_bytes: int | None
    trouble: str | None
    took_s: float


class Probing:
    """At most one probe of a disk at a time: one that hangs costs one thread, however long it hangs."""

    def __init__(self, disk: Disk, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:
        self._disk = disk
        self._clock = clock
        self._patience_s = patience_s
        self._under_way: asyncio.Task[Probed] | None = None
        self._began_s = 0.0

    async def attempt(self, size_bytes: int) -> Probed:
        """The answer, or that there is none yet; then the next attempt waits for the same answer."""
        if self._under_way is None:
            self._began_s = self._clock.monotonic_s()
            work = in_daemon_thread(lambda: self._probe(size_bytes), "probe a disk")
            self._under_way = asyncio.create_task(work, name="probe a disk")
        task = self._under_way
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        if not done:
            return Probed(free_bytes=None, trouble=HUNG, took_s=self._clock.monotonic_s() - self._began_s)
        self._under_way = None
        return task.result()

    def _probe(self, size_bytes: int) -> Probed:
        free: int | None = None
        trouble: str | None = None
        began_s = self._clock.monotonic_s()
        try:
            free = self._disk.free_bytes()
            self._disk.probe(size_bytes)
        except StoreUnavailable as error:
            trouble = str(error)
        return Probed(free_bytes=free, trouble=trouble, took_s=self._clock.monotonic_s() - began_s)
