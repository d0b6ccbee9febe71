"""One segment's bytes, by up to two tries at a time.

=================================  =====================================================================
a download                         what is done
=================================  =====================================================================
is silent, or a mere trickle       goes on without its slot, so that it keeps no other from coming; only so many may, and
                                   then the one that has been so for longest is ended, to be tried again later
is slow, but will get there        keeps its slot: our own line may be full, and more at a time would make that worse; for
                                   the same reason only a few such get a second try
=================================  =====================================================================

If others wait for a place at the source, what is silent or a trickle is ended instead (``requests``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from longtake.adapters.http.client import Body
from longtake.adapters.http.limits import Late, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.adapters.store.interface import SegmentWriter
from longtake.core.encryption import initialisation_vector
from longtake.core.errors import SourceRefused, SourceUnreachable, StoreUnavailable
from longtake.core.urls import redacted
from longtake.kit.aes import BadPadding, CbcDecryptor, CutBlock
from longtake.kit.clock import Clock
from longtake.kit.slots import Slot
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.init_sections import InitSections
from longtake.services.capture.job import Attempt, Job, Urgency
from longtake.services.capture.keys import Keys
from longtake.services.capture.requests import PlacedTries, Requests

LATE_AT_ONCE = 8
SLOW_TWICE_AT_ONCE = 2
LARGEST_SEGMENT_BYTES = 1 << 30
SUSPECT_AFTER_S = 59
"""A download that took so long is not trusted (as older nodes have it: CDNs end such answers without a word)."""
_HELD_BYTES = 8 << 20
"""What is bigger than this lies on the disk while it comes in."""
_SLOW_AFTER_S = 5
"""A segment should come within twice the time that it plays, or this if it is short."""


class LateDownloads:
    """Those that go on without a slot."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tries: dict[TwoTries[Attempt], None] = {}
        self._slow: set[TwoTries[Attempt]] = set()

    def enter(self, tries: TwoTries[Attempt], slot: Slot, late: Late) -> bool:
        """It is late, in that way. Whether a second try may begin."""
        if late is Late.SLOW:
            return self._may_try_twice(tries)
        if slot.is_held:
            self._make_room()
            self._tries[tries] = None
            slot.give_back()
        return True

    def _may_try_twice(self, tries: TwoTries[Attempt]) -> bool:
        if len(self._slow) < SLOW_TWICE_AT_ONCE:
            self._slow.add(tries)
        return tries in self._slow

    def _make_room(self) -> None:
        while len(self._tries) >= self._most:
            oldest = next(iter(self._tries))
            self.leave(oldest)
            oldest.end("does not get on, and others wait")

    def leave(self, tries: TwoTries[Attempt]) -> None:
        """It has ended."""
        self._tries.pop(tries, None)
        self._slow.discard(tries)


