"""So many at a time, the most urgent first; and who does not get on may make way for those who wait."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Slot:
    """A slot that is held. Giving it back early is allowed, once or often."""

    def __init__(self, slots: PrioritySlots) -> None:
        self._slots = slots
        self.is_held = True

    def give_back(self) -> None:
        """Lets the next one go; whoever held it goes on without."""
        if self.is_held:
            self.is_held = False
            self._slots.release(self)

    def offer(self, give_way: Callable[[], bool]) -> None:
        """Its holder does not get on. ``give_way`` is called as soon as another waits, perhaps at once.

        It returns whether the slot will be given back soon; must not itself give it back; and is asked again if not.
        """
        if self.is_held:
            self._slots.offered(self, give_way)


class PrioritySlots:
    """A semaphore whose waiters go by priority (lower first), and among equals in order of arrival."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = count
        """Less than none while more are held than there are to be."""
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._offers: dict[Slot, Callable[[], bool]] = {}
        """In the order in which they were made."""
        self._promised: set[Slot] = set()
        """Those whose holders make way."""

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return sum(not turn.done() for _, _, turn in self._waiting)

    def resize(self, count: int) -> None:
        """From now on so many. Who holds one keeps it."""
        change, self._count = count - self._count, count
        self._free += min(change, 0)
        for _ in range(change):
            self._hand_on()

    @asynccontextmanager
    async def slot(self, priority: int) -> AsyncIterator[Slot]:
        """Holds a slot for the block, or until it is given back."""
        slot = await self.take(priority)
        try:
            yield slot
        finally:
            slot.give_back()

    async def take(self, priority: int) -> Slot:
        """A slot, once it is its turn. To be given back."""
        await self._acquire(priority)
        return Slot(self)

    def take_if_free(self) -> Slot | None:
        """One that is free, and that nobody waits for. To be given back."""
        if self._free <= 0 or self._waiting:
            return None
        self._free -= 1
        return Slot(self)

    def offered(self, slot: Slot, give_way: Callable[[], bool]) -> None:
        """See ``Slot.offer``."""
        if slot not in self._promised:
            self._offers[slot] = give_way
            self._ask_holders()

    def release(self, slot: Slot) -> None:
        """See ``Slot.give_back``."""
        self._offers.pop(slot, None)
        self._promised.discard(slot)
        self._hand_on()

    async def _acquire(self, priority: int) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), turn))
        self._ask_holders()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._hand_on()  # the slot was given in the same moment
            raise

    def _hand_on(self) -> None:
        """Hands a slot to the next who still waits, or lays it back."""
        while self._waiting and self._free >= 0:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _ask_holders(self) -> None:
        """Those who offered first make way first, one for each who waits."""
        if not self._offers:
            return
        wanted = self.waiting - len(self._promised)
        for slot, give_way in tuple(self._offers.items()):
            if wanted <= 0:
                return
            if slot in self._offers and give_way():
                del self._offers[slot]
                self._promised.add(slot)
                wanted -= 1
