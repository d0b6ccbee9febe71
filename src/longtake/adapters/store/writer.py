"""Segments on their way onto the disk.

Bytes are gathered in memory up to ``_FLUSH_BYTES`` and written in one go: a usual segment costs one trip to a thread.
Facts are appended after the segment is durable; losing them to a kill costs a look at the file later.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import structlog

from longtake.adapters.store.facts_log import append_facts
from longtake.adapters.store.interface import Describe, Naming
from longtake.adapters.store.layout import Layout
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.errors import StoreUnavailable
from longtake.core.names import tombstone_of
from longtake.core.segments import Segment, SegmentType, name_prefix
from longtake.core.times import hour_name
from longtake.kit.files import DurableFile, DurableFolders, FileOps

_log = structlog.get_logger()

_FLUSH_BYTES = 4 << 20
_HEAD_BYTES = 4096

Params = ParamSpec("Params")
Result = TypeVar("Result")


class InThread(Protocol):
    """Runs a blocking function in the store's threads."""

    def __call__(
        self, function: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs
    ) -> Awaitable[Result]:
        """Its result, or what it raised."""
        ...


class DiskWriter:
    """``SegmentWriter`` on the disk; made by ``DiskStore.open_writer``, which holds its lock."""

    def __init__(
        self,
        layout: Layout,
        channel: str,
        quality: str,
        purpose: str,
        ops: FileOps,
        folders: DurableFolders,
        in_thread: InThread,
    ) -> None:
        self._layout = layout
        self._channel = channel
        self._quality = quality
        self._temp = layout.temp(channel, quality, purpose)
        self._ops = ops
        self._folders = folders
        self._in_thread = in_thread

    async def has_full(self, *, start_us: int, duration_s: float) -> bool:
        """See ``SegmentWriter``."""
        prefix = f"{name_prefix(start_us=start_us, duration_s=duration_s)}-{SegmentType.FULL}-"
        return await self._in_thread(self._find, hour_name(start_us), prefix)

    def _find(self, hour: str, prefix: str) -> bool:
        folder = self._layout.hour(self._channel, self._quality, hour)
        with disk_trouble("list an hour"):
            try:
                names = {name for name in os.listdir(folder) if name.startswith(prefix)}  # noqa: PTH208
            except FileNotFoundError:
                return False
        return any(name.endswith(".ts") and tombstone_of(name) not in names for name in names)

    def begin(self) -> DiskIncoming:
        """See ``SegmentWriter``."""
        temp = self._temp / f"{uuid.uuid4()}.temp"
        return DiskIncoming(DurableFile(temp, self._ops), self._place, self._describe, self._in_thread)

    def _place(self, segment: Segment) -> Path:
        folder = self._layout.hour(self._channel, self._quality, segment.hour)
        self._folders.make(folder)
        return folder / segment.name

    def _describe(self, segment: Segment, size_bytes: int, head: bytes, describe: Describe) -> None:
        path = self._layout.facts(self._channel, self._quality, segment.hour)
        append_facts(path, describe(segment, size_bytes, head))


class DiskIncoming:
    """``IncomingSegment`` on the disk.

    A caller who is cancelled leaves a thread at work, and may then keep or discard the segment: what threads do to it,
    they do one after the other.
    """

    def __init__(
        self,
        file: DurableFile,
        place: Callable[[Segment], Path],
        describe: Callable[[Segment, int, bytes, Describe], None],
        in_thread: InThread,
    ) -> None:
        self._file = file
        self._place = place
        self._append_facts = describe
        self._in_thread = in_thread
        self._at_work = threading.Lock()
        self._ended = False
        self._hash = hashlib.sha256()
        self._head = b""
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self.size_bytes = 0

    async def add(self, chunk: bytes) -> None:
        """See ``IncomingSegment``."""
        if len(self._head) < _HEAD_BYTES:
            self._head += chunk[: _HEAD_BYTES - len(self._head)]
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        self.size_bytes += len(chunk)
        if self._waiting_bytes >= _FLUSH_BYTES:
            await self._in_thread(self._write_out)

    async def keep(
        self,
        *,
        name: Naming,
        describe: Describe,
    ) -> Segment:
        """See ``IncomingSegment``."""
        return await self._in_thread(self._keep, name, describe)

    def _keep(self, name: Naming, describe: Describe) -> Segment:
        with self._at_work:
            if self._ended:
                raise StoreUnavailable("cannot store a segment: it was kept or given up before")
            self._ended = True
            try:
                segment = self._commit(name)
            except BaseException:
                self._file.discard()
                raise
        try:
            self._append_facts(segment, self.size_bytes, self._head, describe)
        except OSError as error:  # the segment is durable, and facts can be made again
            _log.warning("facts not noted", segment=segment.path, reason=error.strerror)
        return segment

    def _commit(self, name: Naming) -> Segment:
        self._flush()
        if self._file.size_bytes != self.size_bytes:  # an earlier write failed
            raise StoreUnavailable("cannot store a segment: a part of it could not be written")
        segment = name(digest=self._hash.digest())
        with disk_trouble("store a segment"):
            self._file.commit(self._place(segment))
        return segment

    def _write_out(self) -> None:
        with self._at_work:
            if not self._ended:
                self._flush()

    def _flush(self) -> None:
        chunks, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for chunk in chunks:
            self._hash.update(chunk)
        with disk_trouble("store a segment"):
            self._file.write(chunks)

    async def discard(self) -> None:
        """See ``IncomingSegment``."""
        self._waiting.clear()
        await self._in_thread(self._discard)

    def _discard(self) -> None:
        with self._at_work:
            self._ended = True
            self._file.discard()
