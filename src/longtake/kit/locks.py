"""A lock file that one process holds, and that the kernel releases when the process ends, however it ends."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path


class LockHeld(Exception):
    """Another process has the lock. ``holder`` is what that process wrote into the file (its pid)."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class FileLock:
    """flock(2) on a file that stays; its content names the holder, for messages only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def acquire(self) -> None:
        """Takes the lock. Raises LockHeld if another process (or another FileLock) has it, OSError."""
        fd = self._opened()
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(fd, 100, 0).decode(errors="replace").strip()
            os.close(fd)
            raise LockHeld(holder or "unknown") from error
        except OSError:
            os.close(fd)
            raise
        self._fd = fd
        with suppress(OSError):  # on a full disk the holder's name is lost, never the lock
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)

    def _opened(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
            # On a read-only disk a file that is there can be locked, if not written.
            with suppress(FileNotFoundError):
                return os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            raise

    def release(self) -> None:
        """Gives the lock back; the file stays, since removing it would let two processes hold two locks."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
