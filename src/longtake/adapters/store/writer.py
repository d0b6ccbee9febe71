"""The one who may write a quality's segments for a purpose: what is here already, where new ones go, what to remember."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import structlog

from longtake.adapters.store.facts_log import KEPT_FACTS, FactsLog, FactsReader
from longtake.adapters.store.having import HadSegments
from longtake.adapters.store.incoming import DiskIncoming, HeldBytes, InThread
from longtake.adapters.store.layout import Layout
from longtake.adapters.store.named_files import NamedFiles
from longtake.adapters.store.playlist_files import keep_playlists
from longtake.adapters.store.trouble import disk_trouble
from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.facts import SegmentFacts
from longtake.core.names import check_part, tombstone_of
from longtake.core.segments import Segment, name_prefix, parse_segment_name
from longtake.core.times import format_us, hour_name
from longtake.kit.files import DurableFile, DurableFolders, FileOps, empty_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFiles:
    """What all writers of a store share."""

    layout: Layout
    ops: FileOps
    folders: DurableFolders
    facts: FactsLog
    known: FactsReader
    held: HeldBytes

    @classmethod
    def of(cls, root: Path, ops: FileOps, *, kept_facts: int = KEPT_FACTS) -> StoreFiles:
        """Those of the store in a folder; touches nothing."""
        return cls(
            layout=Layout(root),
            ops=ops,
            folders=DurableFolders(root, ops),
            facts=FactsLog(ops),
            known=FactsReader(kept_hours=kept_facts),
            held=HeldBytes(),
        )


_KEPT_HOURS = 4

_log = structlog.get_logger()


class _HourPaths(NamedTuple):
    """Where what is written of an hour goes; composed and checked once, since each segment asks for it."""

    folder: Path
    facts: Path


class DiskWriter:
    """``SegmentWriter`` on the disk; made by ``DiskStore.open_writer``, which holds its lock."""

    def __init__(
        self, files: StoreFiles, channel: str, quality: str, purpose: str, in_thread: InThread
    ) -> None:
        self._files = files
        self._channel = channel
        self._quality = quality
        self._hour = lru_cache(maxsize=_KEPT_HOURS)(self._hour_paths)
        self._temp = files.layout.temp(channel, quality, purpose)
        self._facts = files.layout.facts_folder(channel, quality)
        self._memory = files.layout.memory(channel, quality, purpose)
        self._in_thread = in_thread
        self._had = HadSegments(files.ops)
        self._named = NamedFiles(files.ops, files.folders)
        self._remembering = threading.Lock()
        self._count = itertools.count(1)
        self._remembered = 0
        self.held = files.held

    def prepare(self) -> None:
        """Clears away what an earlier writer left in flight: whoever has the lock knows it dead. Raises OSError."""
        ops = self._files.ops
        empty_folder(self._temp, ops)
        for folder in (self._temp.parent, self._temp, self._facts):
            ops.make_folder(folder)

    async def has_full(self, *, start_us: int, duration_s: float) -> bool:
        """See ``SegmentWriter``."""
        hour = self._hour(hour_name(start_us))
        return await self._in_thread(
            self._has, hour.folder, name_prefix(start_us=start_us, duration_s=duration_s)
        )

    def _has(self, hour: Path, prefix: str) -> bool:
        with disk_trouble("list an hour"):
            return self._had.has(hour, prefix)

    def begin(self) -> DiskIncoming:
        """See ``SegmentWriter``."""
        return DiskIncoming(self, self._in_thread)

    async def recall(self) -> str | None:
        """See ``SegmentWriter``."""
        return await self._in_thread(self._recall)

    def _recall(self) -> str | None:
        with disk_trouble("read what was remembered"):
            try:
                return self._files.ops.read(self._memory).decode(errors="replace")
            except FileNotFoundError:
                return None

    async def remember(self, text: str) -> None:
        """See ``SegmentWriter``."""
        await self._in_thread(self._remember, next(self._count), text)

    def _remember(self, number: int, text: str) -> None:
        with self._remembering, disk_trouble("remember"):
            if number < self._remembered:
                return  # a caller was cancelled, and its thread comes late
            file = self.temp()
            try:
                file.write((text.encode(),))
                file.replace(self._memory)
            except BaseException:
                file.discard()
                raise
            self._remembered = number

    async def is_here(self, hour: str, name: str) -> bool:
        """See ``SegmentWriter``."""
        folder = self._hour(hour).folder
        check_part(name, "name")
        return await self._in_thread(self._is_here, folder / name, folder / tombstone_of(name))

    def _is_here(self, file: Path, tombstone: Path) -> bool:
        return self._files.ops.is_there(file) or self._files.ops.is_there(tombstone)

    async def keep_second_name(self, segment: Segment, of: Segment) -> bool:
        """See ``SegmentWriter``."""
        parse_segment_name(segment.hour, segment.name)
        parse_segment_name(of.hour, of.name)
        return await self._in_thread(self._keep_second_name, segment, of)

    def _keep_second_name(self, segment: Segment, of: Segment) -> bool:
        source, target = self._hour(of.hour).folder / of.name, self._hour(segment.hour).folder / segment.name
        with disk_trouble("store a segment under a second name"):
            content = self._named.second_name(source, target, segment.digest, self.temp)
        if content is None:
            return False
        self.kept(segment, self._facts_of(segment, of, len(content)))
        return True

    def _facts_of(self, segment: Segment, of: Segment, size_bytes: int) -> SegmentFacts:
        """What is known of the content; not where it stood in a source's count, since nobody here recorded it under that name."""
        try:
            known = self._files.known.read(self._hour(of.hour).facts).get(of.name)
        except OSError:
            known = None  # facts can be made again
        if known is None:
            return SegmentFacts(name=segment.name, size_bytes=size_bytes)
        return replace(known, name=segment.name, source_sequence=None)

    async def keep_chat(self, batch: ChatBatch, content: bytes) -> None:
        """See ``SegmentWriter``."""
        parse_chat_name(batch.hour, batch.name)
        await self._in_thread(self._keep_chat, batch, content)

    def _keep_chat(self, batch: ChatBatch, content: bytes) -> None:
        target = self._hour(batch.hour).folder / batch.name
        with disk_trouble("store a chat batch"):
            self._named.chat(target, content, batch.digest, self.temp)

    async def keep_playlists(self, start_us: int, texts: Sequence[str]) -> None:
        """See ``SegmentWriter``."""
        hour = hour_name(start_us)
        folder = self._files.layout.playlists(self._channel, self._quality, hour)
        moment = format_us(start_us, digits=6)[len(hour) + 1 :].removesuffix("Z")
        await self._in_thread(self._keep_playlists, folder, moment, texts)

    def _keep_playlists(self, folder: Path, moment: str, texts: Sequence[str]) -> None:
        with disk_trouble("keep a playlist"):
            keep_playlists(folder, moment, texts)

    # For ``DiskIncoming``

    def temp(self) -> DurableFile:
        """See ``Berth``."""
        return DurableFile(self._temp / f"{uuid.uuid4()}.temp", self._files.ops)

    def place(self, segment: Segment) -> Path:
        """See ``Berth``."""
        folder = self._hour(segment.hour).folder
        self._files.folders.make(folder)
        return folder / segment.name

    def kept(self, segment: Segment, facts: SegmentFacts) -> None:
        """See ``Berth``."""
        hour = self._hour(segment.hour)
        self._had.kept(hour.folder / segment.name)
        try:
            self._files.facts.append(hour.facts, (facts,))
        except OSError as error:
            _log.warning("facts not noted", segment=segment.path, reason=error.strerror)

    def _hour_paths(self, hour: str) -> _HourPaths:
        layout = self._files.layout
        return _HourPaths(
            folder=layout.hour(self._channel, self._quality, hour),
            facts=layout.facts(self._channel, self._quality, hour),
        )
