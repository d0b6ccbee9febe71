"""A ``SegmentStore`` in memory, for tests of services. ``tests/contract`` holds it to what the real one promises."""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from tests.fakes.memory_ledger import MemoryLedgerFolder

from longtake.adapters.store.interface import HourStamp, SegmentStore, SegmentWriter, Settle
from longtake.adapters.store.ledger.channel_ledger import ChannelLedger
from longtake.adapters.store.ledger.quality_ledger import KeptHours
from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.digests import HourDigest, digest_hour
from longtake.core.errors import AlreadyRunning, Corrupt, InvalidTime, NotFound, StoreUnavailable
from longtake.core.facts import SegmentFacts, encode_facts
from longtake.core.hour_notes import notes_of
from longtake.core.ledger import Shown
from longtake.core.listing import HourListing, read_listing
from longtake.core.names import CHAT, check_part, tombstone_of
from longtake.core.segments import Segment, SegmentType, name_prefix, parse_segment_name
from longtake.core.timeline import HourContent, JoinedHours, Timeline, join_contents
from longtake.core.times import hour_name, hour_start_us
from longtake.core.tombstones import tombstone_for

Quality = tuple[str, str]
"""(channel, quality)."""


@dataclass(slots=True)
class MemoryDisk:
    """What is stored. Several ``MemoryStore`` may share one, as processes share a disk.

    While ``trouble`` is a text, everything that would touch the disk raises StoreUnavailable with it.
    """

    hours: dict[Quality, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    facts: dict[Quality, dict[str, dict[str, SegmentFacts]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    ledgers: dict[Quality, MemoryLedgerFolder] = field(
        default_factory=lambda: defaultdict(MemoryLedgerFolder)
    )
    memories: dict[tuple[str, str, str], str] = field(default_factory=dict)
    held: set[tuple[str, str, str]] = field(default_factory=set)
    in_flight: dict[tuple[str, str, str], set[MemoryIncoming]] = field(
        default_factory=lambda: defaultdict(set)
    )
    trouble: str | None = None

    def check(self) -> None:
        """Raises StoreUnavailable while there is trouble."""
        if self.trouble is not None:
            raise StoreUnavailable(self.trouble)

    def put(self, channel: str, quality: str, hour: str, name: str, content: bytes = b"") -> None:
        """A file that somebody else wrote: an older node, an operator."""
        self.hours.setdefault((channel, quality), {}).setdefault(hour, {})[name] = content


class MemoryStore:
    """``SegmentStore`` in a ``MemoryDisk``; ``not_channels`` as for ``DiskStore``."""

    def __init__(self, disk: MemoryDisk | None = None, *, not_channels: Iterable[str] = ()) -> None:
        self.disk = disk or MemoryDisk()
        self._not_channels = frozenset(not_channels)
        self._ledgers: dict[str, ChannelLedger] = {}

    async def channels(self) -> list[str]:
        """See ``SegmentStore``."""
        self.disk.check()
        return sorted({channel for channel, quality in self.disk.hours} - self._not_channels)

    async def qualities(self, channel: str) -> list[str]:
        """See ``SegmentStore``."""
        check_part(channel, "channel")
        self.disk.check()
        if channel in self._not_channels:
            return []
        return sorted(quality for owner, quality in self.disk.hours if owner == channel)

    async def hours(self, channel: str, quality: str) -> list[str]:
        """See ``SegmentStore``."""
        return sorted(name for name in self._hours(channel, quality) if _is_hour(name))

    async def listing(self, channel: str, quality: str, hour: str) -> HourListing:
        """See ``SegmentStore``."""
        hour_start_us(hour)
        return read_listing(hour, self._hours(channel, quality).get(hour, {}))

    async def joined(self, channel: str, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        """See ``SegmentStore``."""
        return self.read_joined(channel, quality, start_us=start_us, end_us=end_us)

    def read_joined(self, channel: str, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        """The same, at once."""
        hours = self._hours(channel, quality)
        contents = {
            hour: HourContent(
                listing=read_listing(hour, files),
                notes=notes_of(self.disk.facts[channel, quality].get(hour, {})),
            )
            for hour, files in hours.items()
            if _is_hour(hour)
        }
        sizes = {f"{hour}/{name}": len(content) for hour in hours for name, content in hours[hour].items()}
        return join_contents(contents, start_us=start_us, end_us=end_us, sizes=sizes)

    async def timeline(self, channel: str, quality: str, *, start_us: int, end_us: int) -> Timeline:
        """See ``SegmentStore``."""
        return (await self.joined(channel, quality, start_us=start_us, end_us=end_us)).timeline()

    async def digests(self, channel: str, quality: str) -> list[HourDigest]:
        """See ``SegmentStore``."""
        hours = self._hours(channel, quality)
        digests = [digest_hour(read_listing(hour, hours[hour])) for hour in sorted(hours) if _is_hour(hour)]
        return [digest for digest in digests if digest.count]

    async def facts(self, channel: str, quality: str, hours: Iterable[str]) -> Mapping[str, SegmentFacts]:
        """See ``SegmentStore``."""
        wanted = list(hours)
        for hour in wanted:
            hour_start_us(hour)
        self._hours(channel, quality)
        known = self.disk.facts[channel, quality]
        return {name: facts for hour in wanted for name, facts in known.get(hour, {}).items()}

    async def note_facts(self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]) -> None:
        """See ``SegmentStore``."""
        known = self._facts(channel, quality, hour, facts)
        known.update({one.name: one for one in facts})

    async def replace_facts(
        self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]
    ) -> None:
        """See ``SegmentStore``."""
        known = self._facts(channel, quality, hour, facts)
        known.clear()
        known.update({one.name: one for one in facts})

    def _facts(
        self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]
    ) -> dict[str, SegmentFacts]:
        hour_start_us(hour)
        self._hours(channel, quality)
        if facts and (channel, quality) not in self.disk.hours:
            raise StoreUnavailable("cannot note facts: there is no such channel and quality")
        return self.disk.facts[channel, quality][hour]

    async def stamps(self, channel: str, quality: str, hours: Sequence[str]) -> list[HourStamp]:
        """See ``SegmentStore``."""
        for hour in hours:
            hour_start_us(hour)
        here, known = self._hours(channel, quality), self.disk.facts[channel, quality]
        return [
            HourStamp(
                names_ns=zlib.crc32("/".join(sorted(here[hour])).encode()) if hour in here else 0,
                facts_bytes=sum(map(len, map(encode_facts, known[hour].values()))) if hour in known else 0,
            )
            for hour in hours
        ]

    async def read(self, channel: str, quality: str, segment: Segment) -> bytes:
        """See ``SegmentStore``."""
        content = self._content(channel, quality, segment)
        if hashlib.sha256(content).digest() != segment.digest:
            raise Corrupt(f"segment {segment.path} is not what its name says: the file is damaged")
        return content

    async def read_head(self, channel: str, quality: str, segment: Segment, size_bytes: int) -> bytes:
        """See ``SegmentStore``."""
        return self._content(channel, quality, segment)[:size_bytes]

    async def size_bytes(self, channel: str, quality: str, segments: Sequence[Segment]) -> int:
        """See ``SegmentStore``."""
        self._hours(channel, quality)
        return sum(len(self._content(channel, quality, segment)) for segment in segments)

    async def remove_hour(self, channel: str, quality: str, hour: str) -> None:
        """See ``SegmentStore``."""
        hour_start_us(hour)
        self._hours(channel, quality).pop(hour, None)
        self.disk.facts[channel, quality].pop(hour, None)

    async def remove(self, channel: str, quality: str, segment: Segment) -> None:
        """See ``SegmentStore``."""
        parse_segment_name(segment.hour, segment.name)
        hours = self._hours(channel, quality)
        hours.get(segment.hour, {}).pop(segment.name, None)
        if not hours.get(segment.hour, True):
            del hours[segment.hour]
            self.disk.facts[channel, quality].pop(segment.hour, None)

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
        return self.look(
            channel, quality, now_us=now_us, start_us=start_us, window_us=window_us, reach_back=reach_back
        )

    def look(
        self,
        channel: str,
        quality: str,
        *,
        now_us: int,
        start_us: int | None = None,
        window_us: int = 0,
        reach_back: bool = True,
    ) -> Shown:
        """``shown``, at once."""
        self._hours(channel, quality)
        if channel not in self._ledgers:
            self._ledgers[channel] = ChannelLedger(
                lambda: _Recorded(self, channel),
                lambda quality: self.disk.ledgers[channel, quality],
                kept=KeptHours(1 << 20),
            )
        return self._ledgers[channel].shown(
            quality, now_us=now_us, start_us=start_us, window_us=window_us, reach_back=reach_back
        )

    async def suppress(self, channel: str, quality: str, hour: str, name: str) -> bool:
        """See ``SegmentStore``."""
        tombstone = tombstone_for(quality, hour, name)
        is_new = tombstone not in self._hours(channel, quality).get(hour, {})
        if is_new:
            self.disk.put(channel, quality, hour, tombstone)
        return is_new

    async def reveal(self, channel: str, quality: str, hour: str, name: str) -> bool:
        """See ``SegmentStore``."""
        tombstone = tombstone_for(quality, hour, name)
        hours = self._hours(channel, quality)
        if tombstone not in hours.get(hour, {}):
            return False
        del hours[hour][tombstone]
        if not hours[hour]:
            del hours[hour]
        return True

    @asynccontextmanager
    async def open_writer(self, channel: str, quality: str, purpose: str) -> AsyncIterator[SegmentWriter]:
        """See ``SegmentStore``."""
        check_part(purpose, "purpose")
        self._hours(channel, quality)
        key = (channel, quality, purpose)
        if key in self.disk.held:
            raise AlreadyRunning(f"{channel}/{quality} is already being written ({purpose})")
        self.disk.held.add(key)
        self.disk.in_flight[key].clear()
        self.disk.hours.setdefault((channel, quality), {})
        try:
            yield MemoryWriter(self.disk, channel, quality, purpose)
        finally:
            self.disk.held.discard(key)

    def _hours(self, channel: str, quality: str) -> dict[str, dict[str, bytes]]:
        key = (check_part(channel, "channel"), check_part(quality, "quality"))
        self.disk.check()
        return self.disk.hours.get(key, {})

    def _content(self, channel: str, quality: str, segment: Segment) -> bytes:
        parse_segment_name(segment.hour, segment.name)
        try:
            return self._hours(channel, quality)[segment.hour][segment.name]
        except KeyError as error:
            raise NotFound(f"segment {segment.name} is gone") from error


class MemoryWriter:
    """``SegmentWriter`` of a ``MemoryStore``."""

    def __init__(self, disk: MemoryDisk, channel: str, quality: str, purpose: str) -> None:
        self._disk = disk
        self._key = (channel, quality, purpose)

    async def has_full(self, *, start_us: int, duration_s: float) -> bool:
        """See ``SegmentWriter``."""
        prefix = f"{name_prefix(start_us=start_us, duration_s=duration_s)}-{SegmentType.FULL}-"
        self._disk.check()
        hour = hour_name(start_us)
        names = self._disk.hours[self._key[:2]].get(hour, {})
        return any(segment.name.startswith(prefix) for segment in read_listing(hour, names).segments)

    def begin(self) -> MemoryIncoming:
        """See ``SegmentWriter``."""
        return MemoryIncoming(self._disk, self._key[:2], self._disk.in_flight[self._key])

    async def recall(self) -> str | None:
        """See ``SegmentWriter``."""
        self._disk.check()
        return self._disk.memories.get(self._key)

    async def remember(self, text: str) -> None:
        """See ``SegmentWriter``."""
        self._disk.check()
        self._disk.memories[self._key] = text

    async def is_here(self, hour: str, name: str) -> bool:
        """See ``SegmentWriter``."""
        hour_start_us(hour)
        check_part(name, "name")
        self._disk.check()
        names = self._disk.hours[self._key[:2]].get(hour, {})
        return name in names or tombstone_of(name) in names

    async def keep_second_name(self, segment: Segment, of: Segment) -> bool:
        """See ``SegmentWriter``."""
        for one in (segment, of):
            parse_segment_name(one.hour, one.name)
        self._disk.check()
        hours = self._disk.hours[self._key[:2]]
        if segment.name in hours.get(segment.hour, {}):
            return False
        content = hours.get(of.hour, {}).get(of.name)
        if content is None:
            raise NotFound(f"{of.name} is gone")
        if hashlib.sha256(content).digest() != segment.digest:
            raise Corrupt(f"{of.name} is not what its name says: the file is damaged")
        self._disk.put(*self._key[:2], segment.hour, segment.name, content)
        facts = self._disk.facts[self._key[:2]]
        known = facts[of.hour].get(of.name) or SegmentFacts(name=of.name, size_bytes=len(content))
        facts[segment.hour][segment.name] = replace(known, name=segment.name, source_sequence=None)
        return True

    async def keep_chat(self, batch: ChatBatch, content: bytes) -> None:
        """See ``SegmentWriter``."""
        parse_chat_name(batch.hour, batch.name)
        self._disk.check()
        if hashlib.sha256(content).digest() != batch.digest:
            raise Corrupt(f"{batch.name} came with other bytes than its name says")
        self._disk.put(*self._key[:2], batch.hour, batch.name, content)

    async def keep_playlists(self, start_us: int, texts: Sequence[str]) -> None:
        """See ``SegmentWriter``: nobody reads them."""
        self._disk.check()


class MemoryIncoming:
    """``IncomingSegment`` of a ``MemoryStore``."""

    def __init__(self, disk: MemoryDisk, quality: Quality, in_flight: set[MemoryIncoming]) -> None:
        self._disk = disk
        self._quality = quality
        self._content = bytearray()
        self._ended = False
        self._in_flight = in_flight
        in_flight.add(self)

    @property
    def size_bytes(self) -> int:
        """See ``IncomingSegment``."""
        return len(self._content)

    @property
    def is_whole(self) -> bool:
        """See ``IncomingSegment``."""
        return not self._ended

    async def add(self, chunk: bytes) -> None:
        """See ``IncomingSegment``. Trouble shows in ``keep``."""
        if not self._ended:
            self._content += chunk

    async def keep(self, settle: Settle) -> Segment:
        """See ``IncomingSegment``."""
        if self._ended:
            raise StoreUnavailable("cannot store a segment: it was kept, given up or lost before")
        self._disk.check()
        await self.discard()
        content = bytes(self._content)
        segment, facts = settle(memoryview(content), hashlib.sha256(content).digest())
        self._disk.put(*self._quality, segment.hour, segment.name, content)
        self._disk.facts[self._quality][segment.hour][segment.name] = facts
        return segment

    async def discard(self) -> None:
        """See ``IncomingSegment``."""
        self._ended = True
        self._in_flight.discard(self)


@dataclass(frozen=True)
class _Recorded:
    """``RecordedChannel``."""

    store: MemoryStore
    channel: str

    def qualities(self) -> list[str]:
        here = self.store.disk.hours
        return sorted(quality for owner, quality in here if owner == self.channel and quality != CHAT)

    def hours(self, quality: str) -> list[str]:
        return sorted(filter(_is_hour, self.store.disk.hours.get((self.channel, quality), {})))

    def listing(self, quality: str, hour: str) -> HourListing:
        return read_listing(hour, self.store.disk.hours.get((self.channel, quality), {}).get(hour, {}))

    def joined(self, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        return self.store.read_joined(self.channel, quality, start_us=start_us, end_us=end_us)

    def facts(self, quality: str, hours: Sequence[str]) -> Mapping[str, SegmentFacts]:
        known = self.store.disk.facts[self.channel, quality]
        return {name: facts for hour in hours for name, facts in known.get(hour, {}).items()}


def _is_hour(name: str) -> bool:
    try:
        hour_start_us(name)
    except InvalidTime:
        return False
    return True


def _is_a_store(store: MemoryStore) -> SegmentStore:
    """For mypy: the whole Protocol is there."""
    return store
