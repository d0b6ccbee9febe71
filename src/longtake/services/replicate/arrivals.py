"""Where what comes of a file goes, until it is kept or thrown away. What only a peer says makes no folder here: that takes a byte."""

from __future__ import annotations

from typing import Protocol

from longtake.adapters.store.interface import IncomingSegment
from longtake.core.chat_names import ChatBatch
from longtake.core.segments import Segment
from longtake.services.replicate.places import Place
from longtake.services.replicate.settling import settled_as
from longtake.services.replicate.tools import Tools


class Arrival(Protocol):
    """A file on its way in. ``add`` and ``keep`` raise StoreUnavailable and AlreadyRunning."""

    @property
    def size_bytes(self) -> int:
        """What came so far."""
        ...

    async def add(self, chunk: bytes) -> None:
        """Takes what came."""
        ...

    async def keep(self) -> bool:
        """Makes it durable; False if it was there by now. Raises Corrupt for other bytes than its name says."""
        ...

    async def discard(self) -> None:
        """Forgets it. Does nothing after ``keep``."""
        ...


class SegmentArrival:
    """``Arrival`` of a segment."""

    def __init__(self, tools: Tools, place: Place, segment: Segment) -> None:
        self._tools = tools
        self._place = place
        self._segment = segment
        self._incoming: IncomingSegment | None = None

    @property
    def size_bytes(self) -> int:
        """See ``Arrival``."""
        return 0 if self._incoming is None else self._incoming.size_bytes

    async def add(self, chunk: bytes) -> None:
        """See ``Arrival``."""
        await (self._incoming or await self._begun()).add(chunk)

    async def keep(self) -> bool:
        """See ``Arrival``. The same content in the place of the same is no harm."""
        incoming = self._incoming or await self._begun()
        await incoming.keep(settled_as(self._segment, now_us=self._tools.clock.now_us()))
        return True

    async def discard(self) -> None:
        """See ``Arrival``."""
        if self._incoming is not None:
            await self._incoming.discard()

    async def _begun(self) -> IncomingSegment:
        self._incoming = (await self._tools.places.writer(self._place)).begin()
        return self._incoming


class ChatArrival:
    """``Arrival`` of a chat batch, which is small."""

    def __init__(self, tools: Tools, place: Place, batch: ChatBatch) -> None:
        self._tools = tools
        self._place = place
        self._batch = batch
        self._content = bytearray()

    @property
    def size_bytes(self) -> int:
        """See ``Arrival``."""
        return len(self._content)

    async def add(self, chunk: bytes) -> None:
        """See ``Arrival``."""
        self._content += chunk

    async def keep(self) -> bool:
        """See ``Arrival``."""
        writer = await self._tools.places.writer(self._place)
        await writer.keep_chat(self._batch, bytes(self._content))
        return True

    async def discard(self) -> None:
        """See ``Arrival``."""
