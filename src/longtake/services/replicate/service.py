"""Replication: follows the list of peers, and works at each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from longtake.adapters.peers.interface import PeerApi
from longtake.core.replication.addresses import Peer
from longtake.core.times import format_size
from longtake.kit.backoff import Backoff
from longtake.kit.slots import PrioritySlots
from longtake.kit.tasks import TaskSet
from longtake.services.replicate.peer import PeerWork
from longtake.services.replicate.peer_list import EVERY_S, PeerList
from longtake.services.replicate.report import Counts, PeerReport, ReplicateMetrics, summed
from longtake.services.replicate.tools import PeerTools, Tools

_SAID_EVERY_S = 60
_TOLD = 5
"""Troubles that are told at a time: they are mostly one, many times."""

_log = structlog.get_logger()


class ReplicationService:
    """``api_of`` makes a peer's API of its URL; ``own_id`` is this node's, if its disk let it have one."""

    def __init__(
        self,
        tools: Tools,
        peers: PeerList,
        api_of: Callable[[str], PeerApi],
        metrics: ReplicateMetrics,
        *,
        own_id: str | None,
    ) -> None:
        self._tools = tools
        self._peers = peers
        self._api_of = api_of
        self._metrics = metrics
        self._own_id = own_id
        self._tasks = TaskSet()
        self._works: dict[Peer, asyncio.Task[None]] = {}
        self._reports: dict[Peer, PeerReport] = {}

    async def run(self) -> None:
        """Until cancelled."""
        pause = Backoff(first_s=EVERY_S, longest_s=EVERY_S)
        self._tasks.start(self._say_what_came(), "say what came")
        try:
            while True:
                self._follow(await self._peers.peers())
                await self._tools.clock.sleep(pause.next_delay_s())
        finally:
            await self._peers.close()
            await self._tasks.drain(grace_s=0)

    async def once(self) -> None:
        """One pass over all peers, to its end. What goes wrong is in the counts."""
        async with asyncio.TaskGroup() as tasks:
            for work in await self.works():
                tasks.create_task(work.once(), name="replicate once")

    async def works(self) -> list[PeerWork]:
        """For those who make passes themselves: the work at each peer, once."""
        return [self._work(peer) for peer in await self._peers.peers()]

    async def _say_what_came(self) -> None:
        """In the log, for as long as something does."""
        told = 0
        while True:
            await self._tools.clock.sleep(_SAID_EVERY_S)
            counts = self.counts()
            came = sum(counts.done.values())
            if came > told:
                log = _log.bind(files=came - told, bytes_in_all=format_size(counts.bytes))
                log.info("pulled from peers", segments_to_do=sum(one.segments_to_do for one in self.reports))
            told = came

    def _follow(self, peers: list[Peer]) -> None:
        """One that has gone, or moved, is left at once; its successor of the same name is another."""
        for peer in self._works.keys() - set(peers):
            work = self._works.pop(peer)
            work.add_done_callback(partial(self._left, peer))
            work.cancel()
            _log.info("a peer is no peer any more", peer=peer.name)
        for peer in peers:
            if peer not in self._works:
                _log.info("a peer to pull from", peer=peer.name)
                self._works[peer] = self._tasks.start(self._work(peer).run(), f"replicate from {peer.name}")

    def _left(self, peer: Peer, work: asyncio.Task[None]) -> None:
        """Its last words are spoken."""
        if peer not in self._works:
            self._reports.pop(peer, None)
        if all(other.name != peer.name for other in self._works):
            self._metrics.forget(peer.name)

    def _work(self, peer: Peer) -> PeerWork:
        report = self._reports[peer] = PeerReport(peer, self._metrics, self._tools.clock)
        slots = PrioritySlots(self._tools.rules.concurrency_per_peer)
        tools = PeerTools(tools=self._tools, api=self._api_of(peer.url), report=report, slots=slots)
        return PeerWork(tools, own_id=self._own_id)

    @property
    def reports(self) -> list[PeerReport]:
        """One for each peer, by name."""
        return sorted(self._reports.values(), key=lambda report: report.peer.name)

    @property
    def peers_trouble(self) -> str | None:
        """Why not all sources of peers can be read."""
        return self._peers.trouble

    def counts(self) -> Counts:
        """Of all peers together."""
        return summed(self._reports.values())

    def details(self) -> dict[str, object]:
        """For the status."""
        troubles = sorted({text for report in self.reports for text in report.own_troubles.values()})
        return {
            "replication": {
                "node": self._tools.rules.node,
                "peers_trouble": self._peers.trouble,
                "trouble": "; ".join(troubles[:_TOLD]) or None,
                "peers": [report.as_status() for report in self.reports],
            }
        }
