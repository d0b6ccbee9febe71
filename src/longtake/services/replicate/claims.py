"""Which contents are on their way, or came not long ago, so that none is fetched from two peers."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress

from longtake.kit.recent import Recent

_REMEMBERED = 50_000
"""A plan is no older than it takes to pull an hour."""


class Claims:
    """For one event loop."""

    def __init__(self) -> None:
        self._held: dict[Hashable, asyncio.Event] = {}
        self._came: Recent[Hashable, int] = Recent(_REMEMBERED)

    def is_held(self, key: Hashable) -> bool:
        """Whether somebody fetches it now."""
        return key in self._held

    def came(self, key: Hashable) -> None:
        """It is here now."""
        self._came.put(key, self.arrivals(key) + 1)

    def arrivals(self, key: Hashable) -> int:
        """How often it came, as far as that is remembered: if it did, it is worth a look at the disk."""
        return self._came.get(key) or 0

    @contextmanager
    def held(self, key: Hashable) -> Iterator[None]:
        """Holds what nobody holds, for the block."""
        if key in self._held:
            raise RuntimeError("claimed twice: there must be no await between looking and taking")
        over = self._held[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._held[key]
            over.set()

    async def until_free(self, keys: Iterable[Hashable], *, patience_s: float) -> None:
        """Until nobody fetches any of them, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for key in keys:
                    while (over := self._held.get(key)) is not None:
                        await over.wait()
