"""Syncs of folders that several threads want at the same moment, done once for all of them.

A name is on disk once its folder was synced by a sync that *began* after the name was given. So whoever comes while one is under
way waits for the next, with all others who came meanwhile.

=============================  =============================================  =========================================
failed at                      state left                                     who acts
=============================  =============================================  =========================================
the sync                       names, perhaps not yet on disk                 all who shared it: each gets its error
the thread that was to do it   the same                                       the same
=============================  =============================================  =========================================
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path


class _Sync:
    """One sync to come, or under way."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._error: BaseException | None = None

    def end(self, error: BaseException | None) -> None:
        """Tells all who wait how it went."""
        self._error = error
        self._over.set()

    def wait(self) -> None:
        """Until it is over. Raises OSError as the one who did it."""
        self._over.wait()
        if isinstance(self._error, OSError):
            raise OSError(self._error.errno, self._error.strerror, self._error.filename) from self._error
        if self._error is not None:
            raise OSError(f"a shared sync was broken off: {self._error!r}") from self._error


class _Folder:
    """``busy``: held by the thread that syncs it. ``next``: the sync that is to come. ``users``: threads that are in here."""

    def __init__(self) -> None:
        self.busy = threading.Lock()
        self.next: _Sync | None = None
        self.users = 0


class FolderSyncs:
    """Thread-safe. ``fsync`` syncs a folder, and raises OSError. Folders do not wait for each other."""

    def __init__(self, fsync: Callable[[Path], None]) -> None:
        self._fsync = fsync
        self._lock = threading.Lock()
        self._folders: dict[Path, _Folder] = {}

    def sync(self, path: Path) -> None:
        """Returns once a sync that began after this call is over. Raises OSError if it failed."""
        with self._lock:
            folder = self._folders.setdefault(path, _Folder())
            folder.users += 1
            sync = folder.next
            is_mine = sync is None
            if sync is None:
                sync = folder.next = _Sync()
        try:
            if is_mine:
                self._do(path, folder, sync)
            else:
                sync.wait()
        finally:
            self._leave(path, folder)

    def _do(self, path: Path, folder: _Folder, sync: _Sync) -> None:
        failed: BaseException | None = None
        try:
            with folder.busy:
                self._close(folder, sync)
                self._fsync(path)
        except BaseException as error:
            failed = error
            raise
        finally:
            self._close(folder, sync)  # also where it never came to begin
            sync.end(failed)

    def _close(self, folder: _Folder, sync: _Sync) -> None:
        """From here on nobody joins it: it begins."""
        with self._lock:
            if folder.next is sync:
                folder.next = None

    def _leave(self, path: Path, folder: _Folder) -> None:
        with self._lock:
            folder.users -= 1
            if not folder.users:
                del self._folders[path]
