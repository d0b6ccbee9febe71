"""Follows a node's config file while the node runs: channels and peers change at once, what else changes waits for a restart.

===========================================  ==================================================================
the file                                     what is done
===========================================  ==================================================================
is as it was                                 nothing
changed and is valid                         channels, [twitch] and [replicate] count from now on; of other keys
                                             it is said that they need a restart
changed and is wrong, or cannot be read      said, until it is mended; all goes on as before
is gone for longer than a moment, or empty   likewise: an editor on a full disk must not end all recordings
===========================================  ==================================================================

A change counts once the file was the same for two looks: it may be half written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import BaseModel

from longtake.app.settings import Settings
from longtake.app.settings_file import Stamp, stamp_of
from longtake.core.errors import InvalidInput, LongtakeError
from longtake.core.times import format_us
from longtake.kit.clock import Clock
from longtake.kit.threads import in_daemon_thread

LIVE_SECTIONS = ("channels", "twitch", "replicate")
"""What changes without a restart."""
_LOOKED_AT_EVERY_S = 1
_GONE_AFTER_LOOKS = 3
_GONE = "the file is gone"
_EMPTY = "the file is empty; to record nothing, leave a line [channels] in it"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """Where the settings are, and how they are read: with what the environment and the command line say besides.

    ``read`` raises InvalidInput. A file that is not there yet counts from when it appears.
    """

    path: Path
    read: Callable[[], Settings]


class ConfigWatch:
    """Looks at the file every second, and when told to. ``apply`` gets the settings that now count."""

    def __init__(
        self, file: ConfigFile, in_force: Settings, apply: Callable[[Settings], None], clock: Clock
    ) -> None:
        self._file = file
        self._in_force = in_force
        self._apply = apply
        self._clock = clock
        self._seen = stamp_of(file.path)
        self._taken_in: Stamp | None = None
        self._was_there = self._seen is not None
        self._gone_for = 0
        self._read = format_us(clock.now_us()) if self._was_there else None
        self._trouble: str | None = None
        self._waiting: tuple[str, ...] = ()
        self._again = False
        self._told = asyncio.Event()

    def look_now(self) -> None:
        """Whoever changed the file says so: it is read even if it looks the same."""
        self._told.set()

    @property
    def in_force(self) -> Settings:
        """The settings that count now."""
        return self._in_force

    def details(self) -> Mapping[str, object]:
        """For the status. ``waiting``: keys that need a restart."""
        return {
            "file": str(self._file.path),
            "read": self._read,
            "trouble": self._trouble,
            "waiting": list(self._waiting),
        }

    async def run(self) -> None:
        """For ever."""
        while True:
            told = await self._pause()
            try:
                await self.look(told=told)
            except Exception:  # noqa: BLE001 - the node goes on whatever is in its config
                _log.exception("the config cannot be followed")

    async def look(self, *, told: bool = False) -> None:
        """Once. ``told``: somebody says that it is worth reading."""
        stamp = await in_daemon_thread(lambda: stamp_of(self._file.path), "look at the config")
        settled, self._seen = stamp == self._seen, stamp
        if stamp is None:
            self._note_gone()
            return
        self._gone_for, self._was_there = 0, True
        if told or self._again or (settled and stamp != self._taken_in):
            self._taken_in = stamp
            await self._take_in()

    async def _pause(self) -> bool:
        try:
            async with asyncio.timeout(_LOOKED_AT_EVERY_S):
                await self._told.wait()
        except TimeoutError:
            return False
        self._told.clear()
        return True

    def _note_gone(self) -> None:
        """What was never there is not missed; nor is one that an editor is about to put back."""
        if not self._was_there:
            return
        self._gone_for += 1
        if self._gone_for >= _GONE_AFTER_LOOKS:
            self._taken_in = None  # whatever comes back is read
            self._note_trouble(_GONE)

    async def _take_in(self) -> None:
        try:
            new = await in_daemon_thread(self._read_file, "read the config")
            await self._count(new)
        except LongtakeError as error:
            self._note_trouble(str(error).replace("\n", "; "))
            return
        self._read = format_us(self._clock.now_us())
        self._note_trouble(None)
        waiting = _differing(self._in_force, new)
        if waiting and waiting != self._waiting:
            _log.warning("the config has changes that need a restart of the node", keys=list(waiting))
        self._waiting = waiting

    def _read_file(self) -> Settings:
        try:
            is_empty = not self._file.path.read_bytes().strip()
        except OSError as error:
            raise InvalidInput(f"{self._file.path}: cannot be read: {error.strerror}") from error
        new = self._file.read()
        if is_empty and self._in_force.channels.keys() - new.channels.keys():
            raise InvalidInput(f"{self._file.path}: {_EMPTY}")
        return new

    async def _count(self, new: Settings) -> None:
        """Hands on what changes without a restart. A disk that does not take it is asked again with every look."""
        live = {name: getattr(new, name) for name in LIVE_SECTIONS}
        pulls = self._in_force.replicate.enabled  # whether there is a process for it is settled at the start
        live["replicate"] = new.replicate.model_copy(update={"enabled": pulls})
        merged = self._in_force.model_copy(update=live)
        self._again = merged != self._in_force
        if not self._again:
            return
        await in_daemon_thread(lambda: self._apply(merged), "hand on the settings")
        self._in_force, self._again = merged, False
        _log.info("the config is read anew", file=str(self._file.path), channels=len(merged.channels))

    def _note_trouble(self, trouble: str | None) -> None:
        before, self._trouble = self._trouble, trouble
        if trouble is not None and trouble != before:
            _log.error(
                "the config cannot be used: all goes on as before", file=str(self._file.path), reason=trouble
            )
        elif trouble is None and before is not None:
            _log.info("the config is right again", file=str(self._file.path))


def _differing(old: Settings, new: Settings) -> tuple[str, ...]:
    """``section.key`` of all that differs and is not live."""
    names = [name for name in Settings.model_fields if name not in LIVE_SECTIONS]
    keys = [
        f"{name}.{key}" for name in names for key in _differing_keys(getattr(old, name), getattr(new, name))
    ]
    pulls = ["replicate.enabled"] if old.replicate.enabled != new.replicate.enabled else []
    return (*keys, *pulls)


def _differing_keys(old: BaseModel, new: BaseModel) -> list[str]:
    return [key for key in type(old).model_fields if getattr(old, key) != getattr(new, key)]
