"""The facts of an hour: JSON lines that are appended to, and read on from where they were read to.

Not synced: facts can be made again. A line torn by a kill spoils only itself, since each append begins on a new line.
Later lines replace earlier ones of the same segment; a file that holds too many of those is written anew, under the lock
that all who append to it take. Who gets the lock of a file that was replaced meanwhile opens the new one.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from longtake.core.facts import SegmentFacts, decode_all, encode_facts
from longtake.kit.files import DurableFile, FileOps
from longtake.kit.recent import Recent

KEPT_FACTS = 24
"""Hours, of over a MiB each: those of so many qualities that are watched live."""
_LOOKED_AT_BYTES = 64 << 10
"""Smaller files may hold whatever they like."""
_SPARE_LINES = 100
_REMEMBERED_HOURS = 1000
_NAME = re.compile(rb'^\{"name":"([^"\\]+)"', re.MULTILINE)


class FactsLog:
    """Writes facts files. Thread-safe; blocks on the disk. All methods raise OSError."""

    def __init__(self, ops: FileOps) -> None:
        self._ops = ops
        self._lock = threading.Lock()
        self._look_at: Recent[Path, int] = Recent(_REMEMBERED_HOURS)
        """How long a file must be to be looked at (again) for lines that were replaced."""

    def append(self, path: Path, facts: Sequence[SegmentFacts]) -> None:
        """Appends a line for each with one write."""
        if not facts:
            return
        fd = self._open_locked(path)
        try:
            size = self._append(fd, _lines(facts))
            if size >= self._next_look(path):
                self._compact(fd, path, size)
        finally:
            self._ops.close(fd)

    def replace(self, path: Path, facts: Sequence[SegmentFacts]) -> None:
        """Puts these in the place of all that the file held; a reader sees the old file or the new one."""
        if not facts:
            self.remove(path)
            return
        fd = self._open_locked(path)
        try:
            self._write_anew(path, _lines(facts))
        finally:
            self._ops.close(fd)

    def remove(self, path: Path) -> None:
        """Forgets an hour. No error if nothing is known of it."""
        for gone in (path, _temp(path)):
            try:
                self._ops.remove(gone)
            except (FileNotFoundError, NotADirectoryError):
                continue

    def _open_locked(self, path: Path) -> int:
        while True:
            fd = self._open(path)
            try:
                self._ops.lock(fd)
                if self._ops.is_at(fd, path):
                    return fd
            except BaseException:
                self._ops.close(fd)
                raise
            self._ops.close(fd)  # another process replaced or removed the file while we waited

    def _open(self, path: Path) -> int:
        try:
            return self._ops.open_log(path)
        except FileNotFoundError:
            for folder in (path.parent.parent, path.parent):
                self._ops.make_folder(folder)
            return self._ops.open_log(path)

    def _append(self, fd: int, lines: bytes) -> int:
        size = self._ops.size_bytes(fd)
        if size and bytes(self._ops.read_back(fd, 1, size - 1)) != b"\n":
            lines = b"\n" + lines
        left = memoryview(lines)
        while left:
            left = left[self._ops.write(fd, left) :]
        return size + len(lines)

    def _next_look(self, path: Path) -> int:
        with self._lock:
            return self._look_at.get(path) or _LOOKED_AT_BYTES

    def _compact(self, fd: int, path: Path, size: int) -> None:
        """What cannot be written anew now may be later: what was appended is there."""
        with suppress(OSError):
            content = bytes(self._ops.read_back(fd, size))
            lines = content.count(b"\n")
            if lines > 2 * len(set(_NAME.findall(content))) + _SPARE_LINES:
                content = _last_words(content)
                self._write_anew(path, content)
                size = len(content)
        with self._lock:
            self._look_at.put(path, max(2 * size, _LOOKED_AT_BYTES))

    def _write_anew(self, path: Path, content: bytes) -> None:
        temp = _temp(path)
        with suppress(FileNotFoundError):
            self._ops.remove(temp)  # of one who was killed: we have the lock
        file = DurableFile(temp, self._ops)
        try:
            file.write([content])
            file.replace(path)
        except BaseException:
            file.discard()
            raise


def _temp(path: Path) -> Path:
    return path.with_name(f".{path.name}.temp")


def _lines(facts: Iterable[SegmentFacts]) -> bytes:
    return "".join(f"{encode_facts(one)}\n" for one in facts).encode()


def _last_words(content: bytes) -> bytes:
    """The last line of each segment, as it stands: a newer version may have written more than we know."""
    last: dict[str, bytes] = {}
    for line in content.splitlines():
        for name in decode_all([line.decode(errors="replace")]):
            last[name] = line
    return b"".join(line + b"\n" for line in last.values())


class _Read(NamedTuple):
    """How far which file was read, and what its end was there: one that was written over does not go on like that."""

    identity: tuple[int, int]
    to: int
    tail: bytes
    known: dict[str, SegmentFacts]


_NOTHING = _Read((0, 0), 0, b"", {})
_TAIL_BYTES = 100


class FactsReader:
    """Facts by file, kept as far as they were read. Thread-safe; ``read`` blocks on the disk."""

    def __init__(self, *, kept_hours: int = KEPT_FACTS) -> None:
        self._lock = threading.Lock()
        self._kept: Recent[Path, _Read] = Recent(kept_hours)

    def read(self, path: Path) -> Mapping[str, SegmentFacts]:
        """By segment name; empty if there is no file. Raises OSError for a failing disk."""
        with self._lock:
            before = self._kept.get(path) or _NOTHING
        try:
            now = _read_on(path, before)
        except FileNotFoundError:
            now = _NOTHING
        with self._lock:
            if now is _NOTHING:
                self._kept.drop(path)
            else:
                self._kept.put(path, now)
        return now.known


def _read_on(path: Path, before: _Read) -> _Read:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        identity = status.st_dev, status.st_ino
        if identity != before.identity:  # an equally long one may well end the same
            before = _NOTHING
        file.seek(before.to - len(before.tail))
        data = file.read()
        if not data.startswith(before.tail):  # made anew
            file.seek(0)
            data, before = file.read(), _NOTHING
    whole = data[: data.rfind(b"\n") + 1]
    fresh = whole[len(before.tail) :]
    if not fresh:
        return before
    known = before.known | decode_all(fresh.decode(errors="replace").splitlines())
    return _Read(identity, before.to + len(fresh), whole[-_TAIL_BYTES:], known)
