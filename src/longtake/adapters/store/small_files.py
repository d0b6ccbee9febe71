"""Small files of the node that must survive a power cut, and that several processes may write.

A file is written under one temp name and renamed (``kit.files``), by one process at a time: who writes holds the lock of
its folder. The kernel gives that back however a process ends, so the temp that a killed one left is written over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longtake.kit.files import DurableFile, DurableFolders, FileOps

_TEMP = ".temp"
_LOCK = ".lock"


class SmallFiles:
    """The files of one folder. Blocks on the disk; all that it does raises OSError."""

    def __init__(self, root: Path, folder: Path, ops: FileOps) -> None:
        self.folder = folder
        self._folders = DurableFolders(root, ops)
        self._ops = ops

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Makes the folder, and waits until no other process or thread is in here."""
        self._folders.make(self.folder)
        lock = self._ops.open_log(self.folder / _LOCK)
        try:
            self._ops.lock(lock)
            yield
        finally:
            self._ops.close(lock)

    def names(self) -> list[str]:
        """Sorted, without what is hidden; none while there is no folder."""
        try:
            return sorted(name for name in self._ops.names(self.folder) if not name.startswith("."))
        except FileNotFoundError:
            return []

    def read(self, name: str) -> bytes | None:
        """The content, or None if there is no such file."""
        try:
            return self._ops.read(self.folder / name)
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Durable and whole once it returns; before that it is the whole of what was there. For who is ``alone``."""
        temp = self.folder / _TEMP
        if self._ops.is_there(temp):
            self._ops.remove(temp)
        file = DurableFile(temp, self._ops)
        try:
            file.write((content,))
            file.commit(self.folder / name)
        except OSError:
            file.discard()
            raise

    def remove(self, name: str) -> None:
        """No error if it is gone. A power cut may bring it back."""
        if self._ops.is_there(self.folder / name):
            self._ops.remove(self.folder / name)
