"""Where a status goes when the store takes none: a folder on another file system of this machine.

It lies below the run-time or temporary folder, belongs to the user of the process, and is keyed by the store's path, so
that whoever asks for the status of a store finds it. Those folders are open to all: what somebody else put in our
place, a link included, is not used.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_FORGOTTEN_AFTER_S = 24 * 3600


class Spare:
    """The place for one store's processes. The store is asked for its path now, and never again: it may hang later."""

    def __init__(self, root: Path) -> None:
        self._key = _key(root)
        self._device = _device(root)
        self._readable = sorted({os.geteuid(), _owner(root)})

    def folder(self) -> Path:
        """Ours, made if need be. Raises OSError if there is none to be had."""
        refused: OSError | None = None
        for base in _bases():
            try:
                if base.stat().st_dev != self._device:
                    return self._folder(base / f"longtake-{os.geteuid()}")
            except OSError as error:
                refused = refused or error
        raise refused or FileNotFoundError("there is no other file system for the status")

    def folders(self) -> Iterator[Path]:
        """Those to read: of this user and of the store's owner. Raises nothing."""
        for base in _bases():
            for uid in self._readable:
                parent = base / f"longtake-{uid}"
                if _is_private(parent, uid) and _is_private(parent / self._key, uid):
                    yield parent / self._key

    def _folder(self, parent: Path) -> Path:
        _make_private(parent)
        _sweep(parent)
        _make_private(parent / self._key)
        return parent / self._key


def _bases() -> list[Path]:
    named = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/dev/shm"]  # noqa: S108 - checked
    return [Path(name) for name in dict.fromkeys(named) if name]


def _key(root: Path) -> str:
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def _owner(root: Path) -> int:
    try:
        return root.stat().st_uid
    except OSError:
        return os.geteuid()


def _device(root: Path) -> int:
    return next(path for path in (root, *root.absolute().parents) if path.exists()).stat().st_dev


def _make_private(folder: Path) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _is_private(folder, os.geteuid()):
        raise PermissionError(f"{folder} is not ours alone")


def _is_private(folder: Path, uid: int) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def _sweep(folder: Path) -> None:
    """Removes what nobody has written for a day."""
    oldest_s = time.time() - _FORGOTTEN_AFTER_S
    for old in folder.iterdir():
        with suppress(OSError):  # in use by another process, or not empty
            if old.stat().st_mtime < oldest_s:
                for path in old.iterdir():
                    path.unlink()
                old.rmdir()
