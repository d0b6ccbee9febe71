"""Durable files: once ``DurableFile.commit`` returns, every byte is on disk under the final name, or nothing is.

All disk writing of longtake that promises durability goes through ``FileOps``, so that tests can put a failing disk,
or one that forgets what was not synced, in the system's place.

===============================  ==========================================  =====================
failed at                        state left                                  who acts
===============================  ==========================================  =====================
open, write, fsync of the temp   a temp file, removed at once if possible    the caller: retry
kill before the rename           a temp file                                 the next start: cleaned up
rename                           a temp file, removed at once if possible    the caller: retry
fsync of the folder              final name, perhaps not yet on disk         the caller: retry (same bytes, same name)
===============================  ==========================================  =====================
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol


class FileOps(Protocol):
    """The few operations that durability rests on. All raise OSError; paths are absolute or relative alike."""

    def open_new(self, path: Path) -> int:
        """Creates a file for writing, failing if it exists; a file descriptor."""
        ...

    def write(self, fd: int, data: memoryview) -> int:
        """Writes some of the data at the end of the file; how many bytes."""
        ...

    def fsync(self, fd: int) -> None:
        """Puts the file's content on disk."""
        ...

    def close(self, fd: int) -> None:
        """Closes the descriptor."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Atomically gives the file its new name, replacing what had it."""
        ...

    def fsync_folder(self, path: Path) -> None:
        """Puts the folder's names on disk."""
        ...

    def make_folder(self, path: Path) -> bool:
        """Makes one folder; False if it was there. Its parent must exist."""
        ...

    def remove(self, path: Path) -> None:
        """Removes a file's name."""
        ...


class SystemFileOps:
    """``FileOps`` of the operating system."""

    def open_new(self, path: Path) -> int:
        """See ``FileOps``."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def write(self, fd: int, data: memoryview) -> int:
        """See ``FileOps``."""
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """See ``FileOps``."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """See ``FileOps``."""
        os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """See ``FileOps``."""
        source.replace(target)

    def fsync_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def make_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        try:
            path.mkdir()
        except FileExistsError:
            return False
        return True

    def remove(self, path: Path) -> None:
        """See ``FileOps``."""
        path.unlink()


class DurableFile:
    """One file on its way: written under a temp name, then committed under its final one, or discarded."""

    def __init__(self, temp: Path, ops: FileOps) -> None:
        self._temp = temp
        self._ops = ops
        self._fd: int | None = None
        self.size_bytes = 0

    def write(self, chunks: Iterable[bytes | memoryview]) -> None:
        """Appends all of the bytes, however often the disk takes only some. Raises OSError."""
        if self._fd is None:
            self._fd = self._ops.open_new(self._temp)
        for chunk in chunks:
            left = memoryview(chunk)
            while left:
                written = self._ops.write(self._fd, left)
                self.size_bytes += written
                left = left[written:]

    def commit(self, target: Path) -> None:
        """Syncs the content, gives it its final name, syncs the folder. Raises OSError; then nothing is promised.

        ``target``'s folder must exist; see ``DurableFolders``.
        """
        self.write(())
        assert self._fd is not None  # noqa: S101 - write() opened it
        self._ops.fsync(self._fd)
        self._close()
        self._ops.rename(self._temp, target)
        self._ops.fsync_folder(target.parent)

    def discard(self) -> None:
        """Removes what was written. Never raises: the temp is cleaned up at the next start if it must be."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._ops.remove(self._temp)

    def _close(self) -> None:
        if self._fd is not None:
            fd, self._fd = self._fd, None
            self._ops.close(fd)


class DurableFolders:
    """Makes the folders below ``root``, and the root, so that each is on disk before it is used. Thread-safe.

    A folder that is there need not be on disk: another thread or process may have made it just now, or failed to sync
    it. So each is synced here once, whoever made it.
    """

    def __init__(self, root: Path, ops: FileOps) -> None:
        self._root = root
        self._ops = ops
        self._lock = threading.Lock()
        self._on_disk: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Makes the folder and what is missing above it. Raises OSError; then it may be there, but is not done."""
        with self._lock:
            self._make(folder)

    def _make(self, folder: Path) -> None:
        if folder in self._on_disk and folder.is_dir():
            return
        if self._root in folder.parents or not folder.parent.is_dir():
            self._make(folder.parent)
        is_new = self._ops.make_folder(folder)
        try:
            self._ops.fsync_folder(folder.parent)
        except PermissionError:
            if is_new or folder != self._root:
                raise
            # An old root below a folder that is not ours to read: who made it has seen to it.
        self._on_disk.add(folder)


def replace_text(path: Path, text: str) -> None:
    """Atomically replaces a small file that need not survive a power cut (status). Raises OSError.

    One writer at a time: the temp's name is always the same, so that a killed writer's is used again.
    """
    temp = path.with_name(f".{path.name}.temp")
    temp.write_text(text)
    temp.replace(path)
