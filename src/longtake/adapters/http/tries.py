"""One thing asked for by one try, or by two at a time once the first is late.

================================  ==========================================================
what happens                      what is done
================================  ==========================================================
a try is past a soft limit        a second begins, on a new connection; the first goes on
one is whole                      it is the result; the other is cancelled, and its connection closed
one fails, the other goes on      the other is waited for
a try is past a hard limit        it is ended, as if it had failed
both have failed                  the last failure is raised: whoever asks decides whether to ask again
================================  ==========================================================

The first try runs in the task of whoever asks: most need no other, and a task of its own costs as much as half of a small
request. To end it, that task is cancelled and its cancellation taken back, as ``asyncio.timeout`` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from longtake.adapters.http.limits import Late, Limits, Pulse
from longtake.core.errors import SourceUnreachable
from longtake.core.urls import redacted

Result = TypeVar("Result")

Attempt = Callable[[Pulse, bool], Awaitable[Result]]
"""(its pulse, whether on a new connection) to the whole thing; raises SourceError."""


class _Ended(Exception):
    """Our own try was ended."""


class _OwnTry:
    """What the current task does, as long as nobody ends it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._is_ended = False

    async def run(self, work: Awaitable[Result]) -> Result:
        """What the work returns or raises. Raises _Ended."""
        self._task = task = asyncio.current_task()
        assert task is not None  # noqa: S101 - coroutines run in tasks
        cancelled_before = task.cancelling()
        try:
            return await work
        except asyncio.CancelledError as error:
            if not self._is_ended or task.cancelling() - 1 > cancelled_before:
                raise
            raise _Ended from error
        finally:
            self._task = None
            if self._is_ended:
                task.uncancel()

    def end(self) -> None:
        """From any other place."""
        if self._task is not None and not self._is_ended:
            self._is_ended = True
            self._task.cancel()


@dataclass(slots=True, kw_only=True)
class _Try:
    """One that runs. ``ended`` is why it was ended."""

    pulse: Pulse
    end: Callable[[], object]
    ended: str | None = None


class TwoTries(Generic[Result]):
    """At most two tries at one thing. ``on_late`` is told whenever one is seen late, and says whether another may begin."""

    def __init__(
        self,
        attempt: Attempt[Result],
        url: str,
        limits: Limits,
        on_late: Callable[[Late], bool] = lambda late: True,
    ) -> None:
        self._attempt = attempt
        self._url = url
        self._limits = limits
        self._on_late = on_late
        self._loop = asyncio.get_running_loop()
        self._own = _OwnTry()
        self._other: asyncio.Task[Result] | None = None
        self._second: _Try | None = None
        self._running: list[_Try] = []
        self._may_begin = True
        self._next_look: asyncio.TimerHandle | None = None

    async def run(self) -> Result:
        """What the first try that got it whole returned. Raises what the last one raised."""
        first = self._begun(self._own.end)
        self._look_later()
        try:
            return await self._own.run(self._attempt(first.pulse, False))
        except _Ended:
            return await self._by_the_other(self._failure(first), first)
        except Exception as error:  # noqa: BLE001 - whatever it is: it is raised, unless the other try does better
            return await self._by_the_other(error, first)
        finally:
            if self._next_look is not None:
                self._next_look.cancel()
            await _cancelled(self._other)

    def end(self, reason: str) -> None:
        """Ends what runs, as if it had failed for that reason (words that follow the address)."""
        self._may_begin = False
        for one in self._running:
            _end(one, reason)

    def give_way(self, reason: str) -> bool:
        """Ends what does not get on, as if it had failed for that reason; whether there is any such try."""
        now_s = self._loop.time()
        stuck = [
            one
            for one in self._running
            if one.ended is None and self._limits.late(one.pulse, now_s) not in (None, Late.SLOW)
        ]
        for one in stuck:
            self._may_begin = False
            _end(one, reason)
        return bool(stuck)

    async def _by_the_other(self, failure: Exception, first: _Try) -> Result:
        """What the second try returns. Raises the failure of the first, if there is none that still may get it."""
        self._may_begin = False
        self._running.remove(first)
        other, second = self._other, self._second
        if other is None or second is None or (other.done() and _has_failed(other)):
            raise failure
        await asyncio.wait({other})
        if other.cancelled():
            raise self._failure(second)
        return other.result()

    def _begun(self, end: Callable[[], object]) -> _Try:
        now_s = self._loop.time()
        one = _Try(pulse=Pulse(began_s=now_s, heard_s=now_s), end=end)
        self._running.append(one)
        return one

    def _begin_other(self) -> None:
        self._may_begin = False
        second = self._second = self._begun(lambda: other.cancel())
        other = self._other = asyncio.create_task(self._second_try(second.pulse), name="second try")
        other.add_done_callback(self._other_done)

    async def _second_try(self, pulse: Pulse) -> Result:
        """Asked for in its own task: one that is cancelled before its first step never has an attempt to wait for."""
        return await self._attempt(pulse, True)

    def _other_done(self, other: asyncio.Task[Result]) -> None:
        if not _has_failed(other):
            self._own.end()
        elif self._second is not None:
            self._running.remove(self._second)

    def _look(self) -> None:
        now_s = self._loop.time()
        try:
            for one in tuple(self._running):
                if reason := self._limits.over(one.pulse, now_s):
                    _end(one, reason)
                elif (
                    (late := self._limits.late(one.pulse, now_s)) and self._on_late(late) and self._may_begin
                ):
                    self._begin_other()
        finally:
            self._look_later()

    def _look_later(self) -> None:
        now_s = self._loop.time()
        if self._running:
            next_s = min([self._limits.next_look_s(one.pulse, now_s) for one in self._running])
            self._next_look = self._loop.call_at(now_s + next_s, self._look)

    def _failure(self, one: _Try) -> SourceUnreachable:
        return SourceUnreachable(f"{redacted(self._url)} {one.ended or 'was not waited for'}")


def _end(one: _Try, reason: str) -> None:
    if one.ended is None:
        one.ended = reason
        one.end()


def _has_failed(task: asyncio.Task[Result]) -> bool:
    return task.cancelled() or task.exception() is not None


async def _cancelled(task: asyncio.Task[Result] | None) -> None:
    """Ends it, whatever happens to the caller meanwhile: what it holds must be given back."""
    if task is None:
        return
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
    _ = _has_failed(task)  # looked at, or asyncio complains that nobody did
