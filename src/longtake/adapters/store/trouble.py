"""The disk's errors in our words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from longtake.core.errors import StoreUnavailable

_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EIO: "the disk fails",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files",
    errno.ETIMEDOUT: "the disk does not answer",
}


def words_for(error: OSError) -> str:
    """What it means, for people: 'the disk is full'."""
    return _WORDS.get(error.errno or 0, error.strerror or str(error))


@contextmanager
def disk_trouble(doing: str) -> Iterator[None]:
    """Turns an OSError into StoreUnavailable: 'cannot store a segment: the disk is full (FILE)'."""
    try:
        yield
    except OSError as error:
        where = str(error.filename) if error.filename else None
        raise StoreUnavailable(f"cannot {doing}: {words_for(error)}", where=where) from error
