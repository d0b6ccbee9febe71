"""Whether a disk has room for what peers have, and still for what this node records."""

from __future__ import annotations

import os
from pathlib import Path

from longtake.adapters.store.trouble import disk_trouble
from longtake.app.settings import Settings
from longtake.core.errors import StoreUnavailable
from longtake.core.times import format_size
from longtake.kit.clock import Clock
from longtake.kit.threads import in_daemon_thread
from longtake.services.replicate.tools import CheckRoom

_LOOKED_AT_EVERY_S = 1.0
_MOST_KEPT = 1000


def room_check(settings: Settings, clock: Clock) -> CheckRoom:
    """Asks each folder's disk once a second at most.

    Pulling stops a quarter of the reserve earlier than recording does, so that it never takes the recorder's last room.
    """
    root = settings.store.dir
    least_bytes = settings.store.reserve * 5 // 4
    known: dict[tuple[str, str], tuple[float, int]] = {}

    async def check_room(channel: str, quality: str) -> None:
        place, now_s = (channel, quality), clock.monotonic_s()
        looked_s, free_bytes = known.get(place, (-_LOOKED_AT_EVERY_S, 0))
        if now_s - looked_s >= _LOOKED_AT_EVERY_S:
            folder = root / channel / quality
            free_bytes = await in_daemon_thread(lambda: _free_bytes(folder), "look for room")
            if len(known) >= _MOST_KEPT:
                known.clear()
            known[place] = now_s, free_bytes
        if free_bytes < least_bytes:
            raise StoreUnavailable(
                f"the disk has {format_size(free_bytes)} left, and nothing is pulled below {format_size(least_bytes)}: "
                "the rest is for this node's own recording"
            )

    return check_room


def _free_bytes(folder: Path) -> int:
    """Of the disk that the folder is on, or will be."""
    with disk_trouble("look for room"):
        while True:
            try:
                stats = os.statvfs(folder)
            except (FileNotFoundError, NotADirectoryError):
                folder = folder.parent
                continue
            return stats.f_bavail * stats.f_frsize
