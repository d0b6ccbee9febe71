"""Tasks with an owner that ends them in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class TaskSet:
    """Running coroutines. Each must handle its own errors: one that ends with an exception is a bug."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[object, object, None], name: str) -> None:
        """Runs it beside the others; an exception goes to the loop's exception handler, which logs it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": f"task {task.get_name()} failed", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)

    async def drain(self, *, grace_s: float) -> None:
        """Waits for what runs, and cancels what is left after ``grace_s``. Never raises what a task raised."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
