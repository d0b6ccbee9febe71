"""A memory of what was used last, bounded by weight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Weighed(Generic[Key, Value]):
    """Values whose weights together are at most ``most``; the one that was used longest ago goes first.

    What is heavier than all room is not kept. Not for several threads at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._weight = 0

    @property
    def weight(self) -> int:
        """Of all that is kept."""
        return self._weight

    def get(self, key: Key) -> Value | None:
        """The value, which counts as used; None if it is not kept."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Keeps a value in the place of an older one."""
        self.drop(key)
        if weight > self._most:
            return
        self._values[key] = (value, weight)
        self._weight += weight
        while self._weight > self._most:
            _, (_, gone) = self._values.popitem(last=False)
            self._weight -= gone

    def drop(self, key: Key) -> None:
        """Forgets a value, if it is kept."""
        found = self._values.pop(key, None)
        if found is not None:
            self._weight -= found[1]
