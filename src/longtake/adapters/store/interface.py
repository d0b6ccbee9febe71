"""What services may ask of a segment store. ``disk`` is the real one; ``tests/fakes`` has one in memory.

What holds for every implementation (``tests/contract/store_suite.py``):

- A segment that ``keep`` returned is durable and permanent until ``remove``; a failed ``keep`` leaves the whole
  segment or nothing under the final name, never a part. It may be repeated, while the segment ``is_whole`` or with a new
  ``begin``; the same content for the same name is written over without harm.
- Listings of unknown channels, qualities and hours are empty. A name that cannot be one raises InvalidName, an hour
  that cannot be one InvalidTime.
- ``open_writer`` is exclusive per channel, quality and purpose, over processes: AlreadyRunning. What an earlier writer
  of that purpose left in flight is removed then.
- Trouble of the disk is StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from longtake.core.chat_names import ChatBatch
from longtake.core.digests import HourDigest
from longtake.core.facts import Container, SegmentFacts
from longtake.core.ledger import Shown
from longtake.core.listing import HourListing
from longtake.core.segments import Segment
from longtake.core.suspicions import Suspicion
from longtake.core.timeline import JoinedHours, Timeline

Settle = Callable[[memoryview, bytes], tuple[Segment, SegmentFacts]]
"""(content, its sha256) to the segment that it becomes, whose name holds that hash, and its facts; raises to refuse it.

Called in a thread of the store, perhaps again after trouble with the disk. The content is there for the call only.
"""


class IncomingSegment(Protocol):
    """A segment on its way in. Give it all bytes, then ``keep`` or ``discard`` it."""

    @property
    def size_bytes(self) -> int:
        """How many bytes were added so far."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether it still has all the bytes that were added, so that ``keep`` may be called, also again.

        After trouble with the disk it has, unless a part of it was on that disk already; never once it has ended.
        """
        ...

    async def add(self, chunk: bytes) -> None:
        """Appends bytes. Raises StoreUnavailable; see ``is_whole`` for whether it has them nevertheless."""
        ...

    async def keep(self, settle: Settle) -> Segment:
        """Makes it durable under the name that ``settle`` gives it, and appends its facts; once.

        Facts that cannot be appended are lost with a word in the log: the segment counts. Raises StoreUnavailable, and
        what ``settle`` raises, which ends it.
        """
        ...

    async def discard(self) -> None:
        """Forgets it. Does nothing after ``keep``."""
        ...


class SegmentWriter(Protocol):
    """The one who may write segments of a channel and quality for its purpose."""

    async def has_full(self, *, start_us: int, duration_s: float) -> bool:
        """Whether a full segment of that very start and duration is here and not suppressed."""
        ...

    def begin(self) -> IncomingSegment:
        """A new segment; several may be under way."""
        ...

    async def recall(self) -> str | None:
        """What a writer of this purpose last remembered, and has on disk. Raises StoreUnavailable."""
        ...

    async def remember(self, text: str) -> None:
        """Keeps a small text in the place of the one before, for writers to come, also after a kill.

        A power cut leaves this text, an earlier one or none. Raises StoreUnavailable; then it is this one or the last.
        """
        ...

    async def is_here(self, hour: str, name: str) -> bool:
        """Whether a file of that name, or the tombstone that suppresses it, is in the hour at this moment."""
        ...

    async def keep_second_name(self, segment: Segment, of: Segment) -> bool:
        """Gives the content of ``of``, which has the same hash, the name ``segment`` as well, with its facts; durable.

        It is read and checked before. False if the name was there. Raises NotFound if ``of`` is gone, Corrupt if it is damaged or
        cannot be read, StoreUnavailable.
        """
        ...

    async def keep_chat(self, batch: ChatBatch, content: bytes) -> None:
        """Makes a chat batch durable. Raises Corrupt if it is not what its name says, StoreUnavailable."""
        ...

    async def keep_playlists(self, start_us: int, texts: Sequence[str]) -> None:
        """For debugging: the playlists that showed a segment of that start, the newest first. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HourStamp:
    """Another one once names in an hour's folder came or went (to its clock's tick: racy within a second), or facts."""

    names_ns: int
    facts_bytes: int

    def is_settled(self) -> bool:
        """Whether the next change shows for sure: it does not within a second after the last one."""
        return self.names_ns >= 0


