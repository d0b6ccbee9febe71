"""The segment store on a local disk (``SegmentStore``): files in hour folders, as older nodes lay them out."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from longtake.adapters.store.facts_log import KEPT_FACTS
from longtake.adapters.store.hour_digests import HourDigests
from longtake.adapters.store.hour_index import HourIndex, IndexState
from longtake.adapters.store.hour_timelines import HourTimelines
from longtake.adapters.store.incoming import InThread
from longtake.adapters.store.interface import HourStamp, SegmentWriter
from longtake.adapters.store.known_paths import path_below
from longtake.adapters.store.layout import is_hour, is_quality
from longtake.adapters.store.ledger.channel_ledger import ChannelLedger
from longtake.adapters.store.ledger.folder import DiskLedgerFolder
from longtake.adapters.store.ledger.quality_ledger import KeptHours
from longtake.adapters.store.named_files import NamedFiles
from longtake.adapters.store.one_look import HourReader, OneLook
from longtake.adapters.store.removal import Removal
from longtake.adapters.store.threads import DiskThreads, MountPoints
from longtake.adapters.store.trouble import disk_trouble
from longtake.adapters.store.writer import DiskWriter, StoreFiles
from longtake.core.digests import HourDigest
from longtake.core.errors import AlreadyRunning, Corrupt, NotFound
from longtake.core.facts import SegmentFacts
from longtake.core.ledger import Shown
from longtake.core.listing import HourListing
from longtake.core.names import CHAT, check_part, is_part
from longtake.core.segments import Segment, parse_segment_name
from longtake.core.timeline import JoinedHours, Timeline, hours_needed, join_hours
from longtake.core.tombstones import tombstone_for
from longtake.kit.files import FileOps, SystemFileOps
from longtake.kit.locks import FileLock, LockHeld

_THREADS = 8
"""Per file system."""
_WRITE_THREADS = 16
"""More, since they mostly wait for syncs, which they share."""
_LISTING_THREADS = 2
"""For what asks all disks at once: whoever hangs on one of them takes no thread from those who need only another."""
_CLOSING_S = 5
MEMORY_BYTES = 32 << 20
"""Some 200 hours: a week of one quality, and room for what is recorded now."""


class DiskStore:
    """``SegmentStore`` in a folder. Disk work runs in threads of its own, so that a slow disk stops only itself.

    ``not_channels`` are folders beside the channels (``extra_folders``) that are none. ``memory_bytes`` bounds what is kept of
    hours: of a full one the names take 170 kB, and its timeline 30 kB more. Of ``kept_facts`` hours all facts are kept, as
    values: over a MiB each.
    """

    def __init__(
        self,
        root: Path,
        *,
        ops: FileOps | None = None,
        not_channels: Iterable[str] = (),
        memory_bytes: int = MEMORY_BYTES,
        kept_facts: int = KEPT_FACTS,
        mounts: MountPoints | None = None,
    ) -> None:
        self._files = StoreFiles.of(root, ops or SystemFileOps(), kept_facts=kept_facts)
        self.layout = self._files.layout
        self._named = NamedFiles(self._files.ops, self._files.folders)
        self._removal = Removal(self._files.ops, self._files.facts)
        self._not_channels = frozenset(not_channels)
        mounts = mounts or MountPoints()
        self._reads = DiskThreads("store-read", _THREADS, mounts)
        self._writes = DiskThreads("store-write", _WRITE_THREADS, mounts)
        self._lists = DiskThreads("store-list", _LISTING_THREADS, mounts)
        self._index = HourIndex(memory_bytes=memory_bytes)
        self._timelines = HourTimelines(
            self._index, memory_bytes=memory_bytes // 4 * 5
        )  # and what they are made of
        self._digests = HourDigests(self._files.ops)
        self._facts = self._files.known
        self._ledgers: dict[str, ChannelLedger] = {}
        self._ledger_hours = KeptHours(memory_bytes // 4 * 5)

    def close(self) -> None:
        """Ends the threads once what they do is done. A disk that hangs is waited for no longer than some seconds."""
        until_s = time.monotonic() + _CLOSING_S
        for threads in (self._reads, self._writes, self._lists):
            threads.close(until_s)

    def index_state(self) -> IndexState:
        """How the index of hours does, for metrics."""
        return self._index.state()

    def _reading(self, channel: str, quality: str) -> InThread:
        return self._reads.at(self.layout.quality(channel, quality))

    def _writing(self, channel: str, quality: str) -> InThread:
        return self._writes.at(self.layout.quality(channel, quality))

    # What is here

    async def channels(self) -> list[str]:
        """See ``SegmentStore``. A folder is a channel if a quality is in it."""
        return await self._lists.at(self.layout.root)(self._channels)

    def _channels(self) -> list[str]:
        with disk_trouble("list the channels"):
            return [
                name
                for name in _folders(self.layout.root)
                if name not in self._not_channels and _has_qualities(self.layout.root / name)
            ]

    async def qualities(self, channel: str) -> list[str]:
        """See ``SegmentStore``."""
        folder = self.layout.channel(channel)
        if channel in self._not_channels:
            return []
        with disk_trouble("list the qualities"):
            return await self._reads.at(folder)(_qualities, folder)

    async def hours(self, channel: str, quality: str) -> list[str]:
        """See ``SegmentStore``."""
        folder = self.layout.quality(channel, quality)
        with disk_trouble("list the hours"):
            return await self._reading(channel, quality)(_hours, folder)

    async def listing(self, channel: str, quality: str, hour: str) -> HourListing:
        """See ``SegmentStore``."""
        self.layout.hour(channel, quality, hour)  # refuses what is no hour
        with disk_trouble("list an hour"):
            return await self._reading(channel, quality)(self.read_listing, channel, quality, hour)

    def read_listing(
        self, channel: str, quality: str, hour: str, look: HourReader | None = None
    ) -> HourListing:
        """The same in a thread of the caller's, as part of a ``look``. Raises OSError."""
        facts = self.layout.facts(channel, quality, hour)
        return (look or self._index).read(self.layout.hour(channel, quality, hour), facts, hour).listing

    async def joined(self, channel: str, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        """See ``SegmentStore``."""
        folder = self.layout.quality(channel, quality)
        with disk_trouble("list the hours"):
            return await self._reading(channel, quality)(
                lambda: self.read_joined(channel, quality, _hours(folder), start_us=start_us, end_us=end_us)
            )

    def read_joined(
        self,
        channel: str,
        quality: str,
        hours: Sequence[str],
        *,
        start_us: int,
        end_us: int,
        look: HourReader | None = None,
    ) -> JoinedHours:
        """The same of these hours, in a thread of the caller's, as part of a ``look``. Raises OSError."""
        folder, facts = self.layout.quality(channel, quality), self.layout.facts_folder(channel, quality)

        def facts_of(hour: str) -> Path:  # as in the layout, whose checks are for what others name
            return path_below(facts, f"{hour}.jsonl")

        needed = hours_needed(hours, start_us=start_us, end_us=end_us)
        timelines = self._timelines.read(folder, facts_of, needed, frozenset(hours), look)
        return join_hours(timelines, start_us=start_us, end_us=end_us)

    async def timeline(self, channel: str, quality: str, *, start_us: int, end_us: int) -> Timeline:
        """See ``SegmentStore``."""
        return (await self.joined(channel, quality, start_us=start_us, end_us=end_us)).timeline()

    async def digests(self, channel: str, quality: str) -> list[HourDigest]:
        """See ``SegmentStore``."""
        folder = self.layout.quality(channel, quality)
        with disk_trouble("list the hours"):
            return await self._reading(channel, quality)(
                self._hour_digests, folder, partial(self.read_listing, channel, quality)
            )

    def _hour_digests(self, folder: Path, list_hour: Callable[[str], HourListing]) -> list[HourDigest]:
        return self._digests.read(folder, _hours(folder), list_hour)

    async def facts(self, channel: str, quality: str, hours: Iterable[str]) -> Mapping[str, SegmentFacts]:
        """See ``SegmentStore``."""
        wanted = list(hours)
        for hour in wanted:
            self.layout.facts(channel, quality, hour)  # refuses what is no hour
        with disk_trouble("read facts"):
            return await self._reading(channel, quality)(self.read_facts, channel, quality, wanted)

    def read_facts(self, channel: str, quality: str, hours: Iterable[str]) -> Mapping[str, SegmentFacts]:
        """The same in a thread of the caller's. Raises OSError."""
        paths = [self.layout.facts(channel, quality, hour) for hour in hours]
        return {name: facts for path in paths for name, facts in self._facts.read(path).items()}

    async def note_facts(self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]) -> None:
        """See ``SegmentStore``."""
        path = self.layout.facts(channel, quality, hour)
        with disk_trouble("note facts"):
            await self._writing(channel, quality)(self._files.facts.append, path, facts)

    async def replace_facts(
        self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]
    ) -> None:
        """See ``SegmentStore``."""
        path = self.layout.facts(channel, quality, hour)
        with disk_trouble("replace facts"):
            await self._writing(channel, quality)(self._files.facts.replace, path, facts)

    async def stamps(self, channel: str, quality: str, hours: Sequence[str]) -> list[HourStamp]:
        """See ``SegmentStore``."""
        paths = [
            (self.layout.hour(channel, quality, hour), self.layout.facts(channel, quality, hour))
            for hour in hours
        ]
        with disk_trouble("look at an hour"):
            return await self._reading(channel, quality)(
                lambda: [_stamp(folder, facts) for folder, facts in paths]
            )

    async def shown(
        self,
        channel: str,
        quality: str,
        *,
        now_us: int,
        start_us: int | None = None,
        window_us: int = 0,
        reach_back: bool = True,
    ) -> Shown:
        """See ``SegmentStore``."""
        self.layout.quality(channel, quality)
        look = partial(
            self._ledger(channel).shown,
            quality,
            now_us=now_us,
            start_us=start_us,
            window_us=window_us,
            reach_back=reach_back,
        )
        with disk_trouble("look at what viewers were shown"):
            shown = await self._writing(channel, quality)(look)
        if shown.reach_us is None:  # there is none, and names that nobody records would pile up
            self._ledgers.pop(channel, None)
        return shown

    def _ledger(self, channel: str) -> ChannelLedger:
        known = self._ledgers.get(channel)
        if known is None:
            folder = self.layout.ledgers(channel)
            known = self._ledgers[channel] = ChannelLedger(
                lambda: _Recorded(self, channel, OneLook(self._index)),
                lambda quality: DiskLedgerFolder(folder / quality),
                kept=self._ledger_hours,
                lock=folder / "lock",
            )
        return known

    # Contents

    async def read(self, channel: str, quality: str, segment: Segment) -> bytes:
        """See ``SegmentStore``."""
        return await self._reading(channel, quality)(
            self._read, self._file(channel, quality, segment), segment
        )

    async def read_head(self, channel: str, quality: str, segment: Segment, size_bytes: int) -> bytes:
        """See ``SegmentStore``."""
        return await self._reading(channel, quality)(
            _read_bytes, self._file(channel, quality, segment), segment, size_bytes
        )

    def _read(self, path: Path, segment: Segment) -> bytes:
        content = _read_bytes(path, segment)
        if hashlib.sha256(content).digest() != segment.digest:
            raise Corrupt(f"segment {segment.path} is not what its name says: the file is damaged")
        return content

    async def size_bytes(self, channel: str, quality: str, segments: Sequence[Segment]) -> int:
        """See ``SegmentStore``."""
        paths = [self._file(channel, quality, segment) for segment in segments]
        with disk_trouble("look at a segment"):
            return await self._reading(channel, quality)(_total_bytes, paths)

    def _file(self, channel: str, quality: str, segment: Segment) -> Path:
        parse_segment_name(segment.hour, segment.name)
        return self.layout.hour(channel, quality, segment.hour) / segment.name

    # Writing

    async def remove(self, channel: str, quality: str, segment: Segment) -> None:
        """See ``SegmentStore``."""
        path = self._file(channel, quality, segment)
        facts = self.layout.facts(channel, quality, segment.hour)
        with disk_trouble("remove a segment"):
            await self._writing(channel, quality)(self._removal.segment, path, facts)

    async def remove_hour(self, channel: str, quality: str, hour: str) -> None:
        """See ``SegmentStore``."""
        folder = self.layout.hour(channel, quality, hour)
        facts = self.layout.facts(channel, quality, hour)
        with disk_trouble("remove an hour"):
            await self._writing(channel, quality)(self._removal.hour, folder, facts)

    async def suppress(self, channel: str, quality: str, hour: str, name: str) -> bool:
        """See ``SegmentStore``."""
        target = self.layout.hour(channel, quality, hour) / tombstone_for(quality, hour, name)
        with disk_trouble("make a tombstone"):
            return await self._writing(channel, quality)(self._named.tombstone, target)

    async def reveal(self, channel: str, quality: str, hour: str, name: str) -> bool:
        """See ``SegmentStore``."""
        target = self.layout.hour(channel, quality, hour) / tombstone_for(quality, hour, name)
        with disk_trouble("remove a tombstone"):
            return await self._writing(channel, quality)(self._named.no_tombstone, target)

    @asynccontextmanager
    async def open_writer(self, channel: str, quality: str, purpose: str) -> AsyncIterator[SegmentWriter]:
        """See ``SegmentStore``."""
        check_part(purpose, "purpose")
        ours = self.layout.ours(channel, quality)
        lock = FileLock(ours / f"{purpose}.lock")
        writer = DiskWriter(self._files, channel, quality, purpose, self._writing(channel, quality))
        pool = await self._writes.pool(ours)
        claim = asyncio.get_running_loop().run_in_executor(pool, self._claim, ours, lock, writer)
        try:
            with disk_trouble("prepare to record"):
                try:
                    await asyncio.shield(claim)
                except LockHeld as held:
                    raise AlreadyRunning(
                        f"{channel}/{quality} is already being written ({purpose}) by process {held.holder}"
                    ) from held
            yield writer
        finally:
            if claim.done():
                lock.release()
            else:  # cancelled, but the thread goes on, and takes the lock
                claim.add_done_callback(lambda _: lock.release())

    def _claim(self, ours: Path, lock: FileLock, writer: DiskWriter) -> None:
        self._files.folders.make(ours)
        lock.acquire()
        writer.prepare()


