"""One hour of one quality of one peer: what is lacking here is planned, and done.

Nothing that goes wrong with one file stops the others. Three in a row that could not be reached, or trouble of the own disk,
end it: what is left is for the next pass.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from longtake.core.chat_names import ChatBatch
from longtake.core.digests import digest_hour
from longtake.core.errors import Corrupt, NotFound, SourceError, SourceUnreachable
from longtake.core.listing import HourListing
from longtake.core.names import CHAT, CHAT_EXTENSION, SEGMENT_EXTENSION, stem
from longtake.core.replication.plan import HourPlan, plan_hour
from longtake.core.replication.settled import listed_digest
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, hour_name, hour_start_us
from longtake.kit.recent import Recent
from longtake.kit.tasks import together
from longtake.services.replicate.arrivals import Arrival, ChatArrival, SegmentArrival
from longtake.services.replicate.later import Later
from longtake.services.replicate.places import Place
from longtake.services.replicate.pulling import WAITS_FOR_OTHERS_S, Outcome, Pulling, Wanted
from longtake.services.replicate.report import Done, Failure, Reason
from longtake.services.replicate.tools import PeerTools

_IN_A_ROW = 3
_REMEMBERED_HOURS = 1000
_PLANNED_ASIDE = 10_000
"""A plan for more names, which no hour of a stream has, takes tenths of a second: in a thread."""
_STORED_PER_COMING = 4
"""A file that has come is synced, which is mostly waiting for the disk: others come meanwhile, and share those syncs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """``is_done``: nothing failed, and nothing waits. ``settled``: the digests of ours and theirs between which there was nothing to do.

    ``did``: how many files, names and tombstones more are here. ``has_twins``: of several names of one content that is here
    now only the first was looked after.
    """

    is_done: bool
    settled: tuple[bytes, bytes] | None = None
    did: int = 0
    has_twins: bool = False


@dataclass(slots=True)
class _Work:
    """What is left of an hour, and how it goes."""

    left: deque[Segment | ChatBatch]
    is_done: bool = True
    did: int = 0
    unreachable: int = 0
    deferred: list[Segment | ChatBatch] = field(default_factory=list)
    """Others fetch that content just now."""


