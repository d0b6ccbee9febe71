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
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from longtake.adapters.http.limits import Late, Limits, Pulse
from longtake.core.errors import SourceUnreachable
from longtake.core.urls import redacted

Result = TypeVar("Result")

Attempt = Callable[[Pulse, bool], Awaitable[Result]]
"""(its pulse, whether on a new connection) to the whole thing; raises SourceError."""


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
        self._running: dict[asyncio.Task[Result], Pulse] = {}
        self._ended: dict[asyncio.Task[Result], str] = {}
        self._begun = 0

    async def run(self) -> Result:
        """What the first try that got it whole returned. Raises what the last one raised."""
        self._begin()
        try:
            while True:
                done, _ = await asyncio.wait(
                    self._running, timeout=self._next_look_s(), return_when=asyncio.FIRST_COMPLETED
                )
                for task in sorted(done, key=_has_failed):
                    del self._running[task]
                    error = self._failure(task)
                    if error is None:
                        return task.result()
                    if not self._running:
                        raise error
                self._look()
        finally:
            await _cancelled(self._running)

    def end(self, reason: str) -> None:
        """Ends what runs, as if it had failed for that reason (words that follow the address)."""
        self._begun = 2
        for task in self._running:
            self._end(task, reason)

    def _begin(self) -> None:
        now_s = self._loop.time()
        pulse = Pulse(began_s=now_s, heard_s=now_s)
        work = self._attempt(pulse, self._begun > 0)
        self._running[asyncio.ensure_future(work)] = pulse
        self._begun += 1

    def _look(self) -> None:
        now_s = self._loop.time()
        for task, pulse in list(self._running.items()):
            if reason := self._limits.over(pulse, now_s):
                self._end(task, reason)
            elif (late := self._limits.late(pulse, now_s)) and self._on_late(late) and self._begun < 2:
                self._begin()

    def _end(self, task: asyncio.Task[Result], reason: str) -> None:
        if task not in self._ended:
            self._ended[task] = reason
            task.cancel()

    def _next_look_s(self) -> float:
        now_s = self._loop.time()
        return min(self._limits.next_look_s(pulse, now_s) for pulse in self._running.values())

    def _failure(self, task: asyncio.Task[Result]) -> BaseException | None:
        if not task.cancelled():
            return task.exception()
        reason = self._ended.get(task, "was not waited for")
        return SourceUnreachable(f"{redacted(self._url)} {reason}")


def _has_failed(task: asyncio.Task[Result]) -> bool:
    return task.cancelled() or task.exception() is not None


async def _cancelled(tasks: Iterable[asyncio.Task[Result]]) -> None:
    """Ends them, whatever happens to the caller meanwhile: what they hold must be given back."""
    pending = set(tasks)
    for task in pending:
        task.cancel()
    while pending:
        try:
            done, pending = await asyncio.wait(pending)
        except asyncio.CancelledError:
            continue
        for task in done:
            _ = task.cancelled() or task.exception()  # looked at, or asyncio complains that nobody did