class Downloads:
    """Those of one recorder. Init sections are fetched once and put before each segment, and what is encrypted is decrypted."""

    def __init__(self, requests: Requests, writer: SegmentWriter, clock: Clock, gate: DiskGate) -> None:
        self._requests = requests
        self._writer = writer
        self._clock = clock
        self._gate = gate
        self._keys = Keys(requests)
        self._inits = InitSections(requests, self._keys)
        self._late = LateDownloads(LATE_AT_ONCE)

    async def get(self, job: Job, slot: Slot, urgency: Urgency) -> Attempt:
        """A body that came to its end. Raises SourceError, StoreUnavailable, InvalidInput.

        Else, or if cancelled, the longest of what came is ``job.held``.
        """
        init = await self._init(job)
        encryption = await self._encryption(job)
        async with self._place(job, urgency) as place:
            return await self._by_two_tries(job, slot, place, init, encryption)

    def doubt_key(self, job: Job) -> None:
        """What was decrypted is doubtful: the key is asked for anew, once."""
        wanted = job.wanted
        if wanted.key is not None and job.key_bytes is not None and not job.key_doubted:
            job.key_doubted = True
            self._keys.doubt(wanted.key, wanted.epoch, job.key_bytes)

    @asynccontextmanager
    async def _place(self, job: Job, urgency: Urgency) -> AsyncIterator[Slot]:
        """While it waits for one, nothing of it is in flight."""
        since_s, job.in_flight = self._clock.monotonic_s(), False
        async with self._requests.places.slot(urgency) as place:
            job.forgive(self._clock.monotonic_s() - since_s)
            job.in_flight = True
            yield place

    async def _by_two_tries(
        self, job: Job, slot: Slot, place: Slot, init: bytes, encryption: _Encryption | None
    ) -> Attempt:
        begun: list[Attempt] = []

        async def one_try(pulse: Pulse, fresh: bool) -> Attempt:
            attempt = Attempt(
                incoming=self._writer.begin(), init_bytes=len(init), began_s=self._clock.monotonic_s()
            )
            begun.append(attempt)
            await self._fill(attempt, init, encryption, job, pulse, fresh)
            return attempt

        requests = self._requests
        soft_s = min(requests.limits.whole_soft_s, max(_SLOW_AFTER_S, 2 * job.wanted.duration_s))
        limits = replace(requests.limits, whole_soft_s=soft_s)
        tries = PlacedTries(
            *(requests.places, place, one_try, job.wanted.uri, limits),
            lambda late: self._late.enter(tries, slot, late),
        )
        try:
            arrived = await tries.run()
        except BaseException:
            await _hold_longest(job, begun)
            raise
        finally:
            self._late.leave(tries)
        for attempt in begun:
            if attempt is not arrived:
                await attempt.incoming.discard()
        return arrived

    async def _init(self, job: Job) -> bytes:
        wanted = job.wanted
        if wanted.init is None:
            return b""
        return await self._inits.get(wanted.init, wanted.epoch, job.located.headers)

    async def _encryption(self, job: Job) -> _Encryption | None:
        wanted = job.wanted
        if wanted.key is None:
            return None
        iv = initialisation_vector(wanted.key, wanted.sequence)
        job.key_bytes = await self._keys.get(wanted.key, wanted.epoch, job.located.headers)
        return _Encryption(key_bytes=job.key_bytes, iv=iv)

    async def _fill(
        self,
        attempt: Attempt,
        init: bytes,
        encryption: _Encryption | None,
        job: Job,
        pulse: Pulse,
        fresh: bool,
    ) -> None:
        incoming = attempt.incoming
        if init:
            await incoming.add(init)
        async with self._requests.client.get_body(
            job.wanted.uri,
            byte_range=job.wanted.byte_range,
            headers=job.located.headers,
            limits=self._requests.limits,
            pulse=pulse,
            fresh_connection=fresh,
        ) as body:
            chunks = body if encryption is None else _clear(body, encryption, attempt, job.wanted.uri)
            async for chunk in chunks:
                await incoming.add(chunk)
                if incoming.size_bytes > _HELD_BYTES:
                    self._check_size(incoming.size_bytes)
            attempt.framed = body.framed
        attempt.slow = self._clock.monotonic_s() - attempt.began_s >= SUSPECT_AFTER_S
        attempt.broken = False

    def _check_size(self, size_bytes: int) -> None:
        if not self._gate.is_open:
            raise StoreUnavailable(self._gate.reason or "the disk does not take segments")
        if size_bytes > LARGEST_SEGMENT_BYTES:
            raise SourceRefused(f"a segment of over {LARGEST_SEGMENT_BYTES >> 20} MiB is refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encryption:
    """Of one segment; a byte range is encrypted by itself (RFC 8216 5.2)."""

    key_bytes: bytes
    iv: bytes


async def _clear(body: Body, encryption: _Encryption, attempt: Attempt, uri: str) -> AsyncIterator[bytes]:
    """What is in it, as it comes: while it has not ended, all but its last block. Raises SourceError."""
    decryptor = CbcDecryptor(encryption.key_bytes, encryption.iv)
    async for chunk in body:
        if piece := decryptor.update(chunk):
            yield piece
    try:
        last = decryptor.finish()
    except CutBlock as error:
        raise SourceUnreachable(f"{redacted(uri)} ends within a block of its encryption") from error
    except BadPadding as error:
        attempt.flaw = "its encryption does not end as it should; the key may be wrong"
        last = error.block
    if last:
        yield last


async def _hold_longest(job: Job, begun: list[Attempt]) -> None:
    """Of the attempts that broke off, one is worth keeping."""
    for attempt in begun:
        if (shorter := job.hold(attempt)) is not None:
            await shorter.incoming.discard()
