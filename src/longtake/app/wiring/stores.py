"""The store of a node."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.trouble import disk_trouble
from longtake.app.settings import Settings
from longtake.core.errors import NotFound


@contextmanager
def opened_store(settings: Settings) -> Iterator[DiskStore]:
    """The store; its threads end with the block."""
    store = DiskStore(settings.store.dir, not_channels=settings.store.extra_folders)
    try:
        yield store
    finally:
        store.close()


def existing_store_dir(folder: Path) -> Path:
    """The folder, if it is there. Raises NotFound: a mistyped path must not look like an empty store."""
    if not folder.is_dir():
        raise NotFound(f"there is no store at {folder}")
    return folder


def free_bytes_of(folder: Path) -> Callable[[], int]:
    """Measures the room of the file system that the folder, or the nearest one above that exists, is on."""

    def free_bytes() -> int:
        with disk_trouble("measure the room on the disk"):
            there = next(path for path in (folder, *folder.resolve().parents) if path.exists())
            return shutil.disk_usage(there).free

    return free_bytes
