"""The addresses that a recorder follows: the one in use and, when that gets old, a candidate from a new look-up.

Addresses run out, and a new one may begin with ads that the old one does not show. So both are polled side by side, each
at its own pace, until the new one has shown something else. ``core.live`` knows entries again over sessions.

=============================  =========================  ====================================================
the one in use                 the candidate              what is done
=============================  =========================  ====================================================
there is none                  none                       a look-up, then its playlist: the answer is theirs
works                          none                       it is polled alone
is old enough to be renewed,   none                       a look-up beside it; of the candidate that comes of it
or stands still                                           the playlist is asked for
works                          tells the same address     the one in use counts as renewed
works                          shows content              takes over before the next poll
works                          shows only ads             both are polled; after ten minutes it is dropped
works                          fails for good, or its     it is dropped, and another is tried later: after 5 s,
                               look-up does               twice as long each time, at most every ten minutes
is gone or refused             has a playlist             takes over at once, in the same poll
has ended, or fails for long   has a playlist             takes over before the next poll
is gone, has ended, or fails   has none yet               the next poll waits for its look-up, whose answer counts
the same                       none                       the next poll begins with a look-up
=============================  =========================  ====================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.core.errors import InvalidInput, SourceError
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, PollFailure
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.kit.tasks import TaskSet
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.polling import PlaylistSession, as_failure, is_at_same_place

_SPREAD = 0.05
"""By so much of its age an address may be renewed sooner, so that many do not ask in the same moment."""
_PROVES_WITHIN_S = 600.0
_FAILURES_UNTIL_DROPPED = 3
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 600.0
_SHORTEST_POLL_S, _LONGEST_POLL_S = 1.0, 5.0
_LOOK_UP_SHARED_S = 60.0
"""A look-up that is older than this is not taken for a new one, also if nobody has used it."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Candidate:
    """A session that has yet to prove itself. ``found`` is it, or why the look-up failed; ``is_listed``: it has a playlist."""

    found: asyncio.Future[PlaylistSession | PollFailure] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    is_listed: bool = False
    is_proven: bool = False


