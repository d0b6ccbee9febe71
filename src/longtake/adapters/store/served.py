"""Which files of a store a web server may send (``ServedFiles``): segments, chat batches, and the extra folders.

A store's folder also holds what is nobody's business: our own state, operators' lists, cut videos, temps. So a path is
served for what it is, not because a file is there.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from longtake.adapters.store.layout import is_hour
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.names import CHAT_EXTENSION, SEGMENT_EXTENSION, check_part

_IN_HOURS = (SEGMENT_EXTENSION, CHAT_EXTENSION)


class DiskFiles:
    """``ServedFiles`` below a root. Links are not followed out of it."""

    def __init__(self, root: Path, *, extra_folders: Iterable[str]) -> None:
        self._root = root
        self._extra_folders = frozenset(extra_folders)

    async def servable(self, path: str) -> tuple[Path, os.stat_result] | None:
        """See ``ServedFiles``. Raises InvalidName for a part that is hidden, empty, too long or no name."""
        parts = [check_part(part, "path") for part in path.split("/")]
        if not self._is_meant(parts):
            return None
        with disk_trouble("read a file"):
            return await asyncio.to_thread(_regular_file, self._root, parts)

    def _is_meant(self, parts: Sequence[str]) -> bool:
        if len(parts) > 1 and parts[0] in self._extra_folders:
            return True
        return len(parts) == 4 and is_hour(parts[2]) and parts[3].endswith(_IN_HOURS)


def _regular_file(root: Path, parts: Sequence[str]) -> tuple[Path, os.stat_result] | None:
    path = root.joinpath(*parts)
    try:
        found = path.lstat()
        inside = path.parent.resolve().is_relative_to(root.resolve())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # each part is short enough; all of them together are not
            return None
        raise
    return (path, found) if inside and stat.S_ISREG(found.st_mode) else None
