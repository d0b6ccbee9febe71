"""From segments in a playlist to durable files: whose turn it is, how often, and until when.

====================================  ==========================================================
what happens                          what is done
====================================  ==========================================================
a full one is here already            nothing (asked only for what the playlist held at first sight, or since the source
                                      has begun to count anew)
a body that is whole and sound        stored as full
a body that is doubtful               stored as suspect or partial, and asked for again (``patience``)
a body that is sound, but far longer  stored as suspect, and that is all: another copy would be as long (``core.trust``)
than the target duration
a body that breaks off                asked for again at once, twice; then the longest is stored as partial
                                      (``copies``), and it is asked for again later
no answer, 5xx, 404, 403              asked for again later (``patience``)
no more patience, 401, too big        counted as missed
the disk fails                        what is in hand is held, and nothing more is asked for, until it is well
                                      (``keeping``)
stop                                  see ``SegmentFetcher.stop``
====================================  ==========================================================

So a kill -9 costs what is being downloaded, and nothing that was given up on for the moment. Slots are held by downloads,
not by segments: segments that fail must not keep those from being fetched that would not. What just appeared has slots of
its own, and keeps them, behind what is new, as long as its tries end quickly: an edge that lags behind its playlist must not
make it wait for hours of backlog. Of the others, what the playlist held at first sight goes first, then what failed before.
"""

from __future__ import annotations

import asyncio

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import BODY_LIMITS, Limits
from longtake.adapters.sources.interface import Located
from longtake.adapters.store.interface import SegmentWriter
from longtake.core.errors import (
    LongtakeError,
    SourceDown,
    SourceRefused,
    SourceUnreachable,
    StoreUnavailable,
)
from longtake.core.live import SegmentFetch
from longtake.core.times import format_us
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.kit.slots import PrioritySlots, Slot
from longtake.kit.tasks import Haste, TaskSet
from longtake.services.capture.downloading import Downloads
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.job import Attempt, Job, Urgency
from longtake.services.capture.keeping import Keeper, Kept
from longtake.services.capture.patience import pause_after_doubt_s, pause_after_failure_s
from longtake.services.capture.report import Missed, RecorderReport
from longtake.services.capture.requests import Requests

LIVE_AT_ONCE = 8
OTHERS_AT_ONCE = 8
_OTHERS_OF_ALL = 50
_MOST_WANTED = 25_000
"""Half a day of 2 s segments; a source that makes up more, and fails them, must not fill the memory."""
_AT_ONCE_AGAIN = 2
_AT_ONCE_PAUSE_S = 0.2
_QUICK_S = 1.0
_DOUBT_SAID_EVERY_S = 60
_SAME_IN_A_ROW = 3
"""After so many segments that stay as they are however often they are asked for, each is asked for once."""


