"""The facts of an hour: an append-only file of JSON lines, read on from where it was read to.

Not synced: facts can be made again. A line torn by a kill spoils only itself, since each append begins on a new line.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from longtake.core.facts import SegmentFacts, decode_all, encode_facts
from longtake.kit.recent import Recent

_KEPT_HOURS = 50


def append_facts(path: Path, facts: SegmentFacts) -> None:
    """Appends one line with one write. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (encode_facts(facts) + "\n").encode()
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        os.write(fd, b"\n" + line if torn else line)
    finally:
        os.close(fd)


class FactsReader:
    """Facts by file, kept as far as they were read. Thread-safe; ``read`` blocks on the disk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: Recent[Path, tuple[int, dict[str, SegmentFacts]]] = Recent(_KEPT_HOURS)

    def read(self, path: Path) -> Mapping[str, SegmentFacts]:
        """By segment name; empty if there is no file. Raises OSError for a failing disk."""
        with self._lock:
            read_to, known = self._kept.get(path) or (0, {})
            try:
                if path.stat().st_size < read_to:  # made anew
                    read_to, known = 0, {}
                with path.open("rb") as file:
                    file.seek(read_to)
                    data = file.read()
            except FileNotFoundError:
                self._kept.drop(path)
                return {}
            whole = data[: data.rfind(b"\n") + 1]
            known = known | decode_all(whole.decode(errors="replace").splitlines())
            self._kept.put(path, (read_to + len(whole), known))
            return known
