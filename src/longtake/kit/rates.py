"""How often somebody may do something: so many times a minute, each by himself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable

_MOST_KEYS = 10_000


class RateLimit:
    """``most`` times in each ``per_s`` for each key. Beyond ``most_keys`` in one stretch, all that are new share one count."""

    def __init__(
        self,
        most: int,
        *,
        per_s: float = 60.0,
        most_keys: int = _MOST_KEYS,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._per_s = per_s
        self._most_keys = most_keys
        self._now_s = now_s
        self._since_s = now_s()
        self._counts: Counter[Hashable] = Counter()

    def wait_s(self, key: Hashable) -> float:
        """0 if it may be done now, which counts; else in how many seconds it may be."""
        now_s = self._now_s()
        if now_s - self._since_s >= self._per_s:
            self._since_s = now_s
            self._counts.clear()
        if key not in self._counts and len(self._counts) >= self._most_keys:
            key = None
        if self._counts[key] >= self._most:
            return self._since_s + self._per_s - now_s
        self._counts[key] += 1
        return 0.0
