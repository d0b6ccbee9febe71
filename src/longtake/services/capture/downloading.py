"""One segment's bytes, by up to two tries at a time.

=================================  =====================================================================
a download                         what is done
=================================  =====================================================================
is silent, or a mere trickle       goes on without its slot, so that it keeps no other from coming; only so many may, and
                                   then the one that has been so for longest is ended, to be tried again later
is slow, but will get there        keeps its slot: our own line may be full, and more at a time would make that worse; for
                                   the same reason only a few such get a second try
=================================  =====================================================================
"""

from __future__ import annotations

from dataclasses import replace

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import Late, Limits, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.adapters.store.interface import SegmentWriter
from longtake.core.errors import SourceRefused, StoreUnavailable
from longtake.kit.clock import Clock
from longtake.kit.slots import Slot
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.init_sections import InitSections
from longtake.services.capture.job import Attempt, Job

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
    """Those of one recorder. Init sections are fetched once and put before each segment."""

    def __init__(
        self, client: HttpClient, writer: SegmentWriter, clock: Clock, gate: DiskGate, limits: Limits
    ) -> None:
        self._client = client
        self._writer = writer
        self._clock = clock
        self._gate = gate
        self._limits = limits
        self._inits = InitSections(client, limits)
        self._late = LateDownloads(LATE_AT_ONCE)

    async def get(self, job: Job, slot: Slot) -> Attempt:
        """A body that came to its end. Raises SourceError, StoreUnavailable, InvalidInput.

        Else, or if cancelled, the longest of what came is ``job.held``.
        """
        init = await self._init(job)
        begun: list[Attempt] = []

        async def one_try(pulse: Pulse, fresh: bool) -> Attempt:
            attempt = Attempt(
                incoming=self._writer.begin(), init_bytes=len(init), began_s=self._clock.monotonic_s()
            )
            begun.append(attempt)
            await self._fill(attempt, init, job, pulse, fresh)
            return attempt

        soft_s = min(self._limits.whole_soft_s, max(_SLOW_AFTER_S, 2 * job.wanted.duration_s))
        limits = replace(self._limits, whole_soft_s=soft_s)
        tries = TwoTries(one_try, job.wanted.uri, limits, lambda late: self._late.enter(tries, slot, late))
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

    async def _fill(self, attempt: Attempt, init: bytes, job: Job, pulse: Pulse, fresh: bool) -> None:
        incoming = attempt.incoming
        if init:
            await incoming.add(init)
        async with self._client.get_body(
            job.wanted.uri,
            byte_range=job.wanted.byte_range,
            headers=job.located.headers,
            limits=self._limits,
            pulse=pulse,
            fresh_connection=fresh,
        ) as body:
            async for chunk in body:
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


async def _hold_longest(job: Job, begun: list[Attempt]) -> None:
    """Of the attempts that broke off, one is worth keeping."""
    for attempt in begun:
        if (shorter := job.hold(attempt)) is not None:
            await shorter.incoming.discard()
