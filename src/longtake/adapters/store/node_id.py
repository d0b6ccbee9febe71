"""Who this node is, whatever it is called: ``STORE/.longtake/node-id``, 32 hex digits and a line break.

Its peers compare it with their own, so that no node pulls from itself. It is drawn once and stays with the store: a store
that is copied to another machine must lose the file there, or the two take each other for one.

=====================================  ==========================================================================
what is found                          what happens
=====================================  ==========================================================================
no file                                one is made, durably, by one process
an empty one, or zeros                 the same: a power cut leaves that of what was never on disk
anything else                          StoreUnavailable; nobody replaces it unasked, since peers may know the node by it
nothing, and a disk that takes none    StoreUnavailable; ``KnownId`` asks again later
=====================================  ==========================================================================
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from longtake.adapters.store.layout import Layout
from longtake.adapters.store.small_files import SmallFiles
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.errors import StoreUnavailable
from longtake.kit.files import FileOps, SystemFileOps
from longtake.kit.tasks import TaskSet
from longtake.kit.threads import in_daemon_thread

_NAME = "node-id"
_FORM = re.compile(rb"[0-9a-f]{32}\n?", re.ASCII)
_AGAIN_AFTER_S, _PATIENCE_S = 30.0, 1.0

_log = structlog.get_logger()


def node_id(root: Path, ops: FileOps | None = None) -> str:
    """32 hex digits, the same ones for every process of this store, for good. Blocks on the disk.

    Raises StoreUnavailable.
    """
    path = Layout(root).node / _NAME
    files = SmallFiles(root, path.parent, ops or SystemFileOps())
    with disk_trouble("tell who this node is"):
        known = _understood(files.read(_NAME), path)
        return known or _made(files, path)


def _made(files: SmallFiles, path: Path) -> str:
    with files.alone():
        known = _understood(files.read(_NAME), path)
        if known is None:
            known = uuid.uuid4().hex
            files.put(_NAME, f"{known}\n".encode())
        return known


def _understood(content: bytes | None, path: Path) -> str | None:
    """None if there is nothing in it. Raises StoreUnavailable for what is no id."""
    if content is None or not content.strip(b"\0\r\n "):
        return None
    if _FORM.fullmatch(content) is None:
        raise StoreUnavailable(
            "the file with this node's id is damaged: remove it, and a new id is drawn", where=str(path)
        )
    return content.strip().decode()


class KnownId:
    """The id for who can do without, for a while: the disk may be read-only, or full at the start. For one event loop."""

    def __init__(self, root: Path, now_s: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._now_s = now_s
        self._id: str | None = None
        self._looking: asyncio.Task[None] | None = None
        self._looked_s: float | None = None
        self._tasks = TaskSet()
        self._told = False

    async def get(self) -> str | None:
        """The id, or None while it cannot be read nor made, which the log explains. Tried again after half a minute."""
        if self._id is None and self._looking is None and self._is_due():
            self._looked_s = self._now_s()
            self._looking = self._tasks.start(self._look(), "look for the node's id")
        if self._looking is not None:
            await asyncio.wait([self._looking], timeout=_PATIENCE_S)
        return self._id

    async def _look(self) -> None:
        """In a thread of its own: the disk may hang."""
        try:
            self._id = await in_daemon_thread(partial(node_id, self._root), "node-id")
        except StoreUnavailable as error:
            if not self._told:
                self._told = True
                _log.warning("this node cannot say who it is: its peers may not know it", reason=str(error))
        finally:
            self._looking = None

    def _is_due(self) -> bool:
        return self._looked_s is None or self._now_s() - self._looked_s >= _AGAIN_AFTER_S
