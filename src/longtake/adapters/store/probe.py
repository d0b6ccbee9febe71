"""Whether a disk works, and how much room it has: a folder that is recorded into, asked by writing to it."""

from __future__ import annotations

import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

from longtake.adapters.store.trouble import words_for
from longtake.core.errors import StoreUnavailable
from longtake.kit.files import FileOps, SystemFileOps

_LEFT_BEHIND_S = 60
"""A probe's file that is older was left by a kill: a probe is over in a moment, or hangs."""


class ProbedFolder:
    """A folder for temps. Its calls block as long as the disk does."""

    def __init__(self, temp: Path, *, ops: FileOps | None = None) -> None:
        self._temp = temp
        self._ops = ops or SystemFileOps()
        self._swept = False
        self.mount_point = mount_point_of(temp)
        """Of the file system that it was on when this was made."""

    def free_bytes(self) -> int:
        """Raises StoreUnavailable."""
        try:
            return shutil.disk_usage(_nearest(self._temp)).free
        except OSError as error:
            raise StoreUnavailable(words_for(error)) from error

    def probe(self, size_bytes: int) -> None:
        """Writes a file, syncs and removes it. Raises StoreUnavailable in words: 'the disk is full'."""
        if not self.mount_point.is_mount():
            raise StoreUnavailable(f"the disk is gone: nothing is mounted at {self.mount_point}")
        try:
            self._temp.mkdir(parents=True, exist_ok=True)
            self._sweep()
            self._write(self._temp / f"{uuid.uuid4()}.probe", size_bytes)
        except OSError as error:
            raise StoreUnavailable(words_for(error)) from error

    def _write(self, path: Path, size_bytes: int) -> None:
        fd = self._ops.open_new(path)
        try:
            try:
                left = memoryview(bytes(size_bytes))
                while left:
                    left = left[self._ops.write(fd, left) :]
                self._ops.fsync(fd)
            finally:
                self._ops.close(fd)
        finally:
            with suppress(FileNotFoundError):  # a recorder that starts removes what it finds
                self._ops.remove(path)

    def _sweep(self) -> None:
        """Once: removes what killed processes left."""
        if self._swept:
            return
        oldest_s = time.time() - _LEFT_BEHIND_S
        for path in self._temp.glob("*.probe"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest_s:
                    path.unlink()
        self._swept = True


def mount_point_of(folder: Path) -> Path:
    """Where the file system is mounted that a folder, or the nearest one above that exists, is on."""
    there = _nearest(folder).resolve()
    return next(path for path in (there, *there.parents) if path.is_mount())


def _nearest(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
