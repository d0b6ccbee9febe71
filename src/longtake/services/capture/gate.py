"""Holds recorders back while their disk cannot take segments."""

from __future__ import annotations

import asyncio

from longtake.core.errors import StoreUnavailable


class DiskGate:
    """Open while the disk has room and takes what is written. Not thread-safe: it lives in the event loop."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.reason: str | None = None
        """Why it is closed, for people."""

    @property
    def is_open(self) -> bool:
        """Whether recorders may go on."""
        return self._open.is_set()

    async def wait(self) -> None:
        """Until recorders may go on."""
        await self._open.wait()

    def failed(self, error: StoreUnavailable) -> None:
        """Whoever meets a failing disk says so here, and all stop trying until it is well again."""
        self.close(str(error))

    def close(self, reason: str) -> None:
        """Holds recorders back."""
        self.reason = reason
        self._open.clear()

    def open(self) -> None:
        """Lets them go on."""
        self.reason = None
        self._open.set()
