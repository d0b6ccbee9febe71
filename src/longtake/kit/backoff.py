"""Waiting longer after each failure, with jitter, so that many who failed together do not come back together."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Delays of ``first_s``, twice that, … up to ``longest_s``, each times a random factor of 0.9 to 1.1."""

    first_s: float
    longest_s: float
    random: Callable[[], float] = field(default=random.random)
    failures: int = field(default=0)

    def next_delay_s(self) -> float:
        """Counts a failure and says how long to wait after it."""
        delay_s = min(self.longest_s, self.first_s * float(1 << min(self.failures, 30)))
        self.failures += 1
        factor = 0.9 + 0.2 * self.random()
        return delay_s * factor

    def reset(self) -> None:
        """Forgets the failures: it worked."""
        self.failures = 0
