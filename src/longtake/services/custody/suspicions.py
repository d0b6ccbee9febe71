"""Looks into what peers suspect: files of which they got bytes that are not what the names say.

What is damaged goes where all damaged files go: its facts are marked as not looked into, so that ``filling`` looks, shows it as
damaged, and looks again once something changed. So it survives a restart, and is over once the file is well. Chat has no facts: what
is suspected and was found to be damaged is shown by ``damaged``, beside the others.

==========================  ==================================================  ================================
what is found               what happens                                        who acts
==========================  ==================================================  ================================
a segment is damaged        marked, logged, no longer suspected                 filling: shows it
a chat batch is damaged     it stays suspected, and is looked at now and then   ``damaged`` shows it
it is sound, or gone        no longer suspected                                 nobody
the disk fails              it stays suspected                                  the next round
kill                        the same; a mark may be there already               the next start
==========================  ==================================================  ================================
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter

from longtake.adapters.store.interface import SegmentStore, ServedFiles, Suspicions
from longtake.core.chat_names import ChatBatch
from longtake.core.errors import Corrupt, LongtakeError, NotFound
from longtake.core.segments import Segment
from longtake.core.suspicions import Suspicion
from longtake.kit.clock import Clock
from longtake.kit.pace import Pace
from longtake.services.custody.looking import needs_look

_EVERY_S = 30
_BYTES_PER_S = 16 << 20
"""As much as filling in facts may read."""
_PIECE_BYTES = 1 << 20
_AGAIN_AFTER_S = 600
"""A batch of chat that is damaged is looked at again: somebody may have put the right one there."""

_log = structlog.get_logger()


class Finding(StrEnum):
    """What a look at a suspected file shows."""

    DAMAGED = "damaged"
    SOUND = "sound"
    GONE = "gone"


class SuspicionsLook:
    """Runs until cancelled. ``files`` reads chat, which the store knows by its listings alone."""

    def __init__(
        self,
        suspicions: Suspicions,
        store: SegmentStore,
        files: ServedFiles,
        clock: Clock,
        *,
        registry: CollectorRegistry,
        bytes_per_s: int = _BYTES_PER_S,
    ) -> None:
        self._suspicions = suspicions
        self._store = store
        self._files = files
        self._clock = clock
        self._pace = Pace(clock, bytes_per_s=bytes_per_s)
        self._looked = Counter(
            "longtake_suspicions_looked",
            "Files that a peer got wrong bytes of, by what a look at them showed",
            ["finding"],
            registry=registry,
        )
        self._trouble: str | None = None
        self._chat: dict[str, float] = {}
        """Batches that are damaged, and when they were looked at last."""

    def damaged(self) -> list[str]:
        """Paths of damaged files that have no facts which could say so."""
        return sorted(self._chat)

    async def run(self) -> None:
        """One round after the other, for ever."""
        while True:
            try:
                await self.once()
            except Exception:  # noqa: BLE001 - whatever a file does to us, the rest of custody must go on
                _log.exception("looking into suspicions failed")
            await self._clock.sleep(_EVERY_S)

    async def once(self) -> None:
        """A look at each of them. What fails is logged and left for the next round."""
        trouble: LongtakeError | None = None
        try:
            suspected = await self._suspicions.listed()
            self._forget_all_but({suspicion.path for suspicion in suspected})
            for suspicion in suspected:
                try:
                    await self._look_into(suspicion)
                except LongtakeError as error:
                    trouble = error
        except LongtakeError as error:
            trouble = error
        self._tell(trouble)

    def _tell(self, trouble: LongtakeError | None) -> None:
        if trouble is not None and self._trouble is None:
            _log.warning("what peers suspect cannot be looked into", reason=str(trouble))
        self._trouble = None if trouble is None else str(trouble)

    def _forget_all_but(self, paths: set[str]) -> None:
        self._chat = {path: looked_s for path, looked_s in self._chat.items() if path in paths}

    async def _look_into(self, suspicion: Suspicion) -> None:
        file, path = suspicion.file, suspicion.path
        if not self._is_due(path):
            return
        if isinstance(file, ChatBatch):
            finding = await self._find_chat(suspicion, file)
        else:
            finding = await self._find_segment(suspicion, file)
        if path not in self._chat:
            self._tell_finding(path, finding)
        if finding is Finding.DAMAGED and isinstance(file, ChatBatch):
            self._chat[path] = self._clock.monotonic_s()
            return
        await self._suspicions.drop(suspicion)
        self._chat.pop(path, None)

    def _is_due(self, path: str) -> bool:
        looked_s = self._chat.get(path)
        return looked_s is None or self._clock.monotonic_s() - looked_s >= _AGAIN_AFTER_S

    def _tell_finding(self, path: str, finding: Finding) -> None:
        log = _log.error if finding is Finding.DAMAGED else _log.debug
        log("a peer got wrong bytes of a file", path=path, finding=finding.value)
        self._looked.labels(finding.value).inc()

    async def _find_segment(self, suspicion: Suspicion, segment: Segment) -> Finding:
        place = suspicion.channel, suspicion.quality
        try:
            content = await self._store.read(*place, segment)
        except NotFound:
            return Finding.GONE
        except Corrupt:
            await self._mark(*place, segment)
            return Finding.DAMAGED
        await self._pace.after(len(content))
        return Finding.SOUND

    async def _mark(self, channel: str, quality: str, segment: Segment) -> None:
        """Somebody is to look into it. What only its recorder knew stays known."""
        known = (await self._store.facts(channel, quality, [segment.hour])).get(segment.name)
        if known is not None and not needs_look(known):
            await self._store.note_facts(channel, quality, segment.hour, [replace(known, looked=None)])

    async def _find_chat(self, suspicion: Suspicion, batch: ChatBatch) -> Finding:
        file = await self._files.servable(suspicion.path)
        if file is None:
            return Finding.GONE
        digest = hashlib.sha256()
        try:
            for first in range(0, file.size_bytes, _PIECE_BYTES):
                size_bytes = min(_PIECE_BYTES, file.size_bytes - first)
                digest.update((await self._files.read(file, [(first, size_bytes)]))[0])
                await self._pace.after(size_bytes)
        except NotFound:
            return Finding.GONE
        return Finding.SOUND if digest.digest() == batch.digest else Finding.DAMAGED
