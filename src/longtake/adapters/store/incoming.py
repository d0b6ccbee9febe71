"""One segment on its way onto the disk.

Bytes are gathered in memory, and a usual segment is there whole until it is kept: one trip to a thread joins, hashes,
settles, writes and syncs it, and trouble with the disk costs nothing, since all of it can be written anew. What grows
beyond ``HeldBytes`` goes to its temp file piece by piece.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from longtake.adapters.store.interface import Settle
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.errors import StoreUnavailable
from longtake.core.facts import SegmentFacts
from longtake.core.segments import Segment
from longtake.kit.files import DurableFile
from longtake.kit.scratch import Scratch

_scratch = Scratch()

_ONE_MAY_HOLD = 8 << 20
_ALL_MAY_HOLD = 128 << 20
_ONE_MAY_HOLD_THEN = 1 << 20

Params = ParamSpec("Params")
Result = TypeVar("Result")


class InThread(Protocol):
    """Runs a blocking function in the store's threads."""

    def __call__(
        self, function: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs
    ) -> Awaitable[Result]:
        """Its result, or what it raised."""
        ...


class HeldBytes:
    """What all the segments of a store that are on their way hold in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.total = 0

    def change(self, by: int) -> None:
        """Takes or gives back so many bytes."""
        with self._lock:
            self.total += by

    @property
    def one_may_hold(self) -> int:
        """How much one segment may hold before it goes to the disk."""
        return _ONE_MAY_HOLD if self.total <= _ALL_MAY_HOLD else _ONE_MAY_HOLD_THEN


class Berth(Protocol):
    """Where a segment goes; ``writer`` has it. All but ``temp`` block on the disk."""

    held: HeldBytes

    def temp(self) -> DurableFile:
        """A new temp file."""
        ...

    def place(self, segment: Segment) -> Path:
        """Its final path, in a folder that is on disk. Raises OSError."""
        ...

    def kept(self, segment: Segment, facts: SegmentFacts) -> None:
        """It is durable. Facts that cannot be appended are lost with a word in the log: they can be made again."""
        ...


class DiskIncoming:
    """``IncomingSegment`` on the disk.

    A caller who is cancelled leaves a thread at work, and may then keep or discard the segment: what threads do to it,
    they do one after the other.
    """

    def __init__(self, berth: Berth, in_thread: InThread) -> None:
        self._berth = berth
        self._in_thread = in_thread
        self._at_work = threading.Lock()
        self._ended = False
        self._chunks: list[bytes] = []
        self._spilled: DurableFile | None = None
        self._hash = hashlib.sha256()
        """Of what was spilled."""
        self.size_bytes = 0

    @property
    def is_whole(self) -> bool:
        """See ``IncomingSegment``."""
        return not self._ended and (self._spilled is None or self._spilled.is_sound)

    @property
    def _on_disk(self) -> int:
        return self._spilled.size_bytes if self._spilled is not None else 0

    async def add(self, chunk: bytes) -> None:
        """See ``IncomingSegment``."""
        if self._ended:
            return
        self._chunks.append(chunk)
        self.size_bytes += len(chunk)
        self._berth.held.change(len(chunk))
        if self.size_bytes - self._on_disk >= self._berth.held.one_may_hold:
            await self._in_thread(self._spill)

    async def keep(self, settle: Settle) -> Segment:
        """See ``IncomingSegment``."""
        return await self._in_thread(self._keep, settle)

    async def discard(self) -> None:
        """See ``IncomingSegment``."""
        if self._spilled is None and self._at_work.acquire(blocking=False):
            try:  # a disk that hangs need not be asked
                self._end()
            finally:
                self._at_work.release()
            return
        await self._in_thread(self._discard)

    def _discard(self) -> None:
        with self._at_work:
            self._end()

    def _end_if_lost(self) -> None:
        if not self.is_whole:
            self._end()

    def _end(self) -> None:
        """Nothing of it is left but what was kept."""
        if self._ended:
            return
        self._ended = True
        self._berth.held.change(self._on_disk - self.size_bytes)
        self._chunks.clear()
        if self._spilled is not None:
            self._spilled.discard()

    # In threads

    def _keep(self, settle: Settle) -> Segment:
        with self._at_work:
            if not self.is_whole:
                raise StoreUnavailable("cannot store a segment: it was kept, given up or lost before")
            try:
                segment, facts = self._store(settle)
            except StoreUnavailable:
                self._end_if_lost()
                raise
            except BaseException:
                self._end()
                raise
            self._end()
        self._berth.kept(segment, facts)
        return segment

    def _store(self, settle: Settle) -> tuple[Segment, SegmentFacts]:
        if self._on_disk:
            return self._store_spilled(settle)
        content = _scratch.join(tuple(self._chunks))
        segment, facts = settle(content, hashlib.sha256(content).digest())
        with disk_trouble("store a segment"):
            target = self._berth.place(segment)
            file = self._berth.temp()
            try:
                file.write((content,))
                file.commit(target)
            except BaseException:
                file.discard()
                raise
        return segment, facts

    def _store_spilled(self, settle: Settle) -> tuple[Segment, SegmentFacts]:
        assert self._spilled is not None  # noqa: S101 - the caller has looked
        with disk_trouble("store a segment"):
            self._flush(self._spilled)
            content = self._spilled.read_back()
        segment, facts = settle(content, self._hash.digest())
        with disk_trouble("store a segment"):
            self._spilled.commit(self._berth.place(segment))
        return segment, facts

    def _spill(self) -> None:
        with self._at_work:
            if self._ended:
                return
            if self._spilled is None:
                self._spilled = self._berth.temp()
            with disk_trouble("store a segment"):
                self._flush(self._spilled)

    def _flush(self, file: DurableFile) -> None:
        """What the disk does not take stays in memory."""
        content = self._joined()
        before = file.size_bytes
        try:
            file.write((content,))
        finally:
            written = file.size_bytes - before
            self._hash.update(memoryview(content)[:written])
            self._chunks[0] = content[written:]
            self._berth.held.change(-written)

    def _joined(self) -> bytes:
        """What is in memory, as the first of the chunks; the loop may add more meanwhile."""
        count = len(self._chunks)
        if count != 1:
            self._chunks[:count] = [b"".join(self._chunks[:count])]
        return self._chunks[0]
