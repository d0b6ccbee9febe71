"""Holds the recorder of one quality back while its disk cannot take segments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from longtake.core.errors import StoreUnavailable


class DiskGate:
    """Open while the disk has room and takes what is written. Not thread-safe: it lives in the event loop.

    It is closed for two reasons, by two who know: the disk's watch closes the gates of all that record on it, and whoever
    meets a failure closes that one gate. ``on_failed`` is told of the latter, ``on_closed`` of both, if it was open.
    """

    def __init__(self, on_failed: Callable[[], None] | None = None) -> None:
        self._on_failed = on_failed
        self.on_closed: Callable[[], None] | None = None
        """For the recorder, which may be between two polls."""
        self._open = asyncio.Event()
        self._open.set()
        self._disk_is_well = asyncio.Event()
        self._disk_is_well.set()
        self._failure = asyncio.Event()
        self._of_disk: str | None = None
        self._own: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the recorder may go on."""
        return self._open.is_set()

    @property
    def reason(self) -> str | None:
        """Why it is closed, for people."""
        return self._of_disk or self._own

    @property
    def disk_does(self) -> bool:
        """Whether the disk as a whole is well, whatever was met here."""
        return self._disk_is_well.is_set()

    async def wait(self) -> None:
        """Until the recorder may go on."""
        await self._open.wait()

    def failed(self, error: StoreUnavailable) -> None:
        """Whoever meets a failing disk says so here, and all who record here stop trying until it is well again."""
        self._own = str(error)
        self._failure.set()
        self._shut()
        if self._on_failed is not None:
            self._on_failed()

    def close(self, reason: str) -> None:
        """The whole disk does not do."""
        self._of_disk = reason
        self._disk_is_well.clear()
        self._shut()

    def disk_is_well(self) -> None:
        """The disk does; what was met here still has to be looked into."""
        self._of_disk = None
        self._disk_is_well.set()
        self._settle()

    def mended(self) -> None:
        """What was met here is over; the disk may still not do."""
        self._own = None
        self._failure.clear()
        self._settle()

    def open(self) -> None:
        """Lets the recorder go on, whatever it was."""
        self._of_disk = None
        self._disk_is_well.set()
        self.mended()

    async def failure(self) -> None:
        """Until somebody has met a failure that is not mended."""
        await self._failure.wait()

    async def until_disk_is_well(self) -> None:
        """Until the disk as a whole is."""
        await self._disk_is_well.wait()

    def _shut(self) -> None:
        if self._open.is_set():
            self._open.clear()
            if self.on_closed is not None:
                self.on_closed()

    def _settle(self) -> None:
        if self.reason is None:
            self._open.set()
