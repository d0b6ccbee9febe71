"""One channel in one quality: find the stream, follow its playlist, fetch what is new, for ever."""

from __future__ import annotations

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, StreamSource
from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import (
    InvalidInput,
    InvalidPlaylist,
    SourceDown,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    StoreUnavailable,
)
from longtake.core.hls.model import MasterPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.live import LiveState, Observation, observe
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.kit.tasks import Haste, TaskSet
from longtake.services.capture.fetching import SegmentFetcher, Urgency
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.report import RecorderReport, RecorderState

_POLL_FAILURES_UNTIL_ASKED_ANEW = 3
_FROZEN_UNTIL_ASKED_ANEW_S = 30
_NOTHING_KEPT_FOR_S = 15
_STOP_GRACE_S = 2.5
_MOST_IN_FLIGHT = 25_000
"""Half a day of 2 s segments; a source that makes up more, and fails them, must not fill the memory."""

_log = structlog.get_logger()


class Recorder:
    """Records one quality of one channel, from ``run`` until it is cancelled."""

    def __init__(
        self,
        channel: str,
        quality: str,
        source: StreamSource,
        *,
        store: SegmentStore,
        client: HttpClient,
        clock: Clock,
        report: RecorderReport,
        gate: DiskGate,
        haste: Haste | None = None,
    ) -> None:
        self.channel = channel
        self.quality = quality
        self.report = report
        self._source = source
        self._store = store
        self._client = client
        self._clock = clock
        self._gate = gate
        self._haste = haste
        self._state = LiveState()
        self._log = _log.bind(channel=channel, quality=quality)

    async def run(self) -> None:
        """Never returns by itself. Raises AlreadyRunning if another process records this, else only if cancelled.

        When cancelled, what is in flight has a few seconds to arrive; what does not is kept as partial.
        """
        backoff = Backoff(first_s=1, longest_s=20)
        while True:
            try:
                async with self._store.open_writer(self.channel, self.quality, "capture") as writer:
                    fetcher = SegmentFetcher(
                        self._client, writer, self.report, self._clock, self._gate, self._log
                    )
                    await self._record(fetcher)
            except StoreUnavailable as error:
                self._enter(RecorderState.PAUSED, str(error))
            await self._clock.sleep(backoff.next_delay_s())

    async def _record(self, fetcher: SegmentFetcher) -> None:
        fetches = TaskSet()
        backoff = Backoff(first_s=1, longest_s=20)
        try:
            while True:
                try:
                    located = await self._source.locate(self.quality)
                    self._warn_of_separate_audio(located)
                    await self._follow(located, fetcher, fetches, backoff)
                except (SourceRefused, InvalidInput) as error:
                    self._enter(RecorderState.REFUSED, str(error))
                except SourceError as error:
                    self._enter(RecorderState.WAITING, str(error))
                await self._clock.sleep(backoff.next_delay_s())
        finally:
            await fetches.drain(grace_s=_STOP_GRACE_S, haste=self._haste)

    async def _follow(
        self, located: Located, fetcher: SegmentFetcher, fetches: TaskSet, found: Backoff
    ) -> None:
        """Polls one media playlist until it ends, vanishes, or fails too often. Raises SourceError."""
        failures = Backoff(first_s=0.3, longest_s=4)
        while True:
            await self._wait_for_room()
            try:
                seen = await self._poll(located)
            except SourceUnreachable as error:
                delay_s = failures.next_delay_s()
                if failures.failures >= _POLL_FAILURES_UNTIL_ASKED_ANEW:
                    raise
                self.report.retried(str(error))
                await self._clock.sleep(delay_s)
                continue
            failures.reset()
            if seen.fetches:
                self.report.offered()
            urgency = Urgency.BACKLOG if seen.backlog else Urgency.LIVE
            for wanted in seen.fetches:
                if len(fetches) >= _MOST_IN_FLIGHT:
                    self.report.missed("the source offers more segments than can be fetched")
                    continue
                name = f"fetch {self.channel}/{self.quality} {wanted.sequence}"
                fetches.start(fetcher.fetch(wanted, located, urgency), name)
            if seen.ended:
                raise SourceDown("the stream has ended")
            if seen.frozen and seen.quiet_s > _FROZEN_UNTIL_ASKED_ANEW_S:
                raise SourceDown("the playlist brings nothing new: the stream stands still")
            self._show(seen, found)
            await self._clock.sleep(seen.next_poll_s)

    async def _poll(self, located: Located) -> Observation:
        answer = await self._client.get_text(located.url, headers=located.headers)
        try:
            playlist = parse_playlist(answer.text, answer.url)
        except InvalidPlaylist as error:
            raise SourceUnreachable(f"the source sent something that is no playlist: {error}") from error
        if isinstance(playlist, MasterPlaylist):
            raise SourceRefused("the source sent a master playlist where a media playlist was expected")
        seen = observe(self._state, playlist, now_us=self._clock.now_us())
        if seen.state.resets != self._state.resets:
            self._log.warning("the source began to count anew", media_sequence=playlist.media_sequence)
        self._state = seen.state
        return seen

    async def _wait_for_room(self) -> None:
        if not self._gate.is_open:
            self._enter(RecorderState.PAUSED, "the disk is nearly full: recording stops short of filling it")
            await self._gate.wait()

    def _show(self, seen: Observation, found: Backoff) -> None:
        if seen.encrypted_with is not None:
            self._enter(
                RecorderState.REFUSED,
                f"the stream is encrypted ({seen.encrypted_with}), which cannot be recorded yet",
            )
        elif self.report.disk_trouble is not None:
            self._enter(RecorderState.PAUSED, self.report.disk_trouble)
        elif seen.frozen:
            self._enter(RecorderState.WAITING, "the playlist brings nothing new: the stream stands still")
        elif self.report.kept_nothing_for_s() > _NOTHING_KEPT_FOR_S:
            self._enter(RecorderState.WAITING, f"segments do not come: {self.report.last_error or 'slowly'}")
        elif self.report.state is not RecorderState.REFUSED or seen.fetches:
            found.reset()
            self._enter(RecorderState.RECORDING)

    def _warn_of_separate_audio(self, located: Located) -> None:
        if located.separate_audio:
            self._log.warning("the stream's sound is a separate rendition, which is not recorded yet")

    def _enter(self, state: RecorderState, message: str | None = None) -> None:
        if self.report.enter(state, message):
            log = self._log.bind(reason=message) if message else self._log
            needs_people = state in (RecorderState.REFUSED, RecorderState.PAUSED)
            (log.warning if needs_people else log.info)(state.value)
