"""One unit of work: passes over one quality, or one extra folder, of one peer, again and again.

Each has an error handling and a back-off of its own: whatever goes wrong in one stops no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from longtake.core.errors import (
    AlreadyRunning,
    LongtakeError,
    SourceError,
    SourceUnreachable,
    StoreUnavailable,
)
from longtake.kit.backoff import Backoff
from longtake.services.replicate.pulling import failure_of
from longtake.services.replicate.report import Failure, PeerState
from longtake.services.replicate.tools import PeerTools

_FIRST_S, _LONGEST_S = 5, 80
_OLDER_EVERY_S = 120
"""A pass over an older node costs it a request for each hour that is due."""

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Unit:
    """``once`` is one pass. ``name`` is for people: ``CHANNEL/QUALITY``."""

    peer: PeerTools
    name: str
    once: Callable[[], Awaitable[None]]
    _told: str | None = None
    _backoff: Backoff = field(default_factory=lambda: Backoff(first_s=_FIRST_S, longest_s=_LONGEST_S))

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.peer.tools.clock.sleep(await self.attempt())

    async def attempt(self) -> float:
        """One pass, whatever happens; in how many seconds the next is due."""
        clock, report = self.peer.tools.clock, self.peer.report
        began_s = clock.monotonic_s()
        try:
            await self.once()
        except LongtakeError as error:
            self._note(error)
            return self._backoff.next_delay_s()
        except Exception as error:  # noqa: BLE001 - the task's boundary: a bug met in one quality leaves the others alone
            _log.exception("replication failed by a bug", peer=report.peer.name, unit=self.name)
            report.trouble(self.name, PeerState.REFUSED, f"{self.name}: {type(error).__name__}, see the log")
            report.failed(Failure.BUG)
            return self._backoff.next_delay_s()
        self._backoff.reset()
        self._told = None
        report.well(self.name)
        report.passed(clock.monotonic_s() - began_s)
        return self._pause_s()

    def _pause_s(self) -> float:
        every_s = self.peer.tools.rules.every_s
        usual_s = every_s if self.peer.is_ours else max(every_s, _OLDER_EVERY_S)
        return Backoff(first_s=usual_s, longest_s=usual_s).next_delay_s()  # with its jitter

    def _note(self, error: LongtakeError) -> None:
        """The log has it once, until it is another trouble or all is well again."""
        report, reason = self.peer.report, str(error)
        log = _log.bind(peer=report.peer.name, unit=self.name, reason=reason)
        is_new, self._told = error.told != self._told, error.told  # without the file that it was met at
        if isinstance(error, SourceError):
            unreachable = isinstance(error, SourceUnreachable)
            state = PeerState.UNREACHABLE if unreachable else PeerState.REFUSED
            report.trouble(self.name, state, reason)
            report.failed(failure_of(error))
            say = log.warning if is_new else log.debug
            say("a peer does not give what it has")
            return
        report.own_trouble(self.name, reason)
        report.failed(Failure.OWN_DISK if isinstance(error, StoreUnavailable) else _own(error))
        say = log.error if is_new else log.debug
        say("what peers have cannot be taken")


def _own(error: LongtakeError) -> Failure:
    return Failure.BUSY if isinstance(error, AlreadyRunning) else Failure.BUG
