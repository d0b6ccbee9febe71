"""Hour folders, read once and kept while they are unchanged.

A folder's mtime changes with each name that comes or goes, but only to the clock's tick: a listing is trusted only if
the mtime was at least a second old when the listing began (git calls younger ones racy). Hours that went long unused
are forgotten.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from longtake.core.listing import HourListing, read_listing
from longtake.kit.recent import Recent

_RACY_NS = 1_000_000_000
KEPT_HOURS = 400


class ListingCache:
    """Understood listings by folder. Thread-safe; ``read`` blocks on the disk."""

    def __init__(self, now_ns: Callable[[], int] = time.time_ns, *, kept_hours: int = KEPT_HOURS) -> None:
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._kept: Recent[Path, tuple[int, HourListing]] = Recent(kept_hours)

    def read(self, folder: Path, hour: str) -> HourListing:
        """The listing of an hour folder, empty if there is none. Raises OSError for a failing disk."""
        began_ns = self._now_ns()
        try:
            mtime_ns = folder.stat().st_mtime_ns
            with self._lock:
                kept = self._kept.get(folder)
                if kept is not None and kept[0] == mtime_ns:
                    return kept[1]
            names = os.listdir(folder)  # noqa: PTH208 - names, of which there are many
        except (FileNotFoundError, NotADirectoryError):
            return read_listing(hour, ())
        listing = read_listing(hour, names)
        if began_ns - mtime_ns >= _RACY_NS:
            self._keep(folder, mtime_ns, listing)
        return listing

    def _keep(self, folder: Path, mtime_ns: int, listing: HourListing) -> None:
        with self._lock:
            self._kept.put(folder, (mtime_ns, listing))
