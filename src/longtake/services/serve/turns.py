"""So much heavy work at a time. Some more wait a moment for their turn; beyond that clients are told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from longtake.adapters.web.leaving import unless_gone
from longtake.core.errors import Busy
from longtake.kit.slots import PrioritySlots, Slot


class Turns:
    """``at_once`` at a time and ``waiting`` more, for up to ``patience_s``; ``what`` it is, in the plural, is for messages."""

    def __init__(self, what: str, *, at_once: int, waiting: int, patience_s: float) -> None:
        self._what = what
        self._slots = PrioritySlots(at_once)
        self._most_waiting = waiting
        self._patience_s = patience_s

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._slots.waiting

    @asynccontextmanager
    async def turn(self, request: Request, *, priority: int = 0) -> AsyncIterator[None]:
        """Holds a place for the block; lower priorities go first. Raises Busy, ClientGone."""
        place = await self.take(request, priority=priority)
        try:
            yield
        finally:
            place.give_back()

    async def take(self, request: Request, *, priority: int = 0) -> Slot:
        """A place that is to be given back. Raises Busy, ClientGone."""
        if (free := self._slots.take_if_free()) is not None:
            return free
        if self.waiting >= self._most_waiting:
            raise Busy(f"too many {self._what} are asked for at once; try again in a moment")
        taken: list[Slot] = []

        async def wait() -> None:
            taken.append(await self._slots.take(priority))

        try:
            async with asyncio.timeout(self._patience_s):
                await unless_gone(request.receive, wait())
            return taken.pop()
        except TimeoutError as error:
            raise Busy(f"the {self._what} asked for before take too long; try again in a moment") from error
        finally:
            for place in taken:  # that came just when nobody waited for it any more
                place.give_back()
