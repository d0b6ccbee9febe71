"""Disks for tests: the system's own file operations, written down, made to fail, to dawdle, or to lose power."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from longtake.kit.files import SystemFileOps

Done = tuple[str, Path]
"""What was done to what: ``("fsync", /store/…/x.temp)``."""


@dataclass(slots=True, kw_only=True)
class Failure:
    """From the operation that is counted as ``at`` (0 is the next one), the disk raises ``error``; once, or for good."""

    at: int
    error: int
    for_good: bool = False
    after_bytes: int = 0
    """A write that fails first takes so many bytes: a short write, and the error on the next one."""
    met: int = field(default=0, init=False)


class WatchedDisk(SystemFileOps):
    """Really writes. ``done`` is what succeeded, in order; ``failure`` makes operations fail. Logs (facts) are let be.

    ``most_bytes`` is what one write takes at the most.
    """

    def __init__(self, *, most_bytes: int | None = None) -> None:
        super().__init__()
        self.done: list[Done] = []
        self.failure: Failure | None = None
        self.most_bytes = most_bytes
        self._paths: dict[int, Path] = {}
        self._lock = threading.Lock()

    @property
    def open_files(self) -> int:
        """How many descriptors were opened and not closed."""
        return len(self._paths)

    def open_new(self, path: Path) -> int:
        """See ``FileOps``."""
        self._step()
        fd = super().open_new(path)
        self._paths[fd] = path
        self.done.append(("open", path))
        return fd

    def write(self, fd: int, data: memoryview) -> int:
        """See ``FileOps``. May take only some of it."""
        if fd not in self._paths:
            return super().write(fd, data)
        try:
            self._step()
        except OSError:
            if self.failure is None or not self.failure.after_bytes:
                raise
            # A disk that fills up takes what it can; the error comes with the next write.
            short, self.failure.after_bytes = self.failure.after_bytes, 0
            self.failure.at, self.failure.met = 0, 0
            return super().write(fd, data[:short])
        written = super().write(fd, data[: self.most_bytes])
        self.done.append(("write", self._paths[fd]))
        return written

    def fsync(self, fd: int) -> None:
        """See ``FileOps``."""
        self._step()
        super().fsync(fd)
        self.done.append(("fsync", self._paths[fd]))

    def close(self, fd: int) -> None:
        """See ``FileOps``. As on Linux, the descriptor is closed even when an error is reported."""
        path = self._paths.pop(fd, None)
        super().close(fd)
        if path is not None:
            self._step()
            self.done.append(("close", path))

    def rename(self, source: Path, target: Path) -> None:
        """See ``FileOps``."""
        self._step()
        super().rename(source, target)
        self.done.append(("rename", target))

    def fsync_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        self._step()
        super().fsync_folder(path)
        self.done.append(("fsync_folder", path))

    def link(self, source: Path, target: Path) -> None:
        """See ``FileOps``."""
        self._step()
        super().link(source, target)
        self.done.append(("link", target))

    def read_synced(self, path: Path) -> bytes:
        """See ``FileOps``."""
        self._step()
        content = super().read_synced(path)
        self.done.append(("read_synced", path))
        return content

    def make_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        self._step()
        made = super().make_folder(path)
        if made:
            self.done.append(("make_folder", path))
        return made

    def remove(self, path: Path) -> None:
        """See ``FileOps``."""
        self._step()
        super().remove(path)
        self.done.append(("remove", path))

    def lost_without_power(self) -> set[Path]:
        """The names that a power cut could undo now: made or given, and their folder not synced since."""
        lost = set()
        for operation, path in self.done:
            if operation in ("link", "make_folder", "rename"):
                lost.add(path)
            elif operation == "fsync_folder":
                lost = {name for name in lost if name.parent != path}
        return lost

    def _step(self) -> None:
        with self._lock:
            failure = self.failure
            if failure is None:
                return
            if failure.at > 0:
                failure.at -= 1
                return
            if failure.met and not failure.for_good:
                return
            failure.met += 1
        raise OSError(failure.error, os.strerror(failure.error))


class StuckDisk(WatchedDisk):
    """The first ``operation`` on a path that ends in ``suffix`` waits, in its thread, until ``go`` is set."""

    def __init__(self, operation: str, suffix: str = "") -> None:
        super().__init__()
        self._operation = operation
        self._suffix = suffix
        self.reached = threading.Event()
        self.go = threading.Event()

    def write(self, fd: int, data: memoryview) -> int:
        """See ``FileOps``."""
        self._wait("write", self._paths.get(fd, Path()))
        return super().write(fd, data)

    def make_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        self._wait("make_folder", path)
        return super().make_folder(path)

    def fsync_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        self._wait("fsync_folder", path)
        super().fsync_folder(path)

    def _wait(self, operation: str, path: Path) -> None:
        if operation == self._operation and str(path).endswith(self._suffix) and not self.reached.is_set():
            self.reached.set()
            assert self.go.wait(30), "the test never let the disk go on"
