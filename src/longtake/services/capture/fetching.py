"""From a segment in a playlist to a durable file: download, retry, keep.

====================================  ==========================================================
what happens                          what is done
====================================  ==========================================================
a full one is here already            nothing
the body ends as it should            kept: full, or suspect if slow or empty
the body breaks off, no answer, 5xx   tried again with back-off; the longest attempt is held
404, 403, or out of time or tries     the longest attempt is kept as partial; counted as missed
the disk fails                        tried again with back-off; the recorder shows it
stop                                  what is there of the body is kept as partial
====================================  ==========================================================
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.adapters.store.interface import IncomingSegment, SegmentWriter
from longtake.core.errors import (
    InvalidInput,
    LongtakeError,
    SourceDown,
    SourceRefused,
    SourceUnreachable,
    StoreUnavailable,
)
from longtake.core.facts import SegmentFacts, sniff_container
from longtake.core.live import SegmentFetch
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import format_us
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.services.capture.init_sections import InitSections
from longtake.services.capture.report import RecorderReport

SUSPECT_AFTER_S = 59
"""A download that took so long is not trusted (as older nodes have it: CDNs end such answers without a word)."""
GIVE_UP_AFTER_S = 300

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """An unfinished download: what came, and how much of it was media rather than init section."""

    incoming: IncomingSegment
    media_bytes: int


class SegmentFetcher:
    """Fetches the segments of one recorder. Init sections are fetched once per URL and prefixed to each segment."""

    def __init__(
        self, client: HttpClient, writer: SegmentWriter, report: RecorderReport, clock: Clock
    ) -> None:
        self._client = client
        self._writer = writer
        self._report = report
        self._clock = clock
        self._inits = InitSections(client)

    async def fetch(self, wanted: SegmentFetch, located: Located) -> None:
        """Sees one segment through to a file, or to being given up. Raises nothing but cancellation."""
        job = _Job(wanted, located, self._client, self._writer, self._report, self._clock, self._inits)
        try:
            if not await self._writer.has_full(start_us=wanted.start_us, duration_s=wanted.duration_s):
                await job.run()
        except LongtakeError as error:
            self._report.missed(str(error))
            _log.warning("segment lost", start=format_us(wanted.start_us), reason=str(error))


class _Job:
    def __init__(
        self,
        wanted: SegmentFetch,
        located: Located,
        client: HttpClient,
        writer: SegmentWriter,
        report: RecorderReport,
        clock: Clock,
        inits: InitSections,
    ) -> None:
        self._wanted = wanted
        self._located = located
        self._client = client
        self._writer = writer
        self._report = report
        self._clock = clock
        self._inits = inits
        self._best: _Attempt | None = None

    async def run(self) -> None:
        """Attempts until one succeeds or no more will. Raises LongtakeError for a segment that is lost."""
        backoff = Backoff(first_s=0.5, longest_s=8)
        give_up_s = self._clock.monotonic_s() + GIVE_UP_AFTER_S
        try:
            while True:
                try:
                    await self._attempt()
                    return
                except (SourceUnreachable, StoreUnavailable) as error:
                    if self._clock.monotonic_s() >= give_up_s:
                        raise
                    self._note_retry(error)
                await self._clock.sleep(backoff.next_delay_s())
        except (LongtakeError, asyncio.CancelledError):
            await asyncio.shield(self._keep_best())
            raise

    def _note_retry(self, error: LongtakeError) -> None:
        self._report.retried(str(error))
        if isinstance(error, StoreUnavailable):
            if self._report.disk_trouble is None:
                _log.error("the disk does not take segments; tried again and again", reason=str(error))
            self._report.disk_trouble = str(error)

    async def _attempt(self) -> None:
        began_s = self._clock.monotonic_s()
        init = await self._inits.get(self._wanted.init, self._located.headers) if self._wanted.init else b""
        incoming = self._writer.begin()
        media_bytes = 0
        try:
            if init:
                await incoming.add(init)
            async with self._client.get_body(
                self._wanted.uri, byte_range=self._wanted.byte_range, headers=self._located.headers
            ) as body:
                async for chunk in body:
                    await incoming.add(chunk)
                    media_bytes += len(chunk)
        except (SourceDown, SourceRefused, SourceUnreachable, InvalidInput, asyncio.CancelledError):
            await self._hold(_Attempt(incoming=incoming, media_bytes=media_bytes))
            raise
        except BaseException:
            await incoming.discard()
            raise
        slow = self._clock.monotonic_s() - began_s >= SUSPECT_AFTER_S
        trusted = media_bytes > 0 and not slow
        await self._keep(incoming, SegmentType.FULL if trusted else SegmentType.SUSPECT, len(init))
        await self._drop_best()

    async def _hold(self, attempt: _Attempt) -> None:
        """Of the broken attempts, the longest is worth keeping."""
        worse = attempt
        if attempt.media_bytes > (self._best.media_bytes if self._best else 0):
            worse_one, self._best = self._best, attempt
            if worse_one is None:
                return
            worse = worse_one
        await worse.incoming.discard()

    async def _drop_best(self) -> None:
        if self._best is not None:
            await self._best.incoming.discard()
            self._best = None

    async def _keep_best(self) -> None:
        if self._best is not None:
            init_bytes = self._best.incoming.size_bytes - self._best.media_bytes
            await self._keep(self._best.incoming, SegmentType.PARTIAL, init_bytes)
            self._best = None

    async def _keep(self, incoming: IncomingSegment, segment_type: SegmentType, init_bytes: int) -> None:
        def describe(segment: Segment, size_bytes: int, head: bytes) -> SegmentFacts:
            return replace(
                _facts(self._wanted, self._located, segment, size_bytes, head, self._clock.now_us()),
                init_bytes=init_bytes or None,
            )

        segment = await incoming.keep(
            start_us=self._wanted.start_us,
            duration_s=self._wanted.duration_s,
            type=segment_type,
            describe=describe,
        )
        self._report.kept(segment, incoming.size_bytes)


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
