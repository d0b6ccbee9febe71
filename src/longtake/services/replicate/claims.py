"""Which contents are on their way, so that none is fetched from two peers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Claims:
    """For one event loop."""

    def __init__(self) -> None:
        self._held: dict[Hashable, asyncio.Event] = {}

    def is_held(self, key: Hashable) -> bool:
        """Whether somebody fetches it now."""
        return key in self._held

    @contextmanager
    def held(self, key: Hashable) -> Iterator[None]:
        """Holds what nobody holds, for the block."""
        assert key not in self._held, "claimed twice"  # noqa: S101 - there is no await between looking and taking
        over = self._held[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._held[key]
            over.set()

    async def until_free(self, key: Hashable) -> None:
        """Until nobody fetches it."""
        while (over := self._held.get(key)) is not None:
            await over.wait()
