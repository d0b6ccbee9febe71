"""What each service says of itself, in ``STORE/.longtake/status/SERVICE.json``, written anew every second.

Not durable, but atomic: a reader sees the old or the new one. A file whose process died stays, and shows by its age.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from longtake.adapters.store.layout import Layout
from longtake.adapters.store.status_words import ServiceStatus, decode_status
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.times import format_us
from longtake.kit.files import replace_text
from longtake.kit.locks import FileLock, LockHeld

_MOST_INSTANCES = 100


class StatusFile:
    """A service's own file. A second process of the same service gets a number: ``capture-2.json``."""

    def __init__(self, root: Path, service: str) -> None:
        self._layout = Layout(root)
        self._service = service
        self._started = format_us(time.time_ns() // 1000)
        self._at_work = threading.Lock()
        self._lock: FileLock | None = None
        self._path = self._layout.status / f"{service}.json"

    def claim(self) -> None:
        """Takes the first free name. Raises StoreUnavailable."""
        with disk_trouble("write the status"):
            self._layout.status.mkdir(parents=True, exist_ok=True)
            for instance in range(1, _MOST_INSTANCES):
                name = self._service if instance == 1 else f"{self._service}-{instance}"
                lock = FileLock(self._layout.status / f".{name}.lock")
                try:
                    lock.acquire()
                except LockHeld:
                    continue
                self._lock = lock
                self._path = self._layout.status / f"{name}.json"
                return

    def write(self, details: Mapping[str, object], metrics: Sequence[object]) -> None:
        """Replaces the file, from any thread; does nothing after ``remove``. Raises StoreUnavailable."""
        status = {
            "service": self._service,
            "pid": os.getpid(),
            "started": self._started,
            "updated": format_us(time.time_ns() // 1000),
            "details": dict(details),
            "metrics": list(metrics),
        }
        with self._at_work, disk_trouble("write the status"):
            if self._lock is not None:
                replace_text(self._path, json.dumps(status))

    def remove(self) -> None:
        """The service ends: nothing is said of it any more. Never raises: an old file shows by its age."""
        with self._at_work:
            lock, self._lock = self._lock, None
            if lock is None:
                return
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            lock.release()


def read_status(root: Path) -> list[ServiceStatus]:
    """What all services wrote last, stale ones included, by name. What is no status is passed over."""
    found = []
    for path in sorted(Layout(root).status.glob("*.json"), key=lambda path: path.stem):
        try:
            read = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError):
            continue
        status = decode_status(path.stem, read)
        if status is not None:
            found.append(status)
    return found
