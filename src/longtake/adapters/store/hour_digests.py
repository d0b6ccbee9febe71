"""Digests of hours, kept while the folder stays the same. What counts in one is durable: its folder was synced.

A peer that has compared two digests to the end may never look at that hour again; so a name that a power cut could
still take back must not count. Recorders sync each file before it gets its name, and the folder after; a listing may
run ahead of that by a moment. So the folder is synced here, between the listing of its names and their digest.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from longtake.adapters.store.interface import HourStamp
from longtake.adapters.store.stamps import read_stamps
from longtake.core.digests import HourDigest, digest_hour
from longtake.core.listing import HourListing
from longtake.kit.files import FileOps
from longtake.kit.recent import Recent

_KEPT = 50_000
"""Five years of one quality; some hundred bytes each."""
_NOTHING_TO_SYNC = (errno.ENOENT, errno.EINVAL, errno.EROFS)
"""It is gone, its file system needs none, or is read-only."""


class HourDigests:
    """Thread-safe; blocks on the disk."""

    def __init__(self, ops: FileOps, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._ops = ops
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._kept: Recent[Path, tuple[HourStamp, HourDigest]] = Recent(_KEPT)

    def read(
        self, folder: Path, hours: Iterable[str], list_hour: Callable[[str], HourListing]
    ) -> list[HourDigest]:
        """Of these hours of the quality in ``folder``, in their order; those without a name are left out. Raises OSError."""
        wanted = list(hours)
        stamps = read_stamps([(folder / hour, None) for hour in wanted], now_ns=self._now_ns())
        found = [
            self._digest(folder / hour, stamp, partial(list_hour, hour))
            for hour, stamp in zip(wanted, stamps, strict=True)
        ]
        return [digest for digest in found if digest.count]

    def _digest(self, folder: Path, stamp: HourStamp, list_names: Callable[[], HourListing]) -> HourDigest:
        with self._lock:
            kept = self._kept.get(folder)
        if kept is not None and kept[0] == stamp and stamp.is_settled():
            return kept[1]
        listing = list_names()
        self._sync(folder)
        digest = digest_hour(listing)
        with self._lock:
            self._kept.put(folder, (stamp, digest))
        return digest

    def _sync(self, folder: Path) -> None:
        for each in (folder, folder.parent):  # the parent, should the folder be new
            try:
                self._ops.fsync_folder(each)
            except OSError as error:
                if error.errno not in _NOTHING_TO_SYNC:
                    raise
