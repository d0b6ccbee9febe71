"""A bounded rate of bytes, for work that has time."""

from __future__ import annotations

from longtake.kit.clock import Clock

_SHORTEST_PAUSE_S = 0.02


class Pace:
    """Pauses so that no more than ``bytes_per_s`` are gone through. What was not used in time is lost: no bursts."""

    def __init__(self, clock: Clock, *, bytes_per_s: int) -> None:
        self._clock = clock
        self._bytes_per_s = bytes_per_s
        self._due_s = 0.0

    async def after(self, size_bytes: int) -> None:
        """To be called after each piece of work."""
        now_s = self._clock.monotonic_s()
        self._due_s = max(self._due_s, now_s) + size_bytes / self._bytes_per_s
        if self._due_s - now_s >= _SHORTEST_PAUSE_S:
            await self._clock.sleep(self._due_s - now_s)
