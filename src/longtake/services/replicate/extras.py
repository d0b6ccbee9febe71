"""One extra folder of one peer: files that are not here are pulled; what is here is never replaced."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence

import structlog

from longtake.core.errors import Corrupt, InvalidInput, SourceDown, SourceRefused, SourceUnreachable
from longtake.core.replication.plan import Skip
from longtake.kit.tasks import together
from longtake.services.replicate.later import Later
from longtake.services.replicate.pulling import TooBigError, stream, turn
from longtake.services.replicate.report import Done, Failure, Reason
from longtake.services.replicate.tools import PeerTools

_LAST = 1 << 62
"""All segments go before them."""

_log = structlog.get_logger()


class ExtraPasses:
    """Keeps what came wrong between passes."""

    def __init__(self, peer: PeerTools, folder: str) -> None:
        self._peer = peer
        self._tools = peer.tools
        self._folder = folder
        self._later = Later()

    async def once(self) -> None:
        """One pass. Raises SourceError, StoreUnavailable."""
        theirs = set(await self._peer.api.extras(self._folder))
        ours = set(await self._tools.extras.listed(self._folder))
        now_s = self._tools.clock.monotonic_s()
        left = deque(
            path for path in self._in_own_order(theirs - ours) if not self._later.must_wait(path, now_s)
        )
        count = min(len(left), self._tools.rules.concurrency_per_peer)
        await together((self._worker(left) for _ in range(count)), "pull extras")

    def _in_own_order(self, paths: set[str]) -> Sequence[str]:
        seed = self._tools.rules.seed
        return sorted(paths, key=lambda path: hashlib.sha256(seed + path.encode(errors="replace")).digest())

    async def _worker(self, left: deque[str]) -> None:
        while left:
            path = left.popleft()
            failure = await self._one(path)
            if failure is not None:
                self._peer.report.failed(failure)
                self._later.failed(path, self._tools.clock.monotonic_s())

    async def _one(self, path: str) -> Failure | None:
        key = (self._folder, path)
        if self._tools.claims.is_held(key):
            return None  # another peer's comes just now; if it fails, it is lacking still, and the next pass sees that
        await self._tools.check_room(self._folder, "")
        with self._tools.claims.held(key):
            try:
                async with turn(self._peer, _LAST):
                    size_bytes = await self._pull(path)
            except InvalidInput:
                self._peer.report.skipped({Skip.ODD: 1})
                self._later.failed(path, self._tools.clock.monotonic_s())
                return None
            except SourceDown:
                self._peer.report.skipped({Reason.GONE: 1})
                return None
            except Corrupt:
                _log.warning("a peer sent other bytes than the name says", path=f"{self._folder}/{path}")
                return Failure.WRONG_BYTES
            except TooBigError:
                return Failure.TOO_BIG
            except (SourceRefused, SourceUnreachable) as error:
                _log.info("an extra file could not be had", reason=str(error))
                return Failure.UNREACHABLE if isinstance(error, SourceUnreachable) else Failure.REFUSED
        self._peer.report.done(Done.EXTRAS, size_bytes)
        return None

    async def _pull(self, path: str) -> int:
        incoming = self._tools.extras.begin(self._folder, path)
        try:
            parts = (self._folder, *path.split("/"))
            await stream(self._peer, parts, incoming.add, largest_bytes=self._tools.rules.largest_extra_bytes)
            size_bytes = incoming.size_bytes
            await incoming.keep()
        finally:
            await incoming.discard()
        return size_bytes
