"""Looks at what viewers were shown: one for all who ask at the same moment, and again until what somebody waits for is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from longtake.adapters.store.interface import SegmentStore
from longtake.core.ledger import Shown
from longtake.kit.clock import Clock
from longtake.kit.sharing import Shared

_LOOK_AGAIN_S = 0.1
_MOST_WAITING = 500
"""Who asks beyond that is answered at once, and asks again."""


class Asked(NamedTuple):
    """See ``SegmentStore.shown``."""

    channel: str
    quality: str
    start_us: int | None = None
    window_us: int = 0
    reach_back: bool = True


class LiveEdge:
    """Of all channels of a store."""

    def __init__(self, store: SegmentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._looks: Shared[Asked, Shown] = Shared("live-edge")
        self._waiting = 0

    async def shown(self, asked: Asked) -> Shown:
        """What is shown now, by a look that began after this call."""
        return await self._looks.get(asked, lambda: self._look(asked))

    async def shown_once(
        self, asked: Asked, is_there: Callable[[Shown], bool], *, patience_s: float
    ) -> Shown:
        """What is shown once it is what somebody waits for, or when that has taken too long."""
        until_s = self._clock.monotonic_s() + patience_s
        self._waiting += 1
        try:
            while True:
                shown = await self.shown(asked)
                over = self._waiting > _MOST_WAITING or self._clock.monotonic_s() >= until_s
                if over or is_there(shown):
                    return shown
                await self._clock.sleep(_LOOK_AGAIN_S)
        finally:
            self._waiting -= 1

    async def _look(self, asked: Asked) -> Shown:
        return await self._store.shown(
            asked.channel,
            asked.quality,
            now_us=self._clock.now_us(),
            start_us=asked.start_us,
            window_us=asked.window_us,
            reach_back=asked.reach_back,
        )
