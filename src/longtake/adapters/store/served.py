"""Which files of a store a web server may send (``ServedFiles``): segments, chat batches, and the extra folders.

A store's folder also holds what is nobody's business: our own state, operators' lists, cut videos, temps. So a path is
served for what it is, not because a file is there. The store may be behind a link; below it no link is followed, neither
for a file nor for a folder on the way to it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from longtake.adapters.store.interface import ServedFile
from longtake.adapters.store.layout import is_hour
from longtake.adapters.store.threads import DiskThreads, MountPoints
from longtake.adapters.store.trouble import words_for
from longtake.core.errors import NotFound, StoreUnavailable
from longtake.core.facts import Container, sniff_container
from longtake.core.names import CHAT_EXTENSION, SEGMENT_EXTENSION, check_part

_IN_HOURS = (SEGMENT_EXTENSION, CHAT_EXTENSION)
_THREADS = 8
"""Per file system."""
_KEPT_PATHS = 4096
_LONGEST_KEPT = 300
"""Longer paths are checked each time, so that nobody fills the memory with them: those of segments are shorter."""
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG}
"""What opening a file means that is not there or no file. Each part of a path can be short enough, but not all together."""
_HEAD_BYTES = 12
_KEPT_CONTAINERS = 20_000
"""A few MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a path means: its parts, and the folder that says which disk's threads; none if it means nothing of ours."""

    parts: tuple[str, ...]
    disk: Path | None


class DiskFiles:
    """``ServedFiles`` below a root. Looks and reads in threads of the disk that they need (``DiskThreads``)."""

    def __init__(
        self, root: Path, *, extra_folders: Iterable[str], threads: DiskThreads | None = None
    ) -> None:
        self._root = root.absolute()
        self._extra_folders = frozenset(extra_folders)
        self._threads = threads or DiskThreads("store-serve", _THREADS, MountPoints())
        self._containers = _Containers()
        self._known_place = lru_cache(_KEPT_PATHS)(self._place)

    async def servable(self, path: str) -> ServedFile | None:
        """See ``ServedFiles``. Raises InvalidName for a part that is hidden, empty, too long or no name."""
        place = self._known_place(path) if len(path) <= _LONGEST_KEPT else self._place(path)
        if place.disk is None:
            return None
        return await self._threads.at(place.disk)(_look, os.fspath(self._root), place.parts, self._containers)

    async def read(self, file: ServedFile, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """See ``ServedFiles``."""
        place = self._place(file.path.removeprefix(f"{self._root}/"))
        assert place.disk is not None  # noqa: S101 - it was served from there
        return await self._threads.at(place.disk)(_read, os.fspath(self._root), place.parts, file, spans)

    def _place(self, path: str) -> _Place:
        parts = tuple(check_part(part, "path") for part in path.split("/"))
        if len(parts) > 1 and parts[0] in self._extra_folders:
            return _Place(parts=parts, disk=self._root / parts[0])
        if len(parts) == 4 and parts[3].endswith(_IN_HOURS) and is_hour(parts[2]):
            return _Place(parts=parts, disk=self._root / parts[0] / parts[1])
        return _Place(parts=parts, disk=None)


class _Containers:
    """What segments are, by their first bytes. Kept, since to open a file takes as long as all the rest of looking for it."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[int, int], int], Container] = {}

    def of(self, path: str, status: os.stat_result) -> Container:
        """Of a file with that status. Blocks on the disk; may be called from several threads."""
        file = (_identity(status), status.st_mtime_ns)
        known = self._known.get(file)
        if known is None:
            if len(self._known) >= _KEPT_CONTAINERS:
                self._known.clear()
            known = self._known[file] = sniff_container(_head_of(path))
        return known


def _look(root: str, parts: Sequence[str], containers: _Containers) -> ServedFile | None:
    """Blocks on the disk. Raises StoreUnavailable, in which no path of this machine is told: it goes to strangers."""
    try:
        found = _regular_file(root, parts)
        if found is None:
            return None
        path, status = found
        container = containers.of(path, status) if parts[-1].endswith(SEGMENT_EXTENSION) else None
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise StoreUnavailable(f"cannot read a file: {words_for(error)}") from error
    return ServedFile(
        path=path,
        size_bytes=status.st_size,
        modified_ns=status.st_mtime_ns,
        container=container,
        identity=_identity(status),
    )


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _regular_file(root: str, parts: Sequence[str]) -> tuple[str, os.stat_result] | None:
    """The file with its status, if all on the way to it are folders and none is a link."""
    path = root
    for part in parts[:-1]:
        path = f"{path}/{part}"
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return None
    path = f"{path}/{parts[-1]}"
    status = os.lstat(path)
    return (path, status) if stat.S_ISREG(status.st_mode) else None


def _open(path: str) -> int:
    """Of what was a regular file a moment ago; if it is another thing by now, this neither follows it nor waits for it."""
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _head_of(path: str) -> bytes:
    file = _open(path)
    try:
        return os.pread(file, _HEAD_BYTES, 0)
    finally:
        os.close(file)


def _read(
    root: str, parts: Sequence[str], asked: ServedFile, spans: Sequence[tuple[int, int]]
) -> list[bytes]:
    try:
        if _regular_file(root, parts) is None:
            raise NotFound("the file is gone")
        file = _open(asked.path)
        try:
            status = os.fstat(file)
            now = _identity(status), status.st_size, status.st_mtime_ns
            if now != (asked.identity, asked.size_bytes, asked.modified_ns):
                raise NotFound("the file has changed")
            return [_exactly(file, first, size_bytes) for first, size_bytes in spans]
        finally:
            os.close(file)
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise NotFound("the file is gone") from error
        raise StoreUnavailable(f"cannot read a file: {words_for(error)}") from error


def _exactly(file: int, first: int, size_bytes: int) -> bytes:
    content = os.pread(file, size_bytes, first)
    if len(content) < size_bytes:
        raise NotFound("the file has changed")
    return content
