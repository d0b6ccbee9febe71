"""One extra folder of one peer: files that are not here are pulled; what is here is never replaced."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from longtake.core.errors import InvalidInput, SourceUnreachable, StoreUnavailable
from longtake.core.replication.plan import Skip
from longtake.kit.tasks import together
from longtake.services.replicate.later import Later
from longtake.services.replicate.pulling import WAITS_FOR_OTHERS_S, Outcome, Pulling, Wanted
from longtake.services.replicate.report import Done, Failure, Reason
from longtake.services.replicate.tools import PeerTools

_LAST = 1 << 62
"""All segments go before them."""
_IN_A_ROW = 3

_log = structlog.get_logger()


@dataclass(slots=True)
class _Work:
    """What is left of a pass. ``in_a_row``: files that could not be reached, or not be stored."""

    left: deque[str]
    in_a_row: int = 0
    deferred: list[str] = field(default_factory=list)


class ExtraPasses:
    """Keeps what could not be had between passes."""

    def __init__(self, peer: PeerTools, folder: str) -> None:
        self._peer = peer
        self._tools = peer.tools
        self._folder = folder
        self._later = Later()
        self._pulling = Pulling(peer)

    async def once(self) -> None:
        """One pass. Raises SourceError, StoreUnavailable."""
        theirs = set(await self._peer.api.extras(self._folder))
        ours = set(await self._tools.extras.listed(self._folder))
        now_s = self._tools.clock.monotonic_s()
        lacking = self._in_own_order(theirs - ours)
        work = _Work(deque(path for path in lacking if not self._later.must_wait(path, now_s)))
        count = min(len(work.left), self._tools.rules.concurrency_per_peer)
        await together((self._worker(work) for _ in range(count)), "pull extras")
        deferred, work.deferred = work.deferred, []
        keys = [(self._folder, path) for path in deferred]
        await self._tools.claims.until_free(keys, patience_s=WAITS_FOR_OTHERS_S)
        for path in deferred:
            await self._one(path, work)

    def _in_own_order(self, paths: set[str]) -> Sequence[str]:
        seed = self._tools.rules.seed
        return sorted(paths, key=lambda path: hashlib.sha256(seed + path.encode(errors="replace")).digest())

    async def _worker(self, work: _Work) -> None:
        while work.left:
            await self._one(work.left.popleft(), work)

    async def _one(self, path: str, work: _Work) -> None:
        try:
            outcome = await self._pull(path)
        except (SourceUnreachable, StoreUnavailable) as error:
            unreachable = isinstance(error, SourceUnreachable)
            self._failed(path, Failure.UNREACHABLE if unreachable else Failure.OWN_DISK)
            work.in_a_row += 1
            if work.in_a_row >= _IN_A_ROW:
                raise
            return
        work.in_a_row = 0
        if isinstance(outcome, Failure):
            self._failed(path, outcome)
        elif outcome is Outcome.GONE:
            self._skipped(path, Reason.GONE)
        elif outcome is Outcome.HERE:
            self._skipped(path, Reason.HERE)
        elif isinstance(outcome, Skip):
            self._skipped(path, outcome)
        elif outcome is Outcome.CLAIMED:
            work.deferred.append(path)

    async def _pull(self, path: str) -> Outcome | Failure | Skip:
        """What is there, though no listing of ours shows it (a link, a folder), is not asked for."""
        await self._tools.check_room(self._folder, "")
        try:
            if await self._tools.extras.has(self._folder, path):
                return Outcome.HERE
            arrival = self._tools.extras.begin(self._folder, path)
            wanted = Wanted(
                parts=(self._folder, *path.split("/")),
                key=(self._folder, path),
                priority=_LAST,
                largest_bytes=self._tools.rules.largest_extra_bytes,
                arrival=arrival,
                done=Done.EXTRAS,
            )
            return await self._pulling.pull(wanted)
        except InvalidInput as error:
            _log.debug("an extra file is passed over", reason=str(error))
            return Skip.ODD

    def _failed(self, path: str, failure: Failure) -> None:
        self._peer.report.failed(failure)
        self._later.failed(path, self._tools.clock.monotonic_s())

    def _skipped(self, path: str, reason: Reason | Skip) -> None:
        self._peer.report.skipped({reason: 1})
        self._later.failed(path, self._tools.clock.monotonic_s())
