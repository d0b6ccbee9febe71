"""So many at a time, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Slot:
    """A slot that is held. Giving it back early is allowed, once or often."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release = release
        self.is_held = True

    def give_back(self) -> None:
        """Lets the next one go; whoever held it goes on without."""
        if self.is_held:
            self.is_held = False
            self._release()


class PrioritySlots:
    """A semaphore whose waiters go by priority (lower first), and among equals in order of arrival."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return sum(not turn.done() for _, _, turn in self._waiting)

    @asynccontextmanager
    async def slot(self, priority: int) -> AsyncIterator[Slot]:
        """Holds a slot for the block, or until it is given back."""
        await self._acquire(priority)
        slot = Slot(self._release)
        try:
            yield slot
        finally:
            slot.give_back()

    async def _acquire(self, priority: int) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release()  # the slot was given in the same moment
            raise

    def _release(self) -> None:
        """Hands the slot to the next who still waits, or lays it back."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
