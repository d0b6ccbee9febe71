"""Durable files: once ``DurableFile.commit`` returns, every byte is on disk under the final name, or nothing is.

All that recording does to a disk goes through ``FileOps``, so that tests can put a failing disk, or one that forgets what
was not synced, in the system's place.

===============================  ==========================================  ========================================
failed at                        state left                                  who acts
===============================  ==========================================  ========================================
open, write of the temp          a temp file, with what the disk took        the caller: goes on, or discards it
fsync of the temp                a temp file that nobody may trust           the caller: the bytes again, in a new file
kill before the rename           a temp file                                 the next start: cleaned up
rename                           a temp file, synced                         the caller: ``commit`` again
fsync of the folder              final name, perhaps not yet on disk         the caller: the bytes again, same name
===============================  ==========================================  ========================================

After a failed fsync the system may have dropped the bytes and call the next fsync a success (Rebello et al., "Can
Applications Recover from fsync Failures?", USENIX ATC 2020): only bytes that are written anew can be trusted then.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from longtake.kit.folder_syncs import FolderSyncs

_COPIED_BYTES = 32 << 20
CANNOT_LINK = frozenset({errno.EPERM, errno.EMLINK, errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS})
"""What link(2) answers where the file system knows no links, or no more of that file, or the folder is on another one."""


class FileOps(Protocol):
    """What recording does to a disk. All raise OSError; paths are absolute or relative alike."""

    def open_new(self, path: Path) -> int:
        """Creates a file for writing and reading back, failing if it exists; a file descriptor."""
        ...

    def open_log(self, path: Path) -> int:
        """Opens a file for appending and reading, creating it if need be; a file descriptor."""
        ...

    def write(self, fd: int, data: memoryview) -> int:
        """Writes some of the data at the end of the file; how many bytes."""
        ...

    def read_back(self, fd: int, size_bytes: int, offset: int = 0) -> memoryview:
        """What was written, so many bytes or up to the end."""
        ...

    def size_bytes(self, fd: int) -> int:
        """How long the file is."""
        ...

    def lock(self, fd: int) -> None:
        """Waits until no other descriptor, of whatever process, holds the file's lock; held until it is closed."""
        ...

    def is_at(self, fd: int, path: Path) -> bool:
        """Whether the open file still has that name."""
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

    def link(self, source: Path, target: Path) -> None:
        """Gives the file a second name, failing if something has it. Not every file system can."""
        ...

    def fsync_folder(self, path: Path) -> None:
        """Puts the folder's names on disk."""
        ...

    def make_folder(self, path: Path) -> bool:
        """Makes one folder; False if it was there. Its parent must exist."""
        ...

    def is_folder(self, path: Path) -> bool:
        """Whether there is a folder, be it through a link. Never raises."""
        ...

    def is_there(self, path: Path) -> bool:
        """Whether something has that name. Never raises."""
        ...

    def is_link(self, path: Path) -> bool:
        """Whether the name is that of a symbolic link. Never raises."""
        ...

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, in no order."""
        ...

    def changed_ns(self, folder: Path) -> int:
        """When names last came or went (its mtime)."""
        ...

    def read(self, path: Path) -> bytes:
        """A whole file."""
        ...

    def read_synced(self, path: Path) -> bytes:
        """A whole regular file, also of another's, whose content is on disk by then; ELOOP for a link, EISDIR for what is no file."""
        ...

    def remove(self, path: Path) -> None:
        """Removes a file's name."""
        ...

    def remove_folder(self, path: Path) -> None:
        """Removes an empty folder."""
        ...


