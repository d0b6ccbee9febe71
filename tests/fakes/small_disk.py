"""A real disk of a few MiB, in a mount namespace of its own: it can be filled up, and be read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

BLOCK_BYTES = 64 << 10


class SmallDisk:
    """A tmpfs at ``path``, which only processes in its namespace see; ``seen`` is the same for the test."""

    def __init__(self, holder: int, path: Path) -> None:
        self._holder = holder
        self.path = path
        self.seen = Path(f"/proc/{holder}/root") / path.relative_to("/")

    def inside(self, *command: str) -> Sequence[str]:
        """The command, to be run where the disk is."""
        return ("nsenter", f"--target={self._holder}", "--mount", "--", *command)

    def fill(self) -> None:
        """To the last block."""
        fd = os.open(self.seen / "fill", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        size = BLOCK_BYTES
        while size >= 512:
            try:
                os.write(fd, bytes(size))
            except OSError:
                size //= 2
        os.close(fd)

    def make_room(self) -> None:
        """Takes back what ``fill`` wrote."""
        (self.seen / "fill").unlink()

    def remount(self, mode: str) -> None:
        """``ro`` or ``rw``."""
        subprocess.run(self.inside("mount", "-o", f"remount,{mode}", str(self.path)), check=True, timeout=10)


@contextmanager
def small_disk(path: Path, *, size: str = "8m") -> Iterator[SmallDisk]:
    """Mounted at the folder ``path`` until the block ends."""
    script = f"mount -t tmpfs -o size={size} longtake '{path}' && echo ready && exec sleep 300"
    holder = subprocess.Popen(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stderr is not None
    try:
        if holder.stdout.readline() != "ready\n":
            raise AssertionError(
                "no disk can be mounted in a namespace of its own, which these tests need "
                f"(root, or CAP_SYS_ADMIN): {holder.stderr.read().strip()}"
            )
        yield SmallDisk(holder.pid, path)
    finally:
        holder.kill()
        holder.wait(timeout=10)
        holder.stdout.close()
        holder.stderr.close()
