"""The ledger of a live playlist on disk: append-only lines, shared by all processes that serve the store.

A lock on the file makes 'read what others appended, then append' one step. Only the end is kept in memory: what a
live window can show.

A disk that takes nothing (full, read-only) must not end live viewing: new entries then wait in memory, and are written
once it does. Should the process die before, the numbers that viewers saw since are made anew from what is recorded,
most likely the same; should another process write meanwhile, what it wrote counts, and what waits here is forgotten.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from longtake.core.errors import InvalidInput
from longtake.core.ledger import Entry, decode_entry, encode_entry

KEPT = 25_000
"""Entries kept in memory: 12 hours of 2 s segments and some."""
_TAIL_BYTES = KEPT * 150


class LedgerFile:
    """One quality's ledger. Thread-safe; ``extend`` blocks on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read_to = 0
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._waiting: list[Entry] = []
        """Shown, and not yet written."""

    def extend(self, more: Callable[[Entry | None], Iterable[Entry]]) -> list[Entry]:
        """Appends what ``more`` makes of the last entry; all kept entries, oldest first.

        Raises OSError if what is there cannot be read.
        """
        with self._lock:
            asked = False
            try:
                with self._locked_file() as fd:
                    self._catch_up(fd)
                    asked = True
                    self._waiting += list(more(self._last()))
                    self._append(fd)
            except OSError:
                self._read()
                if not asked:
                    self._waiting += list(more(self._last()))
                del self._waiting[:-KEPT]
            return [*self._entries, *self._waiting]

    def _last(self) -> Entry | None:
        if self._waiting:
            return self._waiting[-1]
        return self._entries[-1] if self._entries else None

    def _read(self) -> None:
        """Without a right to write. Raises OSError."""
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(fd, fcntl.LOCK_SH)
            self._catch_up(fd)
        finally:
            os.close(fd)

    @contextmanager
    def _locked_file(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield fd
        finally:
            os.close(fd)

    def _catch_up(self, fd: int) -> None:
        size = os.fstat(fd).st_size
        if size < self._read_to:  # somebody removed it
            self._read_to = 0
            self._entries.clear()
        if self._read_to == 0:
            self._read_to = max(0, size - _TAIL_BYTES)
        data = os.pread(fd, size - self._read_to, self._read_to)
        for line in data.decode(errors="replace").splitlines():
            try:
                entry = decode_entry(line)
            except InvalidInput:
                continue  # the first line of a tail, or one torn by a kill
            if self._entries and entry.sequence != self._entries[-1].sequence + 1:
                self._entries.clear()  # a line was lost; what is shown must be counted without a hole
            self._entries.append(entry)
        self._read_to = size
        self._check_waiting()

    def _check_waiting(self) -> None:
        """What the disk took of it after all waits no more; none does if another process went on from elsewhere."""
        if not self._waiting or not self._entries:
            return
        written = {entry.sequence: entry for entry in self._entries}
        while self._waiting and written.get(self._waiting[0].sequence) == self._waiting[0]:
            del self._waiting[0]
        if self._waiting and self._waiting[0].sequence != self._entries[-1].sequence + 1:
            self._waiting.clear()

    def _append(self, fd: int) -> None:
        """What waits. Raises OSError; then all of it still does, though the disk may have taken a part."""
        if not self._waiting:
            return
        # Begins with a newline, so that a line torn by a kill spoils only itself.
        left = memoryview(("".join(f"\n{encode_entry(entry)}" for entry in self._waiting) + "\n").encode())
        while left:  # a disk that fills up takes only some; what it took is read again after the error
            left = left[os.write(fd, left) :]
        self._entries.extend(self._waiting)
        self._waiting.clear()
        self._read_to = os.fstat(fd).st_size
