"""Pulls one file: waits for its turn, streams it, has it checked and made durable; or says in one word why not.

==============================  ==========================  ================================================================
what happens                    state left                  what is said, and who acts
==============================  ==========================  ================================================================
other bytes than promised       nothing                     WRONG_BYTES: told to a peer of ours, asked again later
bigger than allowed             nothing                     TOO_BIG: asked again later
the peer answers 404            nothing                     GONE: it was removed, or merged into another
another peer's comes, or came   nothing                     CLAIMED: looked at once that is over
it refuses                      nothing                     REFUSED: asked again later
it fails, falls silent, or is   nothing                     SourceUnreachable is raised: asked again later; several in a row
too slow while others wait                                  end the hour
own disk full or failing        nothing, or the whole file  StoreUnavailable is raised
kill                            a temp, or the whole file   the next start clears temps away
==============================  ==========================  ================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto

import structlog

from longtake.core.errors import Corrupt, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.services.replicate.arrivals import Arrival
from longtake.services.replicate.report import Done, Failure
from longtake.services.replicate.tools import PeerTools

WAITS_FOR_OTHERS_S = 10
"""For files that other peers send just now, all together."""
_LOOKED_AT_EVERY_S = 5
_SLOW_AFTER_S = 10
_SLOW_BYTES_PER_S = 64 << 10
"""Who is slower makes way for others: half a stream of 1 Mbit/s, at which nobody catches up."""

_log = structlog.get_logger()


class TooBigError(Exception):
    """More came than one file may have."""


class Outcome(Enum):
    """What became of a file, if it is no failure."""

    CAME = auto()
    HERE = auto()
    """It was there by now."""
    GONE = auto()
    CLAIMED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file of a peer. ``key`` is what no two fetch at once; of lower ``priority`` is what comes first."""

    parts: Sequence[str]
    key: Hashable
    priority: int
    largest_bytes: int
    arrival: Arrival
    done: Done


class Pulling:
    """Files of one peer."""

    def __init__(self, peer: PeerTools) -> None:
        self._peer = peer
        self._claims = peer.tools.claims

    async def pull(self, wanted: Wanted) -> Outcome | Failure:
        """Raises SourceUnreachable, StoreUnavailable, AlreadyRunning."""
        log = _log.bind(peer=self._peer.report.peer.name, path="/".join(wanted.parts))
        if self._claims.is_held(wanted.key):
            return Outcome.CLAIMED
        try:
            return await self._come(wanted)
        except SourceDown:
            return Outcome.GONE
        except Corrupt:
            log.warning("a peer sent other bytes than the name says")
            return Failure.WRONG_BYTES
        except TooBigError:
            log.warning("a peer has a file that is too big")
            return Failure.TOO_BIG
        except SourceRefused as error:
            log.info("a peer refuses a file", reason=str(error))
            return Failure.REFUSED

    async def _come(self, wanted: Wanted) -> Outcome:
        """The file is claimed once it is its turn, so that who waits for a slow peer holds up no other; and until it is stored."""
        before = self._claims.arrivals(wanted.key)
        async with AsyncExitStack() as claim:
            try:
                async with turn(self._peer, wanted.priority):
                    if self._claims.is_held(wanted.key) or self._claims.arrivals(wanted.key) > before:
                        return Outcome.CLAIMED
                    claim.enter_context(self._claims.held(wanted.key))
                    await stream(self._peer, wanted)
                is_new = await wanted.arrival.keep()
            finally:
                await wanted.arrival.discard()
        self._claims.came(wanted.key)
        if not is_new:
            return Outcome.HERE
        self._peer.report.done(wanted.done, wanted.arrival.size_bytes)
        return Outcome.CAME


@asynccontextmanager
async def turn(peer: PeerTools, priority: int) -> AsyncIterator[None]:
    """So many files come at a time from this peer, and so many from all. What has come is stored without holding up others."""
    async with peer.slots.slot(priority), peer.tools.slots.slot(priority):
        yield


async def stream(peer: PeerTools, wanted: Wanted) -> None:
    """A file, no faster than it may come. Raises TooBigError, SourceError, and what the arrival raises."""
    pace, came = peer.tools.pace, 0

    async def take(chunk: bytes) -> None:
        nonlocal came
        came += len(chunk)
        if came > wanted.largest_bytes:
            raise TooBigError
        await wanted.arrival.add(chunk)
        if pace is not None:
            await pace.after(len(chunk))

    async with _unless_others_wait(peer, lambda: came):
        await peer.api.pull(wanted.parts, take)


@asynccontextmanager
async def _unless_others_wait(peer: PeerTools, came: Callable[[], int]) -> AsyncIterator[None]:
    """Ends the block if it is slow, and others wait for its place; not if it is we who let nothing come faster."""
    try:
        async with asyncio.timeout(None) as limit:
            watch = _Watch(peer, came, limit)
            try:
                yield
            finally:
                watch.stop()
    except TimeoutError as error:
        raise SourceUnreachable(
            f"{peer.report.peer.name} sends too slowly, and makes way for others"
        ) from error


class _Watch:
    """Looks every now and then at what comes."""

    def __init__(self, peer: PeerTools, came: Callable[[], int], limit: asyncio.Timeout) -> None:
        self._peer = peer
        self._came = came
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._next = self._loop.call_later(_LOOKED_AT_EVERY_S, self._look)

    def stop(self) -> None:
        """It is over."""
        self._next.cancel()

    def _look(self) -> None:
        if self._is_slow() and self._peer.tools.pace is None and self._peer.tools.slots.waiting:
            self._limit.reschedule(self._loop.time())
        else:
            self._next = self._loop.call_later(_LOOKED_AT_EVERY_S, self._look)

    def _is_slow(self) -> bool:
        took_s = self._loop.time() - self._began_s
        return took_s >= _SLOW_AFTER_S and self._came() < _SLOW_BYTES_PER_S * took_s


def failure_of(error: SourceError) -> Failure:
    """Why a listing could not be had."""
    return Failure.UNREACHABLE if isinstance(error, SourceUnreachable) else Failure.REFUSED
