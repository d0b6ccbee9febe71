"""Who the peers are: from the command line and the config, a file, and the database, together.

The database is asked by ``ask_database`` and by nothing else. When it does not answer, the peers that it named last stay, and
replication goes on.

=============================  =============================================================
what fails                     what counts
=============================  =============================================================
the file cannot be read        what it said last; said in the status
a line of it is wrong          the other lines; said in the status
the database does not answer   what it said last, nothing at the start; asked again later
=============================  =============================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from longtake.core.errors import LongtakeError
from longtake.core.replication.addresses import Peer, merged_peers, parse_peer_lines
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock

EVERY_S = 30
AskDatabase = Callable[[], Awaitable[Sequence[Peer]]]

_log = structlog.get_logger()


class PeerList:
    """``read_file`` and ``ask_database`` raise LongtakeError; None: there is no such source.

    ``patience_s``: how long the database may hold up the others; None for as long as it takes.
    """

    def __init__(
        self,
        stated: Iterable[Peer],
        *,
        read_file: Callable[[], Awaitable[str]] | None = None,
        ask_database: AskDatabase | None = None,
        own_name: str,
        clock: Clock,
        patience_s: float | None = 2,
    ) -> None:
        self._stated = tuple(stated)
        self._read_file = read_file
        self._ask_database = ask_database
        self._own_name = own_name
        self._clock = clock
        self._patience_s = patience_s
        self._asking: asyncio.Task[None] | None = None
        self._of_file: Sequence[Peer] = ()
        self._of_database: Sequence[Peer] = ()
        self._troubles: dict[str, str] = {}
        self._backoff = Backoff(first_s=10, longest_s=80)
        self._not_before_s = 0.0

    @property
    def trouble(self) -> str | None:
        """What of the sources does not do, in words."""
        return "; ".join(self._troubles.values()) or None

    async def peers(self) -> list[Peer]:
        """As they are now; of one name the database's word counts, then the file's."""
        await self._look_at_file()
        await self._look_at_database()
        return merged_peers((self._stated, self._of_file, self._of_database), own_name=self._own_name)

    async def _look_at_file(self) -> None:
        if self._read_file is None:
            return
        try:
            self._of_file, wrong = parse_peer_lines(await self._read_file())
        except LongtakeError as error:
            self._note("file", str(error))
        else:
            self._note("file", f"the file of peers: {'; '.join(wrong[:5])}" if wrong else None)

    async def _look_at_database(self) -> None:
        """Those who wait for others peers are not held up by it for long; what it says then counts the next time."""
        if self._ask_database is None:
            return
        if self._asking is None and self._clock.monotonic_s() >= self._not_before_s:
            self._asking = asyncio.create_task(self._ask(self._ask_database), name="ask for peers")
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=self._patience_s)
            if self._asking.done():
                self._asking = None

    async def _ask(self, ask_database: AskDatabase) -> None:
        try:
            self._of_database = await ask_database()
        except LongtakeError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a driver does to us, replication goes on with the peers it knows
            _log.exception("the database cannot be asked for peers")
            self._failed(f"the database cannot be asked for peers: {type(error).__name__}")
        else:
            self._backoff.reset()
            self._note("database", None)

    def _failed(self, reason: str) -> None:
        self._not_before_s = self._clock.monotonic_s() + self._backoff.next_delay_s()
        self._note("database", reason)

    async def close(self) -> None:
        """Lets nobody ask any more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    def _note(self, source: str, trouble: str | None) -> None:
        before = self._troubles.pop(source, None)
        if trouble is not None:
            self._troubles[source] = trouble
            if trouble != before:
                _log.warning("replication goes on with the peers it knows", reason=trouble)
        elif before is not None:
            _log.info("the list of peers can be read again", source=source)
