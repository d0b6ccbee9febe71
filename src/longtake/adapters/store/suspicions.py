"""What peers suspect, until custody has looked: a small file each in ``STORE/.longtake/suspicions``, named by its path's hash.

The web process notes, custody lists and drops; they meet in the folder alone.

=========================  ==============================================  ========================================
failed at                  state left                                      who acts
=========================  ==============================================  ========================================
noting                     it is noted, or not; never a part of it         the peer, the next time it gets wrong bytes
kill or power cut          what was noted is; a drop may be undone         custody: looks once more
an entry that is damaged   it counts                                       the next listing removes it
=========================  ==============================================  ========================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from longtake.adapters.store.layout import Layout
from longtake.adapters.store.small_files import SmallFiles
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.errors import Busy, InvalidInput
from longtake.core.names import hash_text
from longtake.core.suspicions import Suspicion, decode_suspicion, encode_suspicion
from longtake.kit.files import FileOps, SystemFileOps
from longtake.kit.threads import in_daemon_thread

MOST = 1000
"""Are kept; custody reads some tens of files a minute."""
_ENDING = ".json"

Result = TypeVar("Result")


class DiskSuspicions:
    """``Suspicions`` below a root. Each call is a thread of its own while it lasts: they are few."""

    def __init__(self, root: Path, ops: FileOps | None = None, *, most: int = MOST) -> None:
        self._files = SmallFiles(root, Layout(root).suspicions, ops or SystemFileOps())
        self._most = most

    async def note(self, suspicion: Suspicion) -> bool:
        """See ``Suspicions``."""
        return await _in_thread("note what a peer suspects", partial(self._note, suspicion))

    async def listed(self) -> list[Suspicion]:
        """See ``Suspicions``."""
        return await _in_thread("read what peers suspect", self._listed)

    async def drop(self, suspicion: Suspicion) -> None:
        """See ``Suspicions``."""
        await _in_thread("forget a suspicion", partial(self._files.remove, _name(suspicion)))

    def _note(self, suspicion: Suspicion) -> bool:
        name = _name(suspicion)
        if self._files.read(name) is not None:
            return False
        with self._files.alone():
            names = self._files.names()
            if name in names:
                return False
            if len(names) >= self._most:
                raise Busy(f"{self._most} suspicions wait to be looked into; no more can be noted now")
            self._files.put(name, encode_suspicion(suspicion))
        return True

    def _listed(self) -> list[Suspicion]:
        known = []
        for name in self._files.names():
            content = self._files.read(name)
            if content is None:
                continue
            suspicion = _decoded(content)
            if suspicion is None or _name(suspicion) != name:
                self._files.remove(name)
            else:
                known.append(suspicion)
        return sorted(known, key=lambda each: each.path)


def _name(suspicion: Suspicion) -> str:
    return hash_text(hashlib.sha256(suspicion.path.encode()).digest()) + _ENDING


def _decoded(content: bytes) -> Suspicion | None:
    try:
        return decode_suspicion(content)
    except InvalidInput:
        return None


async def _in_thread(doing: str, work: Callable[[], Result]) -> Result:
    def blocking() -> Result:
        with disk_trouble(doing):
            return work()

    return await in_daemon_thread(blocking, "suspicions")
