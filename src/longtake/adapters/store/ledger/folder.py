"""Where one quality's ledger lies: a small file for each hour.

What a power cut takes of it is what was written in the last seconds: that is made anew from the same recorded files. An
hour that is over is synced, and so is the name of each new one.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from longtake.core.errors import InvalidInput

_MOST_BYTES = 16 << 20
"""An hour of half-second entries takes one."""


class LedgerFolder(Protocol):
    """All methods may raise OSError; whoever writes holds the channel's lock."""

    def stamp(self) -> object:
        """Another one once names came or went."""
        ...

    def names(self) -> list[str]:
        """Of the files, in no order."""
        ...

    def read(self, name: str) -> bytes:
        """A whole file. Raises InvalidInput for what cannot be one of the ledger."""
        ...

    def size_bytes(self, name: str) -> int:
        """Of a file; 0 if there is none."""
        ...

    def append(self, name: str, at: int, data: bytes) -> None:
        """Writes at a place of a file, and ends it there. When it fails, a part may have been written."""
        ...

    def put(self, name: str, data: bytes, *, durable: bool) -> None:
        """A whole file, atomically."""
        ...

    def sync(self, name: str) -> None:
        """Makes a file durable, if it is there."""
        ...

    def remove(self, name: str) -> None:
        """No error if it is gone."""
        ...


class DiskLedgerFolder:
    """``LedgerFolder`` on a disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamp(self) -> object:
        """See ``LedgerFolder``."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def names(self) -> list[str]:
        """See ``LedgerFolder``."""
        try:
            return [path.name for path in self._path.iterdir() if not path.name.startswith(".")]
        except FileNotFoundError:
            return []

    def read(self, name: str) -> bytes:
        """See ``LedgerFolder``."""
        fd = os.open(self._path / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
                raise InvalidInput(f"{name} is no hour of the ledger: no file of its own, or far too big")
            return os.read(fd, _MOST_BYTES)
        finally:
            os.close(fd)

    def size_bytes(self, name: str) -> int:
        """See ``LedgerFolder``."""
        try:
            return (self._path / name).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, name: str, at: int, data: bytes) -> None:
        """See ``LedgerFolder``."""
        fd = os.open(self._path / name, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, at)
            _write_all(fd, data, at)
        finally:
            os.close(fd)

    def put(self, name: str, data: bytes, *, durable: bool) -> None:
        """See ``LedgerFolder``."""
        self._path.mkdir(parents=True, exist_ok=True)
        temp = self._path / f".{name}.temp"
        fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            _write_all(fd, data, 0)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        temp.replace(self._path / name)
        if durable:
            _sync(self._path, os.O_DIRECTORY)

    def sync(self, name: str) -> None:
        """See ``LedgerFolder``."""
        with suppress(FileNotFoundError):
            _sync(self._path / name)

    def remove(self, name: str) -> None:
        """See ``LedgerFolder``."""
        (self._path / name).unlink(missing_ok=True)


def _write_all(fd: int, data: bytes, at: int) -> None:
    left = memoryview(data)
    while left:  # a disk that fills up takes only some
        taken = os.pwrite(fd, left, at)
        left, at = left[taken:], at + taken


def _sync(path: Path, flags: int = 0) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
