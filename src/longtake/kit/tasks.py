"""Tasks with an owner that ends them in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable


class Haste:
    """Whoever stops in an orderly way looks here: told to hurry, it ends at once what it would have waited for."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def hurry(self) -> None:
        """From now on."""
        self._told.set()

    async def wait(self) -> None:
        """Until told to hurry."""
        await self._told.wait()


class TaskSet:
    """Running coroutines. Each must handle its own errors: one that ends with an exception is a bug."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """Runs it beside the others; an exception goes to the loop's exception handler, which logs it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": f"task {task.get_name()} failed", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)

    async def drain(self, *, grace_s: float, haste: Haste | None = None) -> int:
        """Waits for what runs, and cancels what is left after ``grace_s``, or at once when told to hurry.

        The number of those that were cancelled. Never raises what a task raised. Cancelled itself, it hurries too.
        """
        try:
            await self._wait(grace_s, haste or Haste())
        finally:
            late = set(self._tasks)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        return len(late)

    async def _wait(self, grace_s: float, haste: Haste) -> None:
        """Until all have ended, the grace is over, or haste is asked for."""
        if not self._tasks:
            return
        told = asyncio.create_task(haste.wait(), name="haste")
        ended = asyncio.create_task(asyncio.wait(self._tasks), name="end of tasks")
        try:
            await asyncio.wait({told, ended}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            ended.cancel()


async def together(works: Iterable[Coroutine[object, object, None]], name: str) -> None:
    """Runs all of them at once. The first error ends the others, and is raised by itself, not as one of a group."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for number, work in enumerate(works, 1):
                tasks.create_task(work, name=f"{name} {number}")
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