class SegmentStore(Protocol):
    """All channels of a node. Names are checked by every call that takes them."""

    async def channels(self) -> list[str]:
        """Sorted."""
        ...

    async def qualities(self, channel: str) -> list[str]:
        """Sorted, ``chat`` included if there is chat."""
        ...

    async def hours(self, channel: str, quality: str) -> list[str]:
        """Sorted, oldest first."""
        ...

    async def listing(self, channel: str, quality: str, hour: str) -> HourListing:
        """One hour, understood."""
        ...

    async def joined(self, channel: str, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        """The best of what is recorded in [start_us, end_us), however long that is, over hours that are made once."""
        ...

    async def timeline(self, channel: str, quality: str, *, start_us: int, end_us: int) -> Timeline:
        """The same as values, with its holes: for ranges of some hours."""
        ...

    async def digests(self, channel: str, quality: str) -> list[HourDigest]:
        """Of all hours that have a name, oldest first; what counts in them is durable. Raises StoreUnavailable."""
        ...

    async def facts(self, channel: str, quality: str, hours: Iterable[str]) -> Mapping[str, SegmentFacts]:
        """By segment name; unknown segments are absent."""
        ...

    async def note_facts(self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]) -> None:
        """Adds to what is known, or replaces it, segment by segment. Raises StoreUnavailable."""
        ...

    async def replace_facts(
        self, channel: str, quality: str, hour: str, facts: Sequence[SegmentFacts]
    ) -> None:
        """Replaces all that is known of an hour, atomically. Raises StoreUnavailable.

        What a recorder notes at the same time is before or after it: lost, or kept.
        """
        ...

    async def stamps(self, channel: str, quality: str, hours: Sequence[str]) -> list[HourStamp]:
        """Of each hour, without listing it; zeros for what is not there. Raises StoreUnavailable."""
        ...

    async def read(self, channel: str, quality: str, segment: Segment) -> bytes:
        """The content, checked against its hash. Raises NotFound, Corrupt, StoreUnavailable."""
        ...

    async def read_head(self, channel: str, quality: str, segment: Segment, size_bytes: int) -> bytes:
        """At most so many first bytes of the content, unchecked. Raises NotFound, StoreUnavailable."""
        ...

    async def size_bytes(self, channel: str, quality: str, segments: Sequence[Segment]) -> int:
        """How big the files are together, in one go. Raises NotFound, StoreUnavailable."""
        ...

    async def remove(self, channel: str, quality: str, segment: Segment) -> None:
        """Removes a segment for good; its hour too, with its facts, once that is empty. No error if it is gone."""
        ...

    async def remove_hour(self, channel: str, quality: str, hour: str) -> None:
        """Removes an hour for good, with all that is in its folder, whatever it is, and its facts.

        No error if it is gone. What can be removed is, before StoreUnavailable says what cannot.
        """
        ...

    async def suppress(self, channel: str, quality: str, hour: str, name: str) -> bool:
        """Makes the tombstone that suppresses a segment or chat batch, be it here or not; durable. False if it was there.

        Beside all writers. Raises InvalidName for what is no such name, StoreUnavailable.
        """
        ...

    async def reveal(self, channel: str, quality: str, hour: str, name: str) -> bool:
        """Removes that tombstone; False if there was none. Who replicates may bring it back. Raises as ``suppress``."""
        ...

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
        """What viewers were shown from ``start_us`` on, or of the last ``window_us``, after appending what is new.

        What is before the beginning of the ledger is put there first, unless it must not ``reach_back`` (nor begin one). All of it stays as
        it is, over restarts and kills; only what a power cut took of the last seconds is made anew. Raises StoreUnavailable
        for a disk that cannot be read; one that cannot be written is no error.
        """
        ...

    def open_writer(
        self, channel: str, quality: str, purpose: str
    ) -> AbstractAsyncContextManager[SegmentWriter]:
        """For ``capture`` or another purpose. Raises AlreadyRunning, StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """A regular file as a web server may send it. ``container`` is that of a segment, by its first bytes."""

    path: str
    size_bytes: int
    modified_ns: int
    container: Container | None
    identity: tuple[int, int]
    """Device and number: another file of that path has another one."""


class ServedFiles(Protocol):
    """Files of the store as a web server sends them."""

    async def servable(self, path: str) -> ServedFile | None:
        """The file behind a path of ``/segments``, or None if there is none that may be served.

        Raises InvalidName for what no path can be, StoreUnavailable.
        """
        ...

    async def read(self, file: ServedFile, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """For each (first byte, how many) exactly these, all in one go.

        Raises NotFound if the file is gone, or is not what it was, StoreUnavailable.
        """
        ...


class Suspicions(Protocol):
    """Files of which peers got wrong bytes, until somebody has looked. Kept over restarts."""

    async def note(self, suspicion: Suspicion) -> bool:
        """Remembers it; False if it is known. Raises Busy if there are too many, StoreUnavailable."""
        ...

    async def listed(self) -> list[Suspicion]:
        """All of them, sorted by path. Raises StoreUnavailable."""
        ...

    async def drop(self, suspicion: Suspicion) -> None:
        """Forgets one; no error if it is gone. Raises StoreUnavailable."""
        ...


class IncomingExtra(Protocol):
    """A file of an extra folder on its way in. Give it all bytes, then ``keep`` or ``discard`` it. Trouble ends it."""

    @property
    def size_bytes(self) -> int:
        """How many bytes were added so far."""
        ...

    async def add(self, chunk: bytes) -> None:
        """Appends bytes. Raises StoreUnavailable."""
        ...

    async def keep(self) -> bool:
        """Makes it durable under its name; False if something has that name by now, which stays.

        Raises Corrupt if its name carries a hash, and that is another one; InvalidName if what is here on the way to it is no
        folder; StoreUnavailable.
        """
        ...

    async def discard(self) -> None:
        """Forgets it. Does nothing after ``keep``."""
        ...


class ExtraFiles(Protocol):
    """The extra folders beside the channels: pictures, emotes, whatever nodes have there. Files there never change."""

    async def listed(self, folder: str) -> list[str]:
        """Paths below a folder of an extra folder (``media``, ``media/abc``), relative to it, sorted; without hidden files and temps.

        Links are not followed. At most 100,000. None of what is no extra folder. Raises InvalidName, StoreUnavailable.
        """
        ...

    async def has(self, folder: str, path: str) -> bool:
        """Whether anything has that name, be it no file that is listed. Raises InvalidName, StoreUnavailable."""
        ...

    def begin(self, folder: str, path: str) -> IncomingExtra:
        """A new file. Raises InvalidName for a path that leads anywhere but into that folder."""
        ...