class HourPull:
    """``later``: what came wrong not long ago."""

    def __init__(self, peer: PeerTools, place: Place, later: Later) -> None:
        self._peer = peer
        self._tools = peer.tools
        self._place = place
        self._later = later
        self._pulling = Pulling(peer)
        self._skipped: Recent[str, Counter[str]] = Recent(_REMEMBERED_HOURS)

    async def run(self, hour: str, *, since_us: int, hours_left: int) -> Compared:
        """Compares, and pulls. Raises SourceError, StoreUnavailable, AlreadyRunning."""
        theirs = await self._peer.api.names(*self._place, hour)
        compared = await self._compare(hour, theirs, since_us, hours_left)
        if compared.has_twins:
            again = await self._compare(hour, theirs, since_us, hours_left)
            compared = replace(again, did=again.did + compared.did)
        return compared

    async def _compare(self, hour: str, theirs: Sequence[str], since_us: int, hours_left: int) -> Compared:
        now_s = self._tools.clock.monotonic_s()
        wanted = [name for name in theirs if not self._later.must_wait(f"{hour}/{name}", now_s)]
        put_off = len(theirs) - len(wanted)
        ours = await self._tools.store.listing(*self._place, hour)
        plan = await self._plan(ours, wanted, since_us)
        waiting: dict[str, int] = {Reason.RECENT: plan.waiting - plan.twins, Reason.ASKED_LATER: put_off}
        self._report_skipped(plan, waiting)
        if plan.is_done and not put_off:
            return Compared(is_done=True, settled=(digest_hour(ours).digest, listed_digest(hour, theirs)))
        work = await self._do(plan, hours_left)
        is_done = work.is_done and not put_off and plan.waiting == 0
        return Compared(is_done=is_done, did=work.did, has_twins=plan.twins > 0)

    async def _do(self, plan: HourPlan, hours_left: int) -> _Work:
        work = _Work(left=deque([*plan.fetches, *plan.chat]))
        self._peer.report.to_do(self._place, hours=hours_left, segments=len(work.left))
        await self._tombstones(plan, work)
        await self._second_names(plan, work)
        await self._fetch(work, hours_left)
        return work

    def _report_skipped(self, plan: HourPlan, others: Mapping[str, int]) -> None:
        """What was skipped in that hour the last time, too, is not counted again with each pass."""
        skipped = Counter({reason.value: count for reason, count in plan.skipped.items()})
        skipped.update(others)
        before = self._skipped.get(plan.hour) or Counter()
        self._skipped.put(plan.hour, skipped)
        self._peer.report.skipped(skipped - before)

    async def _plan(self, ours: HourListing, theirs: Sequence[str], since_us: int) -> HourPlan:
        rules = self._tools.rules
        make = partial(
            plan_hour,
            ours,
            theirs,
            is_chat=self._place[1] == CHAT,
            now_us=self._tools.clock.now_us(),
            recent_us=rules.recent_us,
            since_us=since_us,
            seed=rules.seed,
            neighbours=await self._neighbours(ours.hour),
        )
        return await asyncio.to_thread(make) if len(theirs) > _PLANNED_ASIDE else make()

    async def _neighbours(self, hour: str) -> Sequence[HourListing]:
        """Content may be here under a time that is a little earlier or later."""
        start_us = hour_start_us(hour)
        names = (hour_name(us) for us in (start_us - HOUR_US, start_us + HOUR_US))
        return [await self._tools.store.listing(*self._place, name) for name in names]

    async def _tombstones(self, plan: HourPlan, work: _Work) -> None:
        extension = CHAT_EXTENSION if self._place[1] == CHAT else SEGMENT_EXTENSION
        for tombstone in plan.tombstones:
            if await self._tools.store.suppress(*self._place, plan.hour, stem(tombstone) + extension):
                self._peer.report.done(Done.TOMBSTONES)
                work.did += 1

    async def _second_names(self, plan: HourPlan, work: _Work) -> None:
        """Content that has gone since it was listed, or is damaged here, is fetched after all."""
        if not plan.second_names:
            return
        writer = await self._tools.places.writer(self._place)
        for second in plan.second_names:
            await self._tools.check_room(*self._place)
            try:
                if await writer.keep_second_name(second.segment, second.of):
                    self._peer.report.done(Done.SECOND_NAMES)
                    work.did += 1
            except (NotFound, Corrupt):
                work.left.append(second.segment)

    async def _fetch(self, work: _Work, hours_left: int) -> None:
        if not work.left:
            return
        count = min(len(work.left), self._tools.rules.concurrency_per_peer * _STORED_PER_COMING)
        await together((self._worker(work, hours_left) for _ in range(count)), "pull")
        deferred, work.deferred = work.deferred, []
        await self._tools.claims.until_free(map(self._key, deferred), patience_s=WAITS_FOR_OTHERS_S)
        for file in deferred:
            await self._one(file, work)
        work.is_done &= not work.deferred  # what another peer still sends is for the next pass to look at

    async def _worker(self, work: _Work, hours_left: int) -> None:
        while work.left:
            await self._one(work.left.popleft(), work)
            self._peer.report.to_do(self._place, hours=hours_left, segments=len(work.left))

    async def _one(self, file: Segment | ChatBatch, work: _Work) -> None:
        try:
            outcome = await self._pull(file)
        except SourceUnreachable:
            self._failed(file, Failure.UNREACHABLE, work)
            work.unreachable += 1
            if work.unreachable >= _IN_A_ROW:
                raise
            return
        work.unreachable = 0
        if isinstance(outcome, Failure):
            self._failed(file, outcome, work)
            if outcome is Failure.WRONG_BYTES:
                await self._tell(file)
        elif outcome is Outcome.CLAIMED:
            work.deferred.append(file)
        elif outcome is Outcome.GONE:
            self._gone(file, work)
        else:
            self._later.came(file.path)
            work.did += 1

    def _failed(self, file: Segment | ChatBatch, failure: Failure, work: _Work) -> None:
        work.is_done = False
        self._peer.report.failed(failure)
        self._later.failed(file.path, self._tools.clock.monotonic_s())

    def _gone(self, file: Segment | ChatBatch, work: _Work) -> None:
        """A chat batch was merged into another since it was listed; a segment that is listed should be there."""
        if isinstance(file, Segment):
            self._failed(file, Failure.GONE, work)
            return
        self._peer.report.skipped({Reason.GONE: 1})
        self._later.failed(file.path, self._tools.clock.monotonic_s())

    async def _pull(self, file: Segment | ChatBatch) -> Outcome | Failure:
        await self._tools.check_room(*self._place)
        key = self._key(file)
        if self._tools.claims.arrivals(key) and await self._is_here(file):
            self._peer.report.skipped({Reason.HERE: 1})
            return Outcome.HERE
        is_segment = isinstance(file, Segment)
        return await self._pulling.pull(
            Wanted(
                parts=(*self._place, file.hour, file.name),
                key=key,
                priority=-file.start_us,
                largest_bytes=self._tools.rules.largest_segment_bytes,
                arrival=self._arrival(file),
                done=Done.PULLED if is_segment else Done.CHAT,
            )
        )

    def _key(self, file: Segment | ChatBatch) -> Hashable:
        return self._place, file.digest

    def _arrival(self, file: Segment | ChatBatch) -> Arrival:
        if isinstance(file, Segment):
            return SegmentArrival(self._tools, self._place, file)
        return ChatArrival(self._tools, self._place, file)

    async def _is_here(self, file: Segment | ChatBatch) -> bool:
        """Whether another peer's came since it was planned."""
        writer = await self._tools.places.writer(self._place)
        return await writer.is_here(file.hour, file.name)

    async def _tell(self, file: Segment | ChatBatch) -> None:
        """A peer of ours may want to look at that file. What becomes of that is its own business."""
        if self._peer.is_ours:
            with suppress(SourceError):
                await self._peer.api.suspect(*self._place, file.hour, file.name)