class Sessions:
    """What one recorder follows. ``on_looked_up`` is told the outcome of each look-up that it had."""

    def __init__(
        self,
        lookup: ChannelLookup,
        quality: str,
        client: HttpClient,
        clock: Clock,
        log: structlog.typing.FilteringBoundLogger,
        *,
        jitter: Callable[[], float],
        renew_after_s: float | None = None,
        on_looked_up: Callable[[Located | PollFailure], None] = lambda outcome: None,
    ) -> None:
        self._lookup = lookup
        self._quality = quality
        self._client = client
        self._clock = clock
        self._log = log
        self._jitter = jitter
        self._renew_after_s = renew_after_s
        self._on_looked_up = on_looked_up
        self._used: PlaylistSession | None = None
        self._candidate: _Candidate | None = None
        self._asked_s = float("-inf")
        self._renew_s: float | None = None
        self._pauses = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S, random=jitter)
        self._tasks = TaskSet()

    @property
    def used(self) -> PlaylistSession | None:
        """The session in use, as far as there is one."""
        return self._used

    @property
    def text(self) -> str:
        """The last playlist of the session in use, as it was sent."""
        used = self.used
        return "" if used is None else used.text

    @property
    def renew_s(self) -> float | None:
        """When the next candidate is due. Monotonic seconds."""
        return self._renew_s

    async def poll(
        self, *, wait_for: int | None = None, may_skip: bool = False
    ) -> MediaPlaylist | PollFailure:
        """Raises nothing of the source. The wishes are for an answer like the last one: see ``PlaylistSession``."""
        self._see_to_renewal()
        if self._used is None and (failure := await self._begin()) is not None:
            return failure
        assert self._used is not None  # noqa: S101 - there is one, or a failure
        answer = await self._used.poll(wait_for=wait_for, may_skip=may_skip)
        if _is_over(answer) and self._take_over():
            return await self._used.poll()
        return answer

    def ask_anew(self, *, works: bool) -> bool:
        """The address in use may not do any more; if it ``works``, it is used until another does. True if another does."""
        if works:
            if self._candidate is None:
                self._begin_candidate()
            return False
        if self._take_over():
            return True
        self._used = self._renew_s = None
        return False

    async def close(self) -> None:
        """Ends what runs beside the polls. May be called again."""
        self._candidate = None
        await self._tasks.drain(grace_s=0)

    def _see_to_renewal(self) -> None:
        candidate = self._candidate
        if candidate is not None:
            if candidate.is_proven:
                self._take_over()
        elif self._renew_s is not None and self._clock.monotonic_s() >= self._renew_s:
            self._begin_candidate()

    async def _begin(self) -> PollFailure | None:
        """A first session, or another after one that failed. A failure says why there is none."""
        candidate = self._candidate
        try:
            found = await (asyncio.shield(candidate.found) if candidate is not None else self._look_up())
        finally:
            self._candidate = None
        if isinstance(found, PollFailure):
            return found
        self._use(found)
        return None

    def _use(self, session: PlaylistSession) -> None:
        self._used, self._candidate = session, None
        self._pauses.reset()
        self._plan_renewal(session)

    def _plan_renewal(self, session: PlaylistSession) -> None:
        age_s = self._renew_after_s or session.located.max_age_s
        spread = 1 - _SPREAD * self._jitter()
        self._renew_s = None if age_s is None else session.asked_s + age_s * spread

    def _take_over(self) -> bool:
        """By the candidate, if there is one with a playlist."""
        candidate = self._candidate
        if candidate is None or not candidate.is_listed:
            return False
        session = candidate.found.result()
        assert isinstance(session, PlaylistSession)  # noqa: S101 - whoever has a playlist was found
        self._log.info("goes on at the new address of the stream", proven=candidate.is_proven)
        self._use(session)
        return True

    def _begin_candidate(self) -> None:
        candidate = self._candidate = _Candidate()
        self._tasks.start(self._prove(candidate), f"new address for {self._quality}")

    async def _look_up(self) -> PlaylistSession | PollFailure:
        since_s = max(self._asked_s, self._clock.monotonic_s() - _LOOK_UP_SHARED_S)
        try:
            located, self._asked_s = await self._lookup.locate(self._quality, since_s=since_s)
        except (SourceError, InvalidInput) as error:
            self._asked_s = self._lookup.asked_s or since_s
            failure = as_failure(error)
            self._on_looked_up(failure)
            return failure
        self._on_looked_up(located)
        return PlaylistSession(located, self._client, asked_s=self._asked_s)

    async def _prove(self, candidate: _Candidate) -> None:
        """Beside the polls of the one in use, until the candidate has shown content or is given up."""
        reason: str | None = "longtake made a mistake; the log has the details"
        try:
            reason = await self._reason_against(candidate)
        finally:
            if reason is not None:
                self._drop(candidate, reason)
            if not candidate.found.done():
                candidate.found.set_result(PollFailure(kind=FailureKind.UNREACHABLE, reason=reason or ""))

    async def _reason_against(self, candidate: _Candidate) -> str | None:
        """None if it has proven itself, or needs no more proof."""
        found = await self._look_up()
        candidate.found.set_result(found)
        if isinstance(found, PollFailure):
            return found.reason
        used = self._used
        if used is not None and is_at_same_place(used.located, found.located):
            used.located, used.asked_s = found.located, found.asked_s
            self._use(used)
            return None
        return await self._watch(candidate, found)

    async def _watch(self, candidate: _Candidate, session: PlaylistSession) -> str | None:
        """None once it has shown content, or is a candidate no more; else why it does not do."""
        began_s, failures = self._clock.monotonic_s(), 0
        while self._candidate is candidate:
            answer = await session.poll()
            if isinstance(answer, PollFailure):
                failures += 1
                if _is_over(answer) or failures == _FAILURES_UNTIL_DROPPED:
                    return answer.reason
            elif answer.ended:
                return "the stream has ended there"
            else:
                failures, candidate.is_listed = 0, True
                if _shows_content(answer):
                    candidate.is_proven = True
                    return None
            if self._clock.monotonic_s() - began_s > _PROVES_WITHIN_S:
                return "it shows nothing but ads"
            await self._clock.sleep(_pause_s(answer))
        return None

    def _drop(self, candidate: _Candidate, reason: str) -> None:
        """Another is tried later. Does nothing if it is a candidate no more."""
        if self._candidate is not candidate:
            return
        self._candidate = None
        if self._used is not None:
            self._log.info("the stream has no new address that works; the old one is used", reason=reason)
            self._renew_s = self._clock.monotonic_s() + self._pauses.next_delay_s()


def _is_over(answer: MediaPlaylist | PollFailure) -> bool:
    """The address will not do any more: it is gone, or refused."""
    return isinstance(answer, PollFailure) and answer.kind in (FailureKind.GONE, FailureKind.REFUSED)


def _shows_content(playlist: MediaPlaylist) -> bool:
    return any(segment.ad is None and not segment.gap for segment in playlist.segments)


def _pause_s(answer: MediaPlaylist | PollFailure) -> float:
    target_s = answer.target_duration_s if isinstance(answer, MediaPlaylist) else 0
    return max(_SHORTEST_POLL_S, min(_LONGEST_POLL_S, target_s / 2))
