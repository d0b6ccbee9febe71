"""Pulls one file: waits for its turn, streams it, has it checked and made durable; or says in one word why not.

==============================  =========================================  ==============================================
what happens                    state left                                 what is said, and who acts
==============================  =========================================  ==============================================
other bytes than promised       nothing                                    WRONG_BYTES: told to a peer of ours, asked again later
bigger than allowed             nothing                                    TOO_BIG: asked again later
the peer answers 404            nothing                                    GONE: it was removed, or merged into another
it refuses, fails, falls silent nothing                                    REFUSED, UNREACHABLE: the next pass
own disk full or failing        nothing, or the whole file                 StoreUnavailable is raised: ends the pass
kill                            a temp, or the whole file                  the next start clears temps away
==============================  =========================================  ==============================================
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from longtake.adapters.store.interface import SegmentWriter
from longtake.core.chat_names import ChatBatch
from longtake.core.errors import Corrupt, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.segments import Segment
from longtake.services.replicate.places import Place
from longtake.services.replicate.report import Done, Failure, Reason
from longtake.services.replicate.settling import settled_as
from longtake.services.replicate.tools import PeerTools

_log = structlog.get_logger()


class TooBigError(Exception):
    """More came than one file may have."""


class Pulling:
    """Files of one peer."""

    def __init__(self, peer: PeerTools) -> None:
        self._peer = peer
        self._tools = peer.tools
        self._log = _log.bind(peer=peer.report.peer.name)

    async def is_here(self, place: Place, file: Segment | ChatBatch) -> bool:
        """Whether another peer's came since it was planned. Raises StoreUnavailable, AlreadyRunning."""
        writer = await self._tools.places.writer(place)
        is_here = await writer.is_here(file.hour, file.name)
        if is_here:
            self._peer.report.skipped({Reason.HERE: 1})
        return is_here

    async def segment(self, place: Place, segment: Segment) -> Failure | None:
        """None if it is here now, or is not there any more. Raises StoreUnavailable, AlreadyRunning, SourceUnreachable."""
        writer = await self._tools.places.writer(place)

        async def pull() -> int:
            incoming = writer.begin()
            try:
                async with turn(self._peer, -segment.start_us):
                    await self._stream((*place, segment.hour, segment.name), incoming.add)
                size_bytes = incoming.size_bytes
                await incoming.keep(settled_as(segment, now_us=self._tools.clock.now_us()))
            finally:
                await incoming.discard()
            return size_bytes

        return await self._pulled(place, segment, Done.PULLED, pull)

    async def chat(self, place: Place, batch: ChatBatch) -> Failure | None:
        """The same of a chat batch."""
        writer = await self._tools.places.writer(place)
        return await self._pulled(place, batch, Done.CHAT, lambda: self._pull_chat(place, writer, batch))

    async def _pull_chat(self, place: Place, writer: SegmentWriter, batch: ChatBatch) -> int:
        content = bytearray()

        async def take(chunk: bytes) -> None:
            content.extend(chunk)

        async with turn(self._peer, -batch.start_us):
            await self._stream((*place, batch.hour, batch.name), take)
        await writer.keep_chat(batch, bytes(content))
        return len(content)

    async def _pulled(
        self, place: Place, file: Segment | ChatBatch, what: Done, pull: Callable[[], Awaitable[int]]
    ) -> Failure | None:
        await self._tools.check_room(*place)
        try:
            size_bytes = await pull()
        except SourceDown:
            self._peer.report.skipped({Reason.GONE: 1})
            return None
        except Corrupt:
            self._log.warning(
                "a peer sent other bytes than the name says", path="/".join((*place, file.path))
            )
            await self._tell(place, file)
            return Failure.WRONG_BYTES
        except TooBigError:
            self._log.warning("a peer has a file that is too big", path="/".join((*place, file.path)))
            return Failure.TOO_BIG
        except SourceRefused as error:
            self._log.info("a peer refuses a file", reason=str(error))
            return Failure.REFUSED
        self._peer.report.done(what, size_bytes)
        return None

    async def _tell(self, place: Place, file: Segment | ChatBatch) -> None:
        """It may want to look at that file. What becomes of that is its own business."""
        if self._peer.is_ours:
            with suppress(SourceError):
                await self._peer.api.suspect(*place, file.hour, file.name)

    async def _stream(self, parts: Sequence[str], take: Callable[[bytes], Awaitable[None]]) -> None:
        await stream(self._peer, parts, take, largest_bytes=self._tools.rules.largest_segment_bytes)


@asynccontextmanager
async def turn(peer: PeerTools, priority: int) -> AsyncIterator[None]:
    """So many files come at a time from this peer, and so many from all. What has come is stored without holding up others."""
    async with peer.slots.slot(priority), peer.tools.slots.slot(priority):
        yield


async def stream(
    peer: PeerTools, parts: Sequence[str], take: Callable[[bytes], Awaitable[None]], *, largest_bytes: int
) -> None:
    """A file, no faster than it may come. Raises TooBigError, SourceError, and what ``take`` raises."""
    pace, left = peer.tools.pace, largest_bytes

    async def counted(chunk: bytes) -> None:
        nonlocal left
        left -= len(chunk)
        if left < 0:
            raise TooBigError
        await take(chunk)
        if pace is not None:
            await pace.after(len(chunk))

    await peer.api.pull(parts, counted)


def failure_of(error: SourceError) -> Failure:
    """Why a listing could not be had."""
    return Failure.UNREACHABLE if isinstance(error, SourceUnreachable) else Failure.REFUSED
