"""Work that several want at the same moment, done once for all of them, and never before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Run(Generic[Value]):
    """One run, under way or to come once the one before it has ended."""

    def __init__(self) -> None:
        self.result: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self.result.add_done_callback(_look_at_error)
        self.next: _Run[Value] | None = None


class Shared(Generic[Key, Value]):
    """``get`` gives the result of a run that began after it was asked for: what was read before may be old by now.

    While a run is under way, all who ask wait for one more after it: so at most two runs serve any number of callers.
    A caller that is cancelled leaves the run to the others; a run that nobody waits for any more goes on to its end. An
    error goes to all who wait for that run. Nothing is kept once the runs have ended. For one event loop.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._runs: dict[Key, _Run[Value]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """For how many keys something is under way."""
        return len(self._runs)

    async def get(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """The result of ``make``, by this caller or by another of that key. Raises what it raises."""
        running = self._runs.get(key)
        if running is None:
            wanted = self._runs[key] = _Run()
            task = asyncio.create_task(self._run(key, wanted, make), name=self._name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif running.next is None:
            wanted = running.next = _Run()
        else:
            wanted = running.next
        return await asyncio.shield(wanted.result)

    async def _run(self, key: Key, run: _Run[Value], make: Callable[[], Awaitable[Value]]) -> None:
        """One run after the other, for as long as somebody asked meanwhile."""
        current: _Run[Value] | None = run
        while current is not None:
            self._runs[key] = current
            try:
                current.result.set_result(await make())
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError):  # the loop ends
                    current.result.cancel()
                    self._forget(key, current)
                    raise
                current.result.set_exception(error)
            current = current.next
        del self._runs[key]

    def _forget(self, key: Key, run: _Run[Value]) -> None:
        if run.next is not None:
            run.next.result.cancel()
        self._runs.pop(key, None)


def _look_at_error(result: asyncio.Future[Value]) -> None:
    """Those who waited may all have left: then the error is nobody's."""
    if not result.cancelled():
        result.exception()
