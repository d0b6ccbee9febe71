"""Tasks with an owner: a pool that runs so many at a time, and ends them in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial


class TaskPool:
    """Runs coroutines, ``at_once`` at a time; ``waiting`` more may queue, then ``start`` waits.

    A coroutine must handle its own errors: one that ends with an exception is a bug, and is raised by ``drain``.
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._running = asyncio.Semaphore(at_once)
        self._room = asyncio.Semaphore(at_once + waiting)
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []

    def __len__(self) -> int:
        return len(self._tasks)

    async def start(self, work: Coroutine[object, object, None], name: str) -> None:
        """Queues the work; waits only when the queue is full."""
        try:
            await self._room.acquire()
        except asyncio.CancelledError:
            work.close()
            raise
        task = asyncio.create_task(self._run(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, work))

    async def _run(self, work: Coroutine[object, object, None]) -> None:
        async with self._running:
            await work

    def _done(self, work: Coroutine[object, object, None], task: asyncio.Task[None]) -> None:
        work.close()  # for one that never got its turn
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)

    async def drain(self, *, grace_s: float) -> None:
        """Waits for what runs, cancels what is left after ``grace_s``, and raises the first error that was met."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        if self._errors:
            raise self._errors[0]
