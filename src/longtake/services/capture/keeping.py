"""From a body to a durable file: looked into, judged, named, stored; and again when the disk would not.

While the disk fails, content that is in hand stays there and is stored once the disk is well again. How much that can be
is bounded: by the slots, since a download holds its slot until it is stored, and by what the store keeps in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from longtake.adapters.sources.interface import Located
from longtake.core.errors import StoreUnavailable
from longtake.core.facts import Container, SegmentFacts, sniff_container
from longtake.core.inspection import INSPECTION_VERSION, Inspection, facts_of, inspect
from longtake.core.live import SegmentFetch
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.trust import Verdict, judge
from longtake.kit.clock import Clock
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.job import Attempt, Job
from longtake.services.capture.report import RecorderReport

Result = TypeVar("Result")

_HEAD_BYTES = 512

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a body; ``is_media`` if a player could make something of it.

    ``is_final``: it is full, or no copy could be: there is nothing to ask for again.
    """

    is_final: bool
    is_media: bool


class _NothingNew(Exception):
    """What came is here already, or less than what is here."""


class Settling:
    """Judges and names one attempt's content; called by the store, in a thread of its own, perhaps several times."""

    def __init__(self, job: Job, attempt: Attempt, now_us: int) -> None:
        self._job = job
        self._attempt = attempt
        self._now_us = now_us
        self.verdict: Verdict | None = None
        self.digest = b""
        self.is_media = False
        """Whether a player could make something of it."""
        self.facts: SegmentFacts | None = None

    def __call__(self, content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
        """See ``Settle`` of the store. Raises InvalidName, and what says that the content is not worth storing."""
        wanted, attempt = self._job.wanted, self._attempt
        seen = _look(content)
        self.verdict = verdict = _judge(seen, wanted, attempt)
        self.digest = digest
        self.is_media = attempt.media_bytes > 0 and seen.container is not Container.OTHER
        if not self._job.copies.is_worth_storing(verdict.type, digest, attempt.media_bytes):
            raise _NothingNew
        segment = named_segment(
            start_us=wanted.start_us, duration_s=wanted.duration_s, type=verdict.type, digest=digest
        )
        facts = _facts(seen, segment, len(content), wanted, self._job.located)
        self.facts = replace(
            facts,
            init_bytes=attempt.init_bytes or facts.init_bytes,
            doubt=verdict.doubt,
            recorded_us=self._now_us,
            verified_us=self._now_us,
        )
        return segment, self.facts


class Keeper:
    """Stores what the downloads of one recorder bring."""

    def __init__(
        self,
        report: RecorderReport,
        clock: Clock,
        gate: DiskGate,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self._report = report
        self._clock = clock
        self._gate = gate
        self._log = log

    async def keep(self, job: Job, attempt: Attempt, *, last_chance: bool = False) -> Kept:
        """Stores it if it is worth that, as what it is, as soon as the disk takes it; the last chance is now or never.

        Raises StoreUnavailable when its content is lost. If cancelled before it is stored, it is held.
        """
        settling = Settling(job, attempt, self._clock.now_us())
        try:
            segment = await self._stored(job, attempt, settling, last_chance)
        except asyncio.CancelledError:
            if (shorter := job.hold(attempt)) is not None:
                await shorter.incoming.discard()
            raise
        verdict = settling.verdict
        assert verdict is not None  # noqa: S101 - the store has called it
        if verdict.type is not SegmentType.FULL:
            job.copies.came(settling.digest, whole=not attempt.broken)
        if segment is not None:
            job.copies.keep(verdict.type, settling.digest, attempt.media_bytes)
            self._report.kept(
                segment,
                attempt.incoming.size_bytes,
                is_media=settling.is_media,
                facts=settling.facts,
            )
        job.doubt = verdict.doubt
        is_final = verdict.type is SegmentType.FULL or verdict.lasting
        return Kept(is_final=is_final, is_media=settling.is_media)

    async def keep_held(self, job: Job, *, last_chance: bool = False) -> None:
        """Stores what came before a break, if there is something and it is more than before."""
        if job.held is None:
            return
        attempt, job.held = job.held, None
        try:
            await self.keep(job, attempt, last_chance=last_chance)
        except StoreUnavailable as error:
            self._log.warning("part of a segment lost", reason=str(error))

    def trouble(self, error: StoreUnavailable) -> None:
        """The disk failed: all wait until it is well again."""
        if not self._gate.is_open:
            return
        self._report.retried(str(error))
        if self._report.disk_trouble is None:
            self._log.error("the disk does not take segments; they are held until it does", reason=str(error))
        self._report.disk_trouble = str(error)
        self._gate.failed(error)

    async def _stored(
        self, job: Job, attempt: Attempt, settling: Settling, last_chance: bool
    ) -> Segment | None:
        """None if it is not worth storing."""
        while True:
            if not last_chance:
                await self._wait_for_disk(job)
            try:
                return await _to_its_end(attempt.incoming.keep(settling))
            except _NothingNew:
                await attempt.incoming.discard()
                return None
            except StoreUnavailable as error:
                self.trouble(error)
                if last_chance or not attempt.incoming.is_whole:
                    raise

    async def _wait_for_disk(self, job: Job) -> None:
        if not self._gate.is_open:
            since_s = self._clock.monotonic_s()
            await self._gate.wait()
            job.forgive(self._clock.monotonic_s() - since_s)


async def _to_its_end(work: Awaitable[Result]) -> Result:
    """What was begun on the disk is waited for, also by one who is cancelled: if it succeeds, it counts."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if task.cancelled() or task.exception() is not None:
            raise
        return task.result()


def _look(content: memoryview) -> Inspection:
    try:
        return inspect(content)
    except Exception:  # noqa: BLE001 - a bug in looking must not cost the segment; it is stored, and the log has it
        _log.exception("a segment could not be looked into")
        return Inspection(
            container=sniff_container(bytes(content[:_HEAD_BYTES])), flaw="it could not be looked into"
        )


def _judge(seen: Inspection, wanted: SegmentFetch, attempt: Attempt) -> Verdict:
    verdict = judge(
        seen,
        announced_s=wanted.duration_s,
        framed=attempt.framed,
        slow=attempt.slow,
        media_bytes=attempt.media_bytes,
        # Of what another try can cure that is said; how long it is will be said then.
        target_s=None if attempt.broken or attempt.flaw is not None else wanted.target_duration_s,
    )
    if verdict.type is SegmentType.FULL and attempt.flaw is not None:
        return Verdict(type=SegmentType.SUSPECT, doubt=attempt.flaw)
    if attempt.broken:  # whatever it looks like, the source had not come to its end
        return Verdict(type=SegmentType.PARTIAL, doubt=verdict.doubt or "its download broke off")
    return verdict


def _facts(
    seen: Inspection, segment: Segment, size_bytes: int, wanted: SegmentFetch, located: Located
) -> SegmentFacts:
    """What the content tells, then what the source said of it."""
    facts = facts_of(seen, name=segment.name, size_bytes=size_bytes)
    return replace(
        facts,
        source_sequence=wanted.sequence,
        discontinuity=wanted.discontinuity,
        target_duration_s=wanted.target_duration_s,
        dating=wanted.dating,
        codecs=facts.codecs or located.codecs,
        width=facts.width or located.width,
        height=facts.height or located.height,
        frame_rate=facts.frame_rate or located.frame_rate,
        looked=INSPECTION_VERSION,
    )
