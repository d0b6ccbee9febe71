"""The machine's clock, with pauses that last only a part of their time: for what waits as real recorders do."""

from __future__ import annotations

import asyncio
import time

from longtake.kit.clock import SystemClock


class FasterClock(SystemClock):
    """Wall time is as it is; monotonic time and pauses are ``times`` as fast."""

    def __init__(self, times: float) -> None:
        self._times = times

    def monotonic_s(self) -> float:
        """See ``Clock``."""
        return time.monotonic() * self._times

    async def sleep(self, delay_s: float) -> None:
        """See ``Clock``."""
        await asyncio.sleep(delay_s / self._times)
