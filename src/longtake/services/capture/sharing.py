"""Small things that many segments need, fetched once for all of them.

=================================  ======================================================================
a fetch of one                     what is done
=================================  ======================================================================
is under way                       all that need this one wait for it together, and fail together; those that
                                   need another do not
brings what is worth keeping       it is kept, as long as it is one of the last few
all that waited for it are gone    it is ended
=================================  ======================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Generic, TypeVar

Name = TypeVar("Name")


@dataclass(slots=True, kw_only=True)
class _Fetch:
    """One that is under way. ``waiting``: so many need it."""

    task: asyncio.Task[bytes]
    waiting: int = 0


class SharedFetches(Generic[Name]):
    """Of one kind. ``most`` are kept; ``title`` is for the names of tasks."""

    def __init__(self, title: str, most: int, is_worth_keeping: Callable[[bytes], bool]) -> None:
        self._title = title
        self._most = most
        self._is_worth_keeping = is_worth_keeping
        self._kept: dict[Name, bytes] = {}
        self._under_way: dict[Name, _Fetch] = {}

    async def get(self, name: Name, fetch: Callable[[], Coroutine[object, object, bytes]]) -> bytes:
        """What is kept under that name, or what ``fetch`` brings. Raises what that raises."""
        if (kept := self._kept.get(name)) is not None:
            return kept
        under_way = self._under_way.get(name)
        if under_way is None:
            task = asyncio.create_task(self._fetched(name, fetch), name=self._title)
            under_way = self._under_way[name] = _Fetch(task=task)
        return await self._shared(name, under_way)

    def forget(self, name: Name, content: bytes) -> None:
        """What is kept under that name, if it still is this."""
        if self._kept.get(name) == content:
            del self._kept[name]

    async def _shared(self, name: Name, fetch: _Fetch) -> bytes:
        fetch.waiting += 1
        try:
            return await asyncio.shield(fetch.task)
        finally:
            fetch.waiting -= 1
            if not fetch.waiting:
                del self._under_way[name]
                fetch.task.cancel()
                await asyncio.wait({fetch.task})

    async def _fetched(self, name: Name, fetch: Callable[[], Coroutine[object, object, bytes]]) -> bytes:
        content = await fetch()
        if self._is_worth_keeping(content):
            while len(self._kept) >= self._most:
                self._kept.pop(next(iter(self._kept)))
            self._kept[name] = content
        return content
