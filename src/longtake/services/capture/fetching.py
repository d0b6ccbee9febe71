"""From a segment in a playlist to a durable file: download, retry, keep.

====================================  ==========================================================
what happens                          what is done
====================================  ==========================================================
a full one is here already            nothing
the body ends as it should            kept: full, or suspect if slow or empty
the body breaks off, no answer, 5xx   tried again with back-off; the longest attempt is held
404                                   tried again for three target durations: edges of CDNs lag behind playlists
still 404, 403, too big, out of time  the longest attempt is kept as partial; counted as missed
the disk fails or has no room         tried again with back-off; the recorder shows it
stop                                  what is there of the body is kept as partial
====================================  ==========================================================

Slots are held by attempts, not by segments: segments that fail must not keep those from being fetched that would not.
What just appeared goes first, then what the playlist held at first sight, then what failed before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import IntEnum

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.adapters.store.interface import IncomingSegment, SegmentWriter
from longtake.core.errors import (
    LongtakeError,
    SourceDown,
    SourceRefused,
    SourceUnreachable,
    StoreUnavailable,
)
from longtake.core.facts import SegmentFacts, sniff_container
from longtake.core.live import SegmentFetch
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import format_us
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.kit.slots import PrioritySlots
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.init_sections import InitSections
from longtake.services.capture.report import RecorderReport

FETCHES_AT_ONCE = 8
SUSPECT_AFTER_S = 59
"""A download that took so long is not trusted (as older nodes have it: CDNs end such answers without a word)."""
GIVE_UP_AFTER_S = 300
LARGEST_SEGMENT_BYTES = 1 << 30
_HEAD_BYTES = 4096


class Urgency(IntEnum):
    """Whose turn it is when slots are scarce."""

    LIVE = 0
    BACKLOG = 1
    RETRY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """An unfinished download: what came, and how much of it was media rather than init section."""

    incoming: IncomingSegment
    media_bytes: int


@dataclass(slots=True, kw_only=True)
class _Job:
    """One segment on its way. ``best`` is the longest of the attempts that broke off."""

    wanted: SegmentFetch
    located: Located
    looked: bool = False
    best: _Attempt | None = None


class SegmentFetcher:
    """Fetches the segments of one recorder. Init sections are fetched once and prefixed to each segment."""

    def __init__(
        self,
        client: HttpClient,
        writer: SegmentWriter,
        report: RecorderReport,
        clock: Clock,
        gate: DiskGate,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._writer = writer
        self._report = report
        self._clock = clock
        self._gate = gate
        self._log = log
        self._inits = InitSections(client)
        self._slots = PrioritySlots(FETCHES_AT_ONCE)

    async def fetch(self, wanted: SegmentFetch, located: Located, urgency: Urgency) -> None:
        """Sees one segment through to a file, or to being given up. Raises nothing but cancellation."""
        job = _Job(wanted=wanted, located=located)
        try:
            await self._until_kept(job, urgency)
        except LongtakeError as error:
            self._lost(wanted, str(error))
        except Exception:  # noqa: BLE001 - a bug costs this one segment, and is logged
            self._log.exception("segment lost by a bug", start=format_us(wanted.start_us))
            self._lost(wanted, "longtake made a mistake; the log has the details")

    def _lost(self, wanted: SegmentFetch, reason: str) -> None:
        self._report.missed(reason)
        self._log.warning("segment lost", start=format_us(wanted.start_us), reason=reason)

    async def _until_kept(self, job: _Job, urgency: Urgency) -> None:
        """Attempts until one succeeds or no more will. Raises LongtakeError for a segment that is lost."""
        backoff = Backoff(first_s=0.5, longest_s=8)
        began_s = self._clock.monotonic_s()
        try:
            while True:
                try:
                    async with self._slots.slot(urgency):
                        await self._attempt(job)
                    return
                except (SourceUnreachable, SourceDown, StoreUnavailable) as error:
                    if self._clock.monotonic_s() - began_s >= _patience_s(error, job.wanted):
                        raise
                    self._note_retry(error)
                urgency = Urgency.RETRY
                await self._clock.sleep(backoff.next_delay_s())
        except (LongtakeError, asyncio.CancelledError):
            await asyncio.shield(self._keep_best(job))
            raise

    def _note_retry(self, error: LongtakeError) -> None:
        self._report.retried(str(error))
        if isinstance(error, StoreUnavailable):
            if self._report.disk_trouble is None:
                self._log.error("the disk does not take segments; tried again and again", reason=str(error))
            self._report.disk_trouble = str(error)

    async def _attempt(self, job: _Job) -> None:
        wanted = job.wanted
        await self._gate.wait()
        # Looked for once: after a failed sync the file of the attempt before is there, and yet not durable.
        if not job.looked and await self._writer.has_full(
            start_us=wanted.start_us, duration_s=wanted.duration_s
        ):
            self._report.had()
            return
        job.looked = True
        began_s = self._clock.monotonic_s()
        init = await self._init(job)
        incoming = self._writer.begin()
        try:
            await incoming.add(init)
            await self._download(job, incoming)
        except (LongtakeError, asyncio.CancelledError):
            await _hold(job, _Attempt(incoming=incoming, media_bytes=incoming.size_bytes - len(init)))
            raise
        except BaseException:
            await incoming.discard()
            raise
        slow = self._clock.monotonic_s() - began_s >= SUSPECT_AFTER_S
        trusted = incoming.size_bytes > len(init) and not slow
        await self._keep(job, incoming, SegmentType.FULL if trusted else SegmentType.SUSPECT, len(init))
        await _drop_best(job)

    async def _init(self, job: _Job) -> bytes:
        wanted = job.wanted
        if wanted.init is None:
            return b""
        return await self._inits.get(wanted.init, wanted.epoch, job.located.headers)

    async def _download(self, job: _Job, incoming: IncomingSegment) -> None:
        async with self._client.get_body(
            job.wanted.uri, byte_range=job.wanted.byte_range, headers=job.located.headers
        ) as body:
            async for chunk in body:
                if not self._gate.is_open:
                    raise StoreUnavailable("the disk is nearly full")
                await incoming.add(chunk)
                if incoming.size_bytes > LARGEST_SEGMENT_BYTES:
                    raise SourceRefused(f"a segment of over {LARGEST_SEGMENT_BYTES >> 20} MiB is refused")

    async def _keep_best(self, job: _Job) -> None:
        if job.best is None:
            return
        incoming, media_bytes, job.best = job.best.incoming, job.best.media_bytes, None
        try:
            await self._keep(job, incoming, SegmentType.PARTIAL, incoming.size_bytes - media_bytes)
        except StoreUnavailable as error:
            self._log.warning("part of a segment lost", reason=str(error))

    async def _keep(
        self, job: _Job, incoming: IncomingSegment, segment_type: SegmentType, init_bytes: int
    ) -> None:
        def settle(content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
            segment = named_segment(
                start_us=job.wanted.start_us,
                duration_s=job.wanted.duration_s,
                type=segment_type,
                digest=digest,
            )
            head = bytes(content[:_HEAD_BYTES])
            facts = _facts(job.wanted, job.located, segment, len(content), head, self._clock.now_us())
            return segment, replace(facts, init_bytes=init_bytes or None)

        segment = await incoming.keep(settle)
        self._report.kept(segment, incoming.size_bytes)


def _patience_s(error: LongtakeError, wanted: SegmentFetch) -> float:
    if isinstance(error, SourceDown):
        return float(min(GIVE_UP_AFTER_S, max(3, 3 * wanted.target_duration_s)))
    return GIVE_UP_AFTER_S


async def _hold(job: _Job, attempt: _Attempt) -> None:
    """Of the attempts that broke off, the longest is worth keeping."""
    longest = job.best.media_bytes if job.best else 0
    worse: _Attempt | None = attempt
    if attempt.media_bytes > longest:
        worse, job.best = job.best, attempt
    if worse is not None:
        await worse.incoming.discard()


async def _drop_best(job: _Job) -> None:
    if job.best is not None:
        await job.best.incoming.discard()
        job.best = None


def _facts(
    wanted: SegmentFetch, located: Located, segment: Segment, size_bytes: int, head: bytes, now_us: int
) -> SegmentFacts:
    """What is known of a segment without looking far into it."""
    return SegmentFacts(
        name=segment.name,
        size_bytes=size_bytes,
        container=sniff_container(head),
        source_sequence=wanted.sequence,
        discontinuity=wanted.discontinuity,
        target_duration_s=wanted.target_duration_s,
        dating=wanted.dating,
        codecs=located.codecs,
        width=located.width,
        height=located.height,
        frame_rate=located.frame_rate,
        recorded_us=now_us,
        verified_us=now_us,
    )
