"""Files that peers have, and that get their final names here other than by being recorded: durable, and never a wrong one.

===========================  =====================================  ==================================================
what                         on disk                                a kill or a power cut leaves
===========================  =====================================  ==================================================
a second name                a hard link; a copy where the file     the name with its whole content, or nothing
                             system knows none
a chat batch                 a file of its own, by a temp           the same, and perhaps a temp, which the next
                                                                    writer clears away
a tombstone                  an empty file                          it, or nothing; one that was removed may be back,
                                                                    until ``no_tombstone`` returns
===========================  =====================================  ==================================================

All of it may be repeated: what is there already stays as it is.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from longtake.core.errors import Corrupt, NotFound
from longtake.kit.files import CANNOT_LINK, DurableFile, DurableFolders, FileOps

_CANNOT_BE_READ = frozenset(
    {
        errno.EIO,
        errno.EBADMSG,
        errno.EUCLEAN,
        errno.ELOOP,
        errno.EISDIR,
        errno.ENXIO,
        errno.EACCES,
        errno.EPERM,
    }
)
"""It is that file which is damaged, or none: others can be read. What it should hold must come from elsewhere."""


class NamedFiles:
    """Blocks on the disk. All methods raise OSError; ``temp`` makes a new temp file on the disk of the target."""

    def __init__(self, ops: FileOps, folders: DurableFolders) -> None:
        self._ops = ops
        self._folders = folders

    def second_name(
        self, source: Path, target: Path, digest: bytes, temp: Callable[[], DurableFile]
    ) -> bytes | None:
        """The content, which ``target`` leads to now as well; None if that name was there. Raises NotFound, Corrupt."""
        if self._ops.is_there(target):
            self._ops.fsync_folder(target.parent)  # it may not be on disk yet
            return None
        content = self._checked(source, digest)
        self._folders.make(target.parent)
        is_new = self._link(source, target, content, temp)
        self._ops.fsync_folder(target.parent)
        return content if is_new else None

    def _link(self, source: Path, target: Path, content: bytes, temp: Callable[[], DurableFile]) -> bool:
        try:
            self._ops.link(source, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in CANNOT_LINK:
                raise
            self._write(target, content, temp)
        return True

    def _checked(self, source: Path, digest: bytes) -> bytes:
        """It is synced, since whoever put it there may not have done so."""
        try:
            content = self._ops.read_synced(source)
        except FileNotFoundError as error:
            raise NotFound(f"{source.name} is gone") from error
        except OSError as error:
            if error.errno not in _CANNOT_BE_READ:
                raise
            raise Corrupt(f"{source.name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).digest() != digest:
            raise Corrupt(f"{source.name} is not what its name says: the file is damaged")
        return content

    def chat(self, target: Path, content: bytes, digest: bytes, temp: Callable[[], DurableFile]) -> None:
        """Raises Corrupt for other content than the name's."""
        if hashlib.sha256(content).digest() != digest:
            raise Corrupt(f"{target.name} came with other bytes than its name says")
        self._folders.make(target.parent)
        self._write(target, content, temp)

    def _write(self, target: Path, content: bytes, temp: Callable[[], DurableFile]) -> None:
        file = temp()
        try:
            file.write((content,))
            file.commit(target)
        except BaseException:
            file.discard()
            raise

    def tombstone(self, target: Path) -> bool:
        """False if it was there. Its folder is made if it is missing."""
        self._folders.make(target.parent)
        is_new = not self._ops.is_there(target)
        if is_new:
            try:
                self._ops.close(self._ops.open_new(target))
            except FileExistsError:
                is_new = False
        self._ops.fsync_folder(target.parent)  # also one that was there may not be on disk yet
        return is_new

    def no_tombstone(self, target: Path) -> bool:
        """False if there was none. An hour that held nothing else goes with it."""
        try:
            self._ops.remove(target)
        except (FileNotFoundError, NotADirectoryError):
            return False
        with suppress(OSError):  # not empty, as nearly always
            self._ops.remove_folder(target.parent)
        folder = target.parent if self._ops.is_folder(target.parent) else target.parent.parent
        self._ops.fsync_folder(folder)
        return True