def others_at_once(recorders: int) -> int:
    """How many segments that did not just appear each of so many recorders may fetch at a time.

    What the playlists hold at first sight comes in all at once, and is held in memory until it is stored.
    """
    return max(1, min(OTHERS_AT_ONCE, _OTHERS_OF_ALL // max(1, recorders)))


class SegmentFetcher:
    """Fetches the segments of one recorder. ``others``: how many at a time that did not just appear.

    ``places``: as many as requests are allowed at a time to the source, shared by all who record it; None for no limit.
    """

    def __init__(
        self,
        client: HttpClient,
        writer: SegmentWriter,
        report: RecorderReport,
        clock: Clock,
        gate: DiskGate,
        log: structlog.typing.FilteringBoundLogger,
        haste: Haste | None = None,
        limits: Limits = BODY_LIMITS,
        others: int = OTHERS_AT_ONCE,
        places: PrioritySlots | None = None,
    ) -> None:
        self._writer = writer
        self._report = report
        self._clock = clock
        self._gate = gate
        self._log = log
        self._haste = haste
        self._downloads = Downloads(Requests(client, places, limits), writer, clock, gate)
        self._keeper = Keeper(report, clock, gate, log)
        self._live = PrioritySlots(LIVE_AT_ONCE)
        self._others = PrioritySlots(others)
        self._tasks = TaskSet()
        self._wanted: dict[asyncio.Task[None], Job] = {}
        self._stopping = False
        self._unfinished = 0
        self._as_sent = 0
        """How many in a row were doubtful or broken off, and the very same when asked for again."""
        self._doubt_said_s: float | None = None
        self._doubts_unsaid = 0

    def __len__(self) -> int:
        """How many segments are under way, or wait."""
        return len(self._wanted)

    def allow_others(self, count: int) -> None:
        """So many at a time, from now on, that did not just appear."""
        self._others.resize(count)

    def start(self, wanted: SegmentFetch, located: Located, urgency: Urgency) -> None:
        """Sees one segment through to a file, or to being given up, beside all others."""
        if len(self._wanted) >= _MOST_WANTED:
            self._report.missed("the source offers more segments than can be fetched", Missed.TOO_MANY)
            return
        job = Job(wanted=wanted, located=located, urgency=urgency)
        task = self._tasks.start(self._see_through(job), f"fetch {wanted.sequence}")
        self._wanted[task] = job
        task.add_done_callback(self._wanted.pop)

    async def stop(self, *, grace_s: float) -> None:
        """Begins nothing more. What is in flight may arrive for so long; then what is there of it is kept as partial.

        At once if told to hurry.
        """
        self._stopping = True
        for task, job in self._wanted.items():
            if not job.in_flight:
                self._unfinished += 1
                task.cancel()
        cut = await self._tasks.drain(grace_s=grace_s, haste=self._haste)
        if self._unfinished or cut:
            self._log.warning("stopped before all was fetched", not_begun=self._unfinished, cut_short=cut)

    async def _see_through(self, job: Job) -> None:
        """Raises nothing but cancellation."""
        try:
            await self._until_settled(job)
        except LongtakeError as error:
            self._lost(job, str(error), _missed(error, job))
        except Exception:  # noqa: BLE001 - a bug costs this one segment, and is logged
            self._log.exception("segment lost by a bug", start=format_us(job.wanted.start_us))
            self._lost(job, "longtake made a mistake; the log has the details", Missed.MISTAKE)

    def _lost(self, job: Job, reason: str, missed: Missed) -> None:
        self._report.missed(reason, missed)
        self._log.warning("segment lost", start=format_us(job.wanted.start_us), reason=reason)

    async def _until_settled(self, job: Job) -> None:
        """Downloads until one is full or no more is worth asking for. Raises LongtakeError for what is lost."""
        urgency, slots = job.urgency, self._live if job.urgency is Urgency.LIVE else self._others
        while True:
            async with slots.slot(urgency) as slot:
                await self._gate.wait()
                began_s = self._clock.monotonic_s() - job.waited_s
                pause_s = await self._one_turn(job, slot, urgency)
            if pause_s is None:
                return
            if self._stopping:
                self._unfinished += 1
                return
            if self._clock.monotonic_s() - job.waited_s - began_s > _QUICK_S:
                slots = self._others
            urgency = Urgency.AGAIN if slots is self._live else Urgency.RETRY
            await self._clock.sleep(pause_s)

    async def _one_turn(self, job: Job, slot: Slot, urgency: Urgency) -> float | None:
        """Seconds until it is to be asked for again; None if it is settled. Raises LongtakeError for what is lost."""
        job.begin(self._clock.monotonic_s())
        try:
            return await self._try(job, slot, urgency)
        finally:
            job.in_flight = False

    async def _try(self, job: Job, slot: Slot, urgency: Urgency) -> float | None:
        try:
            if await self._is_here(job):
                return None
            kept = await self._keeper.keep(job, await self._arrived(job, slot, urgency))
        except asyncio.CancelledError:
            await asyncio.shield(self._keeper.keep_held(job, last_chance=True))
            raise
        except LongtakeError as error:
            await self._keeper.keep_held(job)
            return self._after_failure(job, error)
        if kept.is_final:
            self._as_sent = 0
            await _drop_held(job)
            if job.doubt is not None:
                self._settle_in_doubt(job, is_usual=True)
            return None
        doubt = job.doubt
        await self._keeper.keep_held(job)
        job.doubt = doubt
        return self._after_doubt(job, kept)

    async def _is_here(self, job: Job) -> bool:
        """Looked for once, and only where it may be: what just appeared was not recorded before.

        Unless the source counts anew: then it may offer again what we no longer know by its name.
        """
        wanted = job.wanted
        is_plainly_new = job.urgency is Urgency.LIVE and not wanted.epoch[0]
        if job.looked or is_plainly_new:
            return False
        here = await self._writer.has_full(start_us=wanted.start_us, duration_s=wanted.duration_s)
        job.looked = True
        if here:
            self._report.had()
        return here

    async def _arrived(self, job: Job, slot: Slot, urgency: Urgency) -> Attempt:
        """A body that came to its end; one that breaks off in time is asked for again at once."""
        pauses = Backoff(first_s=_AT_ONCE_PAUSE_S, longest_s=1)
        while True:
            try:
                return await self._downloads.get(job, slot, urgency)
            except SourceUnreachable as error:
                again = job.held is not None and slot.is_held and not self._stopping
                is_told_to_wait = error.retry_after_s is not None
                if not again or is_told_to_wait or pauses.failures == _AT_ONCE_AGAIN or self._is_as_sent:
                    raise
                self._report.retried(str(error))
                await self._clock.sleep(pauses.next_delay_s())

    def _after_failure(self, job: Job, error: LongtakeError) -> float | None:
        if isinstance(error, StoreUnavailable):
            self._keeper.trouble(error)
        job.failures += 1
        pause_s = pause_after_failure_s(
            error,
            failures=job.failures,
            repeats=job.copies.repeats,
            tried_s=self._clock.monotonic_s() - (job.first_try_s or 0),
            target_s=job.wanted.target_duration_s,
        )
        if job.copies.whole and (pause_s is None or isinstance(error, SourceDown | SourceRefused)):
            self._settle_in_doubt(job)
            return None
        broken_as_ever = isinstance(error, SourceUnreachable) and job.copies.stored and self._is_as_sent
        if pause_s is None or broken_as_ever:
            self._as_sent += job.copies.repeats > 0
            raise error
        self._report.retried(str(error), _missed(error, job))
        return pause_s

    def _after_doubt(self, job: Job, kept: Kept) -> float | None:
        if kept.is_media and self._is_as_sent:
            self._settle_in_doubt(job)
            return None
        pause_s = pause_after_doubt_s(
            whole=job.copies.whole, repeats=job.copies.repeats, target_s=job.wanted.target_duration_s
        )
        if pause_s is None:
            self._as_sent += job.copies.repeats == job.copies.whole - 1
            self._settle_in_doubt(job)
            return None
        self._downloads.doubt_key(job)
        self._report.retried(f"a segment is doubtful: {job.doubt}")
        return pause_s

    @property
    def _is_as_sent(self) -> bool:
        """Whether this source's segments are doubtful or broken off however often they are asked for."""
        return self._as_sent >= _SAME_IN_A_ROW

    def _settle_in_doubt(self, job: Job, *, is_usual: bool = False) -> None:
        """Of a source of which all are doubtful, or are of a kind that all may be of, that is said once a minute."""
        self._report.doubted(f"a segment is doubtful: {job.doubt}")
        now_s, said_s = self._clock.monotonic_s(), self._doubt_said_s
        if (is_usual or self._is_as_sent) and said_s is not None and now_s - said_s < _DOUBT_SAID_EVERY_S:
            self._doubts_unsaid += 1
            return
        start, others = format_us(job.wanted.start_us), self._doubts_unsaid
        self._doubt_said_s, self._doubts_unsaid = now_s, 0
        self._log.warning("segment is doubtful", start=start, reason=job.doubt, others_before=others)


async def _drop_held(job: Job) -> None:
    if job.held is not None:
        await job.held.incoming.discard()
        job.held = None


def _missed(error: LongtakeError, job: Job) -> Missed:
    if isinstance(error, StoreUnavailable):
        return Missed.DISK
    if job.copies.stored:
        return Missed.BROKEN_OFF
    if isinstance(error, SourceDown):
        return Missed.GONE
    return Missed.UNREACHABLE if isinstance(error, SourceUnreachable) else Missed.REFUSED
