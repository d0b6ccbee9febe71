"""Work that several want at the same moment, done once for all of them, and never before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from longtake.kit.tasks import TaskSet

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Run(Generic[Value]):
    """One run: to come, under way once it has ``begun``, with one more after it if somebody asked since."""

    def __init__(self, make: Callable[[], Awaitable[Value]]) -> None:
        self._make = make
        self.result: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self.result.add_done_callback(_look_at_error)
        self.begun = False
        self.next: _Run[Value] | None = None

    async def go(self) -> None:
        """Sets the result. Raises CancelledError if it was told to end, not if only its work was cancelled within."""
        self.begun = True
        task = asyncio.current_task()
        try:
            self.result.set_result(await self._make())
        except asyncio.CancelledError:
            if task is None or task.cancelling():
                raise
            self.result.cancel()
        except Exception as error:  # noqa: BLE001 - it is for those who wait for the result
            self.result.set_exception(error)

    def give_up(self) -> None:
        """Nobody waits for it, nor for the one after it, in vain."""
        self.result.cancel()
        if self.next is not None:
            self.next.result.cancel()


class Shared(Generic[Key, Value]):
    """``get`` gives the result of a run that began after it was asked for: what was read before may be old by now.

    While a run is under way, all who ask wait for one more after it: so at most two runs serve any number of callers.
    A caller that is cancelled leaves the run to the others; a run that nobody waits for any more goes on to its end. An
    error goes to all who wait for that run. Nothing is kept once the runs have ended. For one event loop.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._runs: dict[Key, _Run[Value]] = {}
        self._tasks = TaskSet()

    def __len__(self) -> int:
        """For how many keys something is under way."""
        return len(self._runs)

    async def get(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """The result of ``make``, by this caller or by another of that key. Raises what it raises."""
        return await asyncio.shield(self._run_to_come(key, make).result)

    def _run_to_come(self, key: Key, make: Callable[[], Awaitable[Value]]) -> _Run[Value]:
        run = self._runs.get(key)
        if run is None:
            run = self._runs[key] = _Run(make)
            task = self._tasks.start(self._work(key), self._name)
            task.add_done_callback(partial(self._ended, key))
        elif run.begun:
            run.next = run.next or _Run(make)
            run = run.next
        return run

    async def _work(self, key: Key) -> None:
        """One run after the other, for as long as somebody asked meanwhile."""
        run: _Run[Value] | None = self._runs[key]
        while run is not None:
            await run.go()
            run = run.next
            if run is not None:
                self._runs[key] = run
        del self._runs[key]

    def _ended(self, key: Key, task: asyncio.Task[None]) -> None:
        """A task that was ended from outside, maybe before it began, has left its runs behind."""
        if task.cancelled() or task.exception() is not None:
            self._runs.pop(key).give_up()


def _look_at_error(result: asyncio.Future[Value]) -> None:
    """Those who waited may all have left: then the error is nobody's."""
    if not result.cancelled():
        result.exception()
