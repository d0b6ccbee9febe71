"""The settings in force, as the supervisor gives them to its children: a file for the owner's eyes only.

Stream URLs hold tokens, which on a command line all could read. The file is replaced when the channels change.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from longtake.app.settings import Settings
from longtake.core.errors import InvalidInput
from longtake.kit.threads import in_daemon_thread

Stamp = tuple[int, int, int]
"""What shows that a file was replaced or written to: its mtime in ns, size and inode."""


def stamp_of(file: Path) -> Stamp | None:
    """None if there is no file to look at."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def read_settings(file: Path) -> Settings:
    """Raises InvalidInput."""
    try:
        return Settings.model_validate_json(file.read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the supervisor's settings cannot be read from {file}") from error


def write_settings_file(file: Path, settings: Settings) -> None:
    """Atomically: a reader sees the old or the new ones. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temp = file.with_suffix(".temp")
    temp.unlink(missing_ok=True)
    try:
        fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as opened:
            opened.write(settings.model_dump_json())
        temp.replace(file)
    except OSError:
        with suppress(OSError):
            temp.unlink(missing_ok=True)
        raise


class SettingsFile:
    """The file as a child looks at it, again and again. It is read in a thread: its disk may hang."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: Stamp | None = None

    async def read_if_changed(self) -> Settings | None:
        """The settings if the file is another one than last time. Raises InvalidInput, once for each file."""
        return await in_daemon_thread(self._read, "look at the settings")

    def _read(self) -> Settings | None:
        stamp = stamp_of(self._file)
        if stamp is None or stamp == self._seen:
            return None
        self._seen = stamp
        return read_settings(self._file)
