"""One channel in one quality: follow its playlist, fetch what is new, for ever. ``core.live`` decides."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, LocatedAudio
from longtake.adapters.store.interface import SegmentStore, SegmentWriter
from longtake.core.errors import StoreUnavailable
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, LivePolicy, LiveState, Observation, PollFailure, observe
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.kit.slots import PrioritySlots
from longtake.kit.tasks import Haste, TaskSet
from longtake.services.capture.fetching import OTHERS_AT_ONCE, SegmentFetcher
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.history import PlaylistHistory
from longtake.services.capture.job import Urgency
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.memory import LiveMemory
from longtake.services.capture.report import Missed, RecorderReport, RecorderState
from longtake.services.capture.sessions import Sessions

_NOTHING_KEPT_FOR_S = 15
_STOP_GRACE_S = 10
_REMEMBERS_WITHIN_S = 0.5
_POLLED_WITHOUT_ROOM_S = 60
"""So long after the disk failed, what is offered is still queued: sources keep segments a little longer than they list
them."""

_IMPORTANT_ABSENT_S = 5.0
_SOUND_MISSED_FOR_S = 15
"""Sound that comes apart begins a little later than the pictures; that is not worth a warning."""

_STATE_OF = {
    FailureKind.GONE: RecorderState.DOWN,
    FailureKind.REFUSED: RecorderState.REFUSED,
    FailureKind.NO_PLAYLIST: RecorderState.REFUSED,
    FailureKind.UNREACHABLE: RecorderState.UNREACHABLE,
}
_STATE_WITHOUT_SEGMENTS = {
    Missed.REFUSED: (RecorderState.REFUSED, "segments are refused"),
    Missed.UNREACHABLE: (RecorderState.UNREACHABLE, "segments cannot be reached"),
}

OnAudio = Callable[[str, tuple[LocatedAudio, ...]], None]
"""(quality, its separate sound)."""

_log = structlog.get_logger()


class Recorder:
    """Records one quality of one channel, from ``run`` until it is cancelled.

    ``places``: of all that is asked of the source at a time. ``renew_after_s``: ask for a new address after so long, else
    when the source says. ``history``: playlists kept with each segment. ``disk``: its name, for the status. ``on_audio`` is
    told where the sound is, each time that a look-up shows it apart from the pictures.
    """

    def __init__(
        self,
        channel: str,
        quality: str,
        lookup: ChannelLookup,
        *,
        store: SegmentStore,
        client: HttpClient,
        clock: Clock,
        report: RecorderReport,
        gate: DiskGate,
        haste: Haste | None = None,
        others_at_once: int = OTHERS_AT_ONCE,
        places: PrioritySlots | None = None,
        policy: LivePolicy = LivePolicy(),  # noqa: B008 - frozen
        important: bool = False,
        renew_after_s: float | None = None,
        history: int = 0,
        disk: str | None = None,
        on_audio: OnAudio | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.channel = channel
        self.quality = quality
        self.report = report
        self.sound: Callable[[], RecorderReport | None] = lambda: None
        """Tells the account of whoever records the sound of these pictures, should it come apart."""
        self._log = _log.bind(channel=channel, quality=quality)
        self._lookup = lookup
        self._sessions = Sessions(
            lookup,
            quality,
            client,
            clock,
            self._log,
            jitter=jitter,
            renew_after_s=renew_after_s,
            on_looked_up=self._looked_up,
        )
        self._store = store
        self._client = client
        self._clock = clock
        self._gate = gate
        gate.on_closed = self._say_that_it_pauses
        self._haste = haste
        self._others_at_once = others_at_once
        self._fetcher: SegmentFetcher | None = None
        self._places = places
        self._policy = replace(policy, longest_absent_s=_IMPORTANT_ABSENT_S) if important else policy
        self._on_audio = on_audio
        self._jitter = jitter
        self._state: LiveState | None = None
        self._no_room_since_s: float | None = None
        self._history = history
        self._is_unreadable = False
        """What came last was encrypted."""
        self._sound_missed_since_s: float | None = None
        self._sound_said: str | None = None
        report.describe(source=lookup.kind, important=important, disk=disk)

    async def run(self) -> None:
        """Never returns by itself. Raises AlreadyRunning if another process records this, else only if cancelled.

        When cancelled, what is in flight has ten seconds to arrive; what does not is kept as partial.
        """
        backoff = Backoff(first_s=1, longest_s=20)
        while True:
            try:
                async with self._store.open_writer(self.channel, self.quality, "capture") as writer:
                    await self._record(writer)
            except StoreUnavailable as error:
                self._enter(RecorderState.PAUSED, str(error))
            await self._clock.sleep(backoff.next_delay_s())

    def allow_others(self, count: int) -> None:
        """So many segments at a time, from now on, that did not just appear."""
        self._others_at_once = count
        if self._fetcher is not None:
            self._fetcher.allow_others(count)

    def forget(self) -> None:
        """What was seen so far: whoever stumbled over it would again. What is stored is not fetched again."""
        self._state = None

    async def _record(self, writer: SegmentWriter) -> None:
        fetcher = self._fetcher = SegmentFetcher(
            self._client,
            writer,
            self.report,
            self._clock,
            self._gate,
            self._log,
            self._haste,
            others=self._others_at_once,
            places=self._places,
        )
        memory, ends = LiveMemory(writer, self._clock, self._log), TaskSet()
        history = PlaylistHistory(writer, self._history, self._log)
        state = self._state or await memory.recall()
        seen: Observation | None = None
        try:
            while True:
                await self._wait_for_room()
                answer = await self._poll(seen)
                seen = observe(
                    state,
                    answer,
                    now_us=self._clock.now_us(),
                    jitter=self._jitter(),
                    policy=self._policy,
                )
                self._note(state, seen, answer)
                state = self._state = seen.state
                self._fetch(seen, fetcher)
                history.note(self._sessions.text, seen.fetches)
                if seen.remember:
                    memory.note(state)
                self._show(seen, answer)
                await self._clock.sleep(seen.next_poll_s)
        finally:
            ends.start(memory.close(state), "remember times")
            ends.start(history.close(), "keep playlists")
            ends.start(self._sessions.close(), "end new addresses")
            await fetcher.stop(grace_s=_STOP_GRACE_S)
            await ends.drain(grace_s=_REMEMBERS_WITHIN_S)

    async def _poll(self, before: Observation | None) -> MediaPlaylist | PollFailure:
        if before is None:
            return await self._sessions.poll()
        return await self._sessions.poll(wait_for=before.wait_for, may_skip=before.may_skip)

    def _looked_up(self, outcome: Located | PollFailure) -> None:
        self.report.looked_up(outcome)
        if isinstance(outcome, PollFailure):
            return
        self.report.describe(source=self._lookup.kind)
        if outcome.audio and self._on_audio is not None:
            self._on_audio(self.quality, outcome.audio)

    def _note(self, before: LiveState, seen: Observation, answer: MediaPlaylist | PollFailure) -> None:
        """What is worth a word in the log or the account."""
        after = seen.state
        if after.resets != before.resets and isinstance(answer, MediaPlaylist):
            self._log.warning("the source began to count anew", media_sequence=answer.media_sequence)
        if (gaps := after.gaps_announced - before.gaps_announced) > 0:
            self._log.warning("the source announces a gap", segments=gaps)
        self.report.polled(before, seen, answer)

    def _fetch(self, seen: Observation, fetcher: SegmentFetcher) -> None:
        session = self._sessions.used
        if not seen.fetches or session is None:
            return
        self.report.offered()
        urgency = Urgency.BACKLOG if seen.backlog else Urgency.LIVE
        for wanted in seen.fetches:
            fetcher.start(wanted, session.located, urgency)

    async def _wait_for_room(self) -> None:
        """For a while polls go on without room, so that nothing is missed that can still be had when there is some."""
        if self._gate.is_open:
            self._no_room_since_s = None
            return
        now_s = self._clock.monotonic_s()
        self._no_room_since_s = self._no_room_since_s or now_s
        self._say_that_it_pauses()
        if now_s - self._no_room_since_s > _POLLED_WITHOUT_ROOM_S:
            await self._gate.wait()

    def _show(self, seen: Observation, answer: MediaPlaylist | PollFailure) -> None:
        failed = isinstance(answer, PollFailure)
        goes_on = seen.ask_anew is not None and self._sessions.ask_anew(works=not (failed or seen.ended))
        self.report.renew_s = self._sessions.renew_s
        if not self._gate.is_open:
            self._say_that_it_pauses()
        elif goes_on:
            return  # at another address; what it has is known in a moment
        elif isinstance(answer, PollFailure):
            if seen.ask_anew is not None:
                self._enter(_STATE_OF[answer.kind], seen.ask_anew)
        else:
            self._show_playlist(seen)

    def _show_playlist(self, seen: Observation) -> None:
        """The state that a playlist makes, the worst of it."""
        self._is_unreadable = seen.encrypted_with is not None or (self._is_unreadable and not seen.fetches)
        if seen.encrypted_with is not None:
            reason = f"the stream is encrypted with {seen.encrypted_with}"
            self._enter(
                RecorderState.REFUSED,
                f"{reason}, which no recorder without its key system can read (AES-128 can be read)",
            )
        elif self.report.disk_trouble is not None:
            self._enter(RecorderState.PAUSED, self.report.disk_trouble)
        elif seen.ended:
            self._enter(RecorderState.DOWN, "the stream has ended")
        elif seen.frozen:
            self._enter(RecorderState.DOWN, "the playlist brings nothing new: the stream stands still")
        elif self.report.kept_nothing_for_s() > _NOTHING_KEPT_FOR_S:
            self._enter(*self._why_nothing_comes())
        elif not self._is_unreadable:
            self._enter(RecorderState.RECORDING, self._word_on_sound())

    def _why_nothing_comes(self) -> tuple[RecorderState, str]:
        error, failed = self.report.last_error, self.report.last_failure
        state, words = (RecorderState.STALLED, "segments do not come")
        if failed is not None:
            state, words = _STATE_WITHOUT_SEGMENTS.get(failed, (state, words))
        return state, "segments come too slowly" if error is None else f"{words}: {error}"

    def _word_on_sound(self) -> str | None:
        """What there is to say while the pictures come in, and their sound, which is apart, does not."""
        session = self._sessions.used
        if session is None or not session.located.audio:
            return None
        sound = self.sound()
        if sound is not None and sound.state is RecorderState.RECORDING:
            self._sound_missed_since_s = self._sound_said = None
            return None
        word = f"its sound comes apart and is {_missing(sound)}"
        now_s = self._clock.monotonic_s()
        if self._sound_missed_since_s is None:
            self._sound_missed_since_s = now_s
        elif now_s - self._sound_missed_since_s > _SOUND_MISSED_FOR_S and word != self._sound_said:
            self._sound_said = word
            self._log.warning("the pictures are recorded without their sound", reason=word)
        return word

    def _say_that_it_pauses(self) -> None:
        self._enter(RecorderState.PAUSED, self._gate.reason)

    def _enter(self, state: RecorderState, message: str | None = None) -> None:
        if self.report.enter(state, message):
            log = self._log.bind(reason=message) if message else self._log
            needs_people = state in (RecorderState.REFUSED, RecorderState.PAUSED)
            (log.warning if needs_people else log.info)(state.value)


def _missing(sound: RecorderReport | None) -> str:
    if sound is None:
        return "not recorded"
    return f"{sound.state.value}: {sound.message}" if sound.message else sound.state.value
