"""What the supervisor keeps in the store: its lock, and the settings for its children.

A disk that takes nothing must not keep a node from serving what is recorded: it starts without the lock if there is
none to be had (nobody else can begin there either), and its settings go to the spare folder of this machine.
"""

from __future__ import annotations

import errno
from pathlib import Path

import structlog

from longtake.adapters.store.status_spare import Spare
from longtake.adapters.store.trouble import disk_trouble, words_for
from longtake.app.settings import Settings
from longtake.app.settings_file import write_settings_file
from longtake.core.errors import AlreadyRunning, StoreUnavailable
from longtake.kit.locks import FileLock, LockHeld

_TAKES_NOTHING = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})

_log = structlog.get_logger()


def supervisor_lock(store_dir: Path) -> FileLock:
    """Taken; or free, with a word in the log, on a disk that takes nothing. Raises AlreadyRunning, StoreUnavailable."""
    folder = store_dir / ".longtake"
    lock = FileLock(folder / "supervisor.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except LockHeld as held:
        raise AlreadyRunning(
            f"a longtake node already runs on {store_dir}, as process {held.holder}"
        ) from held
    except OSError as error:
        if error.errno not in _TAKES_NOTHING or not store_dir.is_dir():
            raise StoreUnavailable(f"cannot use {store_dir}: {words_for(error)}") from error
        _log.warning("the node runs without its lock", reason=words_for(error))
    return lock


def settings_file(settings: Settings) -> Path:
    """Where they usually are."""
    return settings.store.dir.absolute() / ".longtake" / "settings.json"


def write_settings(settings: Settings) -> Path:
    """Where they are now. For the owner's eyes only: stream URLs hold tokens, which on a command line all could read.

    Raises StoreUnavailable.
    """
    usual = settings_file(settings)
    try:
        write_settings_file(usual, settings)
    except OSError as error:
        if error.errno not in _TAKES_NOTHING:
            raise StoreUnavailable(f"cannot write the settings: {words_for(error)}") from error
        _log.error(
            "the disk takes nothing: what is recorded is served, and recording begins when the disk works",
            reason=words_for(error),
        )
        with disk_trouble("write the settings"):
            spare = Spare(settings.store.dir).folder() / "node.settings"
            write_settings_file(spare, settings)
            return spare
    return usual


def rewrite_settings(file: Path, settings: Settings) -> None:
    """For children that run, who look at the file that they were given. Raises StoreUnavailable."""
    with disk_trouble("hand on the settings"):
        write_settings_file(file, settings)
