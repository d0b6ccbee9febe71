"""The extra folders beside the channels (``ExtraFiles``): what is there is listed, what peers have comes in durably.

A file comes into the hidden folder ``.longtake-temp`` of its extra folder, which is on the same disk, and gets its name from
there by a link, which never replaces anything. A killed process leaves a temp behind; who comes next clears away those older than a
day, since another process may be at work on younger ones.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from longtake.adapters.store.threads import DiskThreads, MountPoints
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.errors import Corrupt, InvalidName, StoreUnavailable
from longtake.core.extra_paths import DEEPEST, check_extra_path, digest_in, is_extra_name
from longtake.core.names import check_part, is_part
from longtake.kit.files import DurableFile, DurableFolders, FileOps, SystemFileOps

TEMPS = ".longtake-temp"
_THREADS = 4
_CLOSING_S = 2
_MOST_LISTED = 100_000
_TEMP_EXTENSION = ".temp"
_FORGOTTEN_AFTER_S = 24 * 3600
_GATHERED_BYTES = 1 << 20


class DiskExtraFiles:
    """``ExtraFiles`` below a store's root."""

    def __init__(
        self,
        root: Path,
        folders: Iterable[str],
        *,
        ops: FileOps | None = None,
        threads: DiskThreads | None = None,
    ) -> None:
        self._root = root
        self._folders = frozenset(folders)
        self._ops = ops or SystemFileOps()
        self._durable = DurableFolders(root, self._ops)
        self._threads = threads or DiskThreads("store-extras", _THREADS, MountPoints())

    async def listed(self, folder: str) -> list[str]:
        """See ``ExtraFiles``."""
        parts = folder.split("/")
        for part in parts:
            check_part(part, "folder")
        if parts[0] not in self._folders:
            return []
        top = self._root / parts[0]
        with disk_trouble("list an extra folder"):
            return await self._threads.at(top)(_listed, self._root, parts)

    async def has(self, folder: str, path: str) -> bool:
        """See ``ExtraFiles``."""
        target = (self._root / folder).joinpath(*self._checked(folder, path))
        with disk_trouble("look for an extra file"):
            return await self._threads.at(self._root / folder)(self._ops.is_there, target)

    def begin(self, folder: str, path: str) -> DiskIncomingExtra:
        """See ``ExtraFiles``."""
        parts = self._checked(folder, path)
        return DiskIncomingExtra(
            self._root / folder, parts, digest_in(folder, parts), self._ops, self._durable, self._threads
        )

    def close(self) -> None:
        """Ends the threads once what they do is done. A disk that hangs is waited for no longer than some seconds."""
        self._threads.close(time.monotonic() + _CLOSING_S)

    def _checked(self, folder: str, path: str) -> tuple[str, ...]:
        if folder not in self._folders:
            raise InvalidName(f"{folder[:60]!r} is no extra folder")
        return check_extra_path(path)