class _Recorded:
    """``RecordedChannel``: one look at a channel of the store, in which each folder is listed once."""

    def __init__(self, store: DiskStore, channel: str, look: OneLook) -> None:
        self._store = store
        self._channel = channel
        self._look = look
        self._hours: dict[str, list[str]] = {}

    def qualities(self) -> list[str]:
        return [name for name in _qualities(self._store.layout.channel(self._channel)) if name != CHAT]

    def hours(self, quality: str) -> list[str]:
        known = self._hours.get(quality)
        if known is None:
            known = self._hours[quality] = _hours(self._store.layout.quality(self._channel, quality))
        return known

    def listing(self, quality: str, hour: str) -> HourListing:
        return self._store.read_listing(self._channel, quality, hour, self._look)

    def joined(self, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        hours = self.hours(quality)
        return self._store.read_joined(
            self._channel, quality, hours, start_us=start_us, end_us=end_us, look=self._look
        )

    def facts(self, quality: str, hours: Sequence[str]) -> Mapping[str, SegmentFacts]:
        return self._store.read_facts(self._channel, quality, hours)


def _hours(folder: Path) -> list[str]:
    """The hours in a quality's folder, sorted."""
    return _folders(folder, is_hour)


def _folders(folder: Path, is_meant: Callable[[str], bool] = is_part) -> list[str]:
    """Sub-folders whose names are meant, sorted; none if there is no such folder. Links are not followed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if is_meant(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def _qualities(channel_folder: Path) -> list[str]:
    return [name for name in _folders(channel_folder) if is_quality(channel_folder / name)]


def _has_qualities(channel_folder: Path) -> bool:
    try:
        return bool(_qualities(channel_folder))
    except PermissionError:  # not ours, like the lost+found of a store that is a disk of its own
        return False


def _stamp(folder: Path, facts: Path) -> HourStamp:
    names_ns = facts_bytes = 0
    with suppress(FileNotFoundError, NotADirectoryError):
        names_ns = folder.stat().st_mtime_ns
    with suppress(FileNotFoundError, NotADirectoryError):
        facts_bytes = facts.stat().st_size
    return HourStamp(names_ns=names_ns, facts_bytes=facts_bytes)


def _total_bytes(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size
        except FileNotFoundError as error:
            raise NotFound(f"segment {path.name} is gone") from error
    return total


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting for a writer, should it be a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _read_bytes(path: Path, segment: Segment, size_bytes: int = -1) -> bytes:
    with disk_trouble("read a segment"):
        try:
            with open(path, "rb", opener=_open_at_once) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Corrupt(f"segment {segment.path} is no file of its own")
                return file.read(size_bytes)
        except FileNotFoundError as error:
            raise NotFound(f"segment {segment.name} is gone") from error
