"""The ledger of a live playlist on disk: append-only lines, shared by all processes that serve the store.

A lock on the file makes 'read what others appended, then append' one step. Only the end is kept in memory: what a
live window can show.
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

    def extend(self, more: Callable[[Entry | None], Iterable[Entry]]) -> list[Entry]:
        """Appends what ``more`` makes of the last entry; all kept entries, oldest first. Raises OSError."""
        with self._lock, self._locked_file() as fd:
            self._catch_up(fd)
            fresh = list(more(self._entries[-1] if self._entries else None))
            if fresh:
                self._append(fd, fresh)
            return list(self._entries)

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

    def _append(self, fd: int, fresh: list[Entry]) -> None:
        # Begins with a newline, so that a line torn by a kill spoils only itself.
        left = memoryview(("".join(f"\n{encode_entry(entry)}" for entry in fresh) + "\n").encode())
        while left:  # a disk that fills up takes only some; what it took is read again after the error
            left = left[os.write(fd, left) :]
        self._entries.extend(fresh)
        self._read_to = os.fstat(fd).st_size