class DiskIncomingExtra:
    """``IncomingExtra`` on the disk.

    A caller who is cancelled leaves a thread at work, and may then discard the file: what threads do to it, they do one after
    the other.
    """

    def __init__(
        self,
        top: Path,
        parts: Sequence[str],
        digest: bytes | None,
        ops: FileOps,
        folders: DurableFolders,
        threads: DiskThreads,
    ) -> None:
        self._top = top
        self._target = top.joinpath(*parts)
        self._digest = digest
        self._ops = ops
        self._folders = folders
        self._in_thread = threads.at(top)
        self._at_work = threading.Lock()
        self._ended = False
        self._temp = top / TEMPS / f"{uuid.uuid4()}{_TEMP_EXTENSION}"
        self._file: DurableFile | None = None
        self._hash = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self.size_bytes = 0

    async def add(self, chunk: bytes) -> None:
        """See ``IncomingExtra``."""
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        self.size_bytes += len(chunk)
        if self._waiting_bytes >= _GATHERED_BYTES:
            self._waiting_bytes = 0
            await self._in_thread(self._add)

    async def keep(self) -> bool:
        """See ``IncomingExtra``."""
        return await self._in_thread(self._keep)

    async def discard(self) -> None:
        """See ``IncomingExtra``."""
        if self._file is None and self._at_work.acquire(blocking=False):
            try:  # a disk that hangs need not be asked
                self._end()
            finally:
                self._at_work.release()
            return
        await self._in_thread(self._discard)

    # In threads

    def _add(self) -> None:
        with self._at_work, self._ending_on_failure():
            self._write()

    def _keep(self) -> bool:
        with self._at_work, self._ending_on_failure():
            file = self._write()
            if self._digest is not None and self._hash.digest() != self._digest:
                raise Corrupt(f"{self._target.name} came with other bytes than its name says")
            with disk_trouble("store an extra file"):
                self._make_folders()
                is_new = file.commit_new(self._target)
            self._end()
            return is_new

    def _discard(self) -> None:
        with self._at_work:
            self._end()

    @contextmanager
    def _ending_on_failure(self) -> Iterator[None]:
        """What is lost of it is lost: nobody may keep the rest."""
        try:
            yield
        except BaseException:
            self._end()
            raise

    def _write(self) -> DurableFile:
        """What waits; the loop may add more meanwhile."""
        if self._ended:
            raise StoreUnavailable("cannot store an extra file: it was kept, given up or lost before")
        with disk_trouble("store an extra file"):
            if self._file is None:
                self._open()
            assert self._file is not None  # noqa: S101 - opened just now
            chunks = self._waiting[:]
            del self._waiting[: len(chunks)]
            for chunk in chunks:
                self._hash.update(chunk)
            self._file.write(chunks)
        return self._file

    def _open(self) -> None:
        if self._ops.is_link(self._top):  # what is behind it is neither listed nor served
            raise NotADirectoryError(errno.ENOTDIR, "a link stands for an extra folder", str(self._top))
        self._folders.make(self._temp.parent)
        _clear(self._temp.parent, self._ops)
        self._file = DurableFile(self._temp, self._ops)

    def _make_folders(self) -> None:
        """None on the way is a link, which would lead out of the folder, or a file."""
        folder = self._top
        for part in self._target.relative_to(self._top).parts[:-1]:
            folder = folder / part
            if self._ops.is_link(folder) or (self._ops.is_there(folder) and not self._ops.is_folder(folder)):
                raise InvalidName(f"{folder} is no folder here: nothing can be stored below it")
        self._folders.make(self._target.parent)

    def _end(self) -> None:
        """Nothing of it is left but what was kept."""
        self._ended = True
        self._waiting.clear()
        if self._file is not None:
            self._file.discard()
            self._file = None


def _clear(folder: Path, ops: FileOps) -> None:
    """Temps that nobody works on any more."""
    before_ns = time.time_ns() - _FORGOTTEN_AFTER_S * 1_000_000_000
    for name in ops.names(folder):
        try:
            if (folder / name).stat().st_mtime_ns < before_ns:
                ops.remove(folder / name)
        except OSError:
            continue  # the next one will


def _listed(root: Path, parts: Sequence[str]) -> list[str]:
    folder = root
    for part in parts:
        folder = folder / part
        if folder.is_symlink():
            return []
    return sorted(_first(_files(folder, "", 0), _MOST_LISTED))


def _first(paths: Iterator[str], most: int) -> Iterator[str]:
    for _, path in zip(range(most), paths, strict=False):
        yield path


def _files(folder: Path, prefix: str, depth: int) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError:  # a file system of its own has a ``lost+found`` that is root's
        if depth == 0:
            raise
        return
    for entry in found:
        if not is_part(entry.name):
            continue
        if entry.is_file(follow_symlinks=False):
            if is_extra_name(entry.name):
                yield prefix + entry.name
        elif depth + 1 < DEEPEST and entry.is_dir(follow_symlinks=False):
            yield from _files(folder / entry.name, f"{prefix}{entry.name}/", depth + 1)
