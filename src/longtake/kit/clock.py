"""The clock as a value that can be handed in: wall time for names, monotonic time for waiting."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What services ask for the time, and for a pause. Tests give one that they step themselves."""

    def now_us(self) -> int:
        """Wall time, in microseconds since the Unix epoch."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never step back, from any beginning."""
        ...

    async def sleep(self, delay_s: float) -> None:
        """Pauses the calling task."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """See ``Clock``."""
        return time.time_ns() // 1000

    def monotonic_s(self) -> float:
        """See ``Clock``."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """See ``Clock``."""
        await asyncio.sleep(delay_s)
