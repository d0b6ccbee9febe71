"""A clock that stands still until the test moves it on."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable


class SteppedClock:
    """``advance`` wakes sleepers in their order, each at its time; ``busy`` says whether threads still work for one."""

    def __init__(self, busy: Callable[[], bool] = lambda: False) -> None:
        self._busy = busy
        self._now_s = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now_us(self) -> int:
        """See ``Clock``."""
        return round(self._now_s * 1e6)

    def monotonic_s(self) -> float:
        """See ``Clock``."""
        return self._now_s

    async def sleep(self, delay_s: float) -> None:
        """See ``Clock``."""
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_s + delay_s, next(self._order), wake))
        await wake

    def pass_by(self, by_s: float) -> None:
        """So much time passes while something else is at work."""
        self._now_s += by_s

    async def advance(self, by_s: float) -> None:
        """So much time passes; all that it lets happen has happened."""
        until_s = self._now_s + by_s
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until_s:
            at_s, _, wake = heapq.heappop(self._sleepers)
            self._now_s = max(self._now_s, at_s)
            if not wake.done():
                wake.set_result(None)
                await self.settle()
        self._now_s = max(self._now_s, until_s)

    async def settle(self) -> None:
        """Until nothing more happens at this time."""
        for _ in range(10):
            await asyncio.sleep(0)
            while self._busy():
                await asyncio.sleep(0.001)