class SystemFileOps:
    """``FileOps`` of the operating system. Threads that want a folder synced at the same moment share the sync."""

    def __init__(self) -> None:
        self._syncs = FolderSyncs(_fsync_folder)

    def open_new(self, path: Path) -> int:
        """See ``FileOps``."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def open_log(self, path: Path) -> int:
        """See ``FileOps``."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def write(self, fd: int, data: memoryview) -> int:
        """See ``FileOps``."""
        return os.write(fd, data)

    def read_back(self, fd: int, size_bytes: int, offset: int = 0) -> memoryview:
        """See ``FileOps``. Copied, since a page of a mapped file that a failing disk cannot read kills the process.

        Only what is too big for memory is mapped nevertheless.
        """
        if size_bytes > _COPIED_BYTES and not offset:
            return memoryview(mmap.mmap(fd, size_bytes, prot=mmap.PROT_READ))
        content = bytearray(size_bytes)
        read = 0
        with memoryview(content) as view:
            while read < size_bytes and (more := os.preadv(fd, [view[read:]], offset + read)):
                read += more
        return memoryview(content)[:read].toreadonly()

    def size_bytes(self, fd: int) -> int:
        """See ``FileOps``."""
        return os.fstat(fd).st_size

    def lock(self, fd: int) -> None:
        """See ``FileOps``."""
        fcntl.flock(fd, fcntl.LOCK_EX)

    def is_at(self, fd: int, path: Path) -> bool:
        """See ``FileOps``."""
        try:
            return os.path.samestat(os.fstat(fd), path.stat())
        except FileNotFoundError:
            return False

    def fsync(self, fd: int) -> None:
        """See ``FileOps``."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """See ``FileOps``."""
        os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        """See ``FileOps``."""
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """See ``FileOps``."""
        os.link(source, target, follow_symlinks=False)

    def fsync_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        self._syncs.sync(path)

    def make_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        try:
            path.mkdir()
        except FileExistsError:
            return False
        return True

    def is_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        return path.is_dir()

    def is_there(self, path: Path) -> bool:
        """See ``FileOps``."""
        return os.path.lexists(path)

    def is_link(self, path: Path) -> bool:
        """See ``FileOps``."""
        return path.is_symlink()

    def names(self, folder: Path) -> list[str]:
        """See ``FileOps``."""
        return os.listdir(folder)  # noqa: PTH208 - names, of which there are many

    def changed_ns(self, folder: Path) -> int:
        """See ``FileOps``."""
        return folder.stat().st_mtime_ns

    def read(self, path: Path) -> bytes:
        """See ``FileOps``."""
        return path.read_bytes()

    def read_synced(self, path: Path) -> bytes:
        """See ``FileOps``. Opened without waiting for a writer, should it be a pipe."""
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EISDIR, "no regular file", str(path))
            content = bytes(self.read_back(fd, status.st_size))
            os.fsync(fd)
        finally:
            os.close(fd)
        return content

    def remove(self, path: Path) -> None:
        """See ``FileOps``."""
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        path.rmdir()


def _fsync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class DurableFile:
    """One file on its way: written under a temp name, then committed under its final one, or discarded."""

    def __init__(self, temp: Path, ops: FileOps) -> None:
        self._temp = temp
        self._ops = ops
        self._fd: int | None = None
        self._is_there = False
        self._synced = False
        self.size_bytes = 0
        """What the disk took of it, also of a write that failed."""
        self.is_sound = True
        """False once a sync failed: then ``commit`` promises nothing any more, however often it is repeated."""

    def write(self, chunks: Iterable[bytes | memoryview]) -> None:
        """Appends all of the bytes, however often the disk takes only some. Raises OSError."""
        if self._fd is None:
            self._fd = self._ops.open_new(self._temp)
            self._is_there = True
        for chunk in chunks:
            left = memoryview(chunk)
            while left:
                written = self._ops.write(self._fd, left)
                self.size_bytes += written
                self._synced = False
                left = left[written:]

    def read_back(self) -> memoryview:
        """All that was written, before it is committed. Raises OSError."""
        self.write(())
        assert self._fd is not None  # noqa: S101 - write() opened it
        return self._ops.read_back(self._fd, self.size_bytes)

    def commit(self, target: Path) -> None:
        """Syncs the content, gives it its final name, syncs the folder. Raises OSError; then nothing is promised.

        ``target``'s folder must exist; see ``DurableFolders``. May be repeated while the file ``is_sound``.
        """
        self._rename(target)
        self.is_sound = False
        self._ops.fsync_folder(target.parent)
        self.is_sound = True
        self._close()

    def commit_new(self, target: Path) -> bool:
        """As ``commit``, but never in the place of another file: False if something has the name, which stays.

        Where the file system knows no links, it may replace what gets that name at the same moment.
        """
        is_new = not self._ops.is_there(target) and self._link(target)
        self.is_sound = False
        self._ops.fsync_folder(target.parent)  # also what was there may not be on disk yet
        self.is_sound = True
        self.discard()
        return is_new

    def _link(self, target: Path) -> bool:
        if not self._synced:
            self._sync()
        try:
            self._ops.link(self._temp, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in CANNOT_LINK:
                raise
            self._rename(target)
        return True

    def replace(self, target: Path) -> None:
        """As ``commit``, but a power cut may bring back what had the name before, whole; never anything else."""
        self._rename(target)
        self._close()

    def _rename(self, target: Path) -> None:
        if not self._synced:
            self._sync()
        self._ops.rename(self._temp, target)
        self._is_there = False

    def _sync(self) -> None:
        self.write(())
        assert self._fd is not None  # noqa: S101 - write() opened it
        self.is_sound = False
        self._ops.fsync(self._fd)
        self.is_sound = self._synced = True

    def discard(self) -> None:
        """Removes what was written. Never raises: the temp is cleaned up at the next start if it must be."""
        self._close()
        if self._is_there:
            with suppress(OSError):
                self._ops.remove(self._temp)

    def _close(self) -> None:
        if self._fd is not None:
            fd, self._fd = self._fd, None
            with suppress(OSError):  # an error here tells of what was not synced, and of nothing else
                self._ops.close(fd)


class DurableFolders:
    """Makes the folders below ``root``, and the root, so that each is on disk before it is used. Thread-safe.

    A folder that is there need not be on disk: another thread or process may have made it just now, or failed to sync
    it. So each is synced here once, whoever made it; or by each of several threads at once, which wait for nobody:
    another's disk may hang.
    """

    def __init__(self, root: Path, ops: FileOps) -> None:
        self._root = root
        self._ops = ops
        self._on_disk: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Makes the folder and what is missing above it. Raises OSError; then it may be there, but is not done."""
        if folder in self._on_disk and self._ops.is_folder(folder):
            return
        if self._root in folder.parents or not self._ops.is_folder(folder.parent):
            self.make(folder.parent)
        is_new = self._ops.make_folder(folder)
        try:
            self._ops.fsync_folder(folder.parent)
        except PermissionError:
            if is_new or folder != self._root:
                raise
            # An old root below a folder that is not ours to read: who made it has seen to it.
        self._on_disk.add(folder)


def empty_folder(folder: Path, ops: FileOps) -> None:
    """Removes all that is in a folder; links go, and what they lead to stays. No error if there is no such folder.

    What can be removed is, before the first OSError is raised for what cannot.
    """
    refused: OSError | None = None
    try:
        names = ops.names(folder)
    except FileNotFoundError:
        return
    for name in names:
        try:
            _remove(folder / name, ops)
        except FileNotFoundError:
            continue
        except OSError as error:
            refused = refused or error
    if refused is not None:
        raise refused


def _remove(path: Path, ops: FileOps) -> None:
    if ops.is_folder(path) and not ops.is_link(path):
        empty_folder(path, ops)
        ops.remove_folder(path)
    else:
        ops.remove(path)


def replace_text(path: Path, text: str) -> None:
    """Atomically replaces a small file that need not survive a power cut (status). Raises OSError.

    One writer at a time: the temp's name is always the same, so that a killed writer's is used again.
    """
    temp = path.with_name(f".{path.name}.temp")
    temp.write_text(text)
    temp.replace(path)
