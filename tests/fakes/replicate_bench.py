"""Replication as it runs in its process, inside the test's event loop: real files, real HTTP, and the system's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from longtake.adapters.http.client import HttpClient
from longtake.adapters.peers.interface import PeerApi
from longtake.adapters.peers.node_api import NodeApi
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.extra_files import DiskExtraFiles
from longtake.adapters.store.node_id import node_id
from longtake.core.replication.addresses import Peer
from longtake.kit.clock import Clock, SystemClock
from longtake.kit.files import FileOps
from longtake.kit.pace import Pace
from longtake.kit.slots import PrioritySlots
from longtake.services.replicate.claims import Claims
from longtake.services.replicate.peer import PeerWork
from longtake.services.replicate.peer_list import PeerList
from longtake.services.replicate.places import Places
from longtake.services.replicate.report import PeerReport, ReplicateMetrics
from longtake.services.replicate.rules import Rules
from longtake.services.replicate.service import ReplicationService
from longtake.services.replicate.tools import CheckRoom, PeerTools, Tools

RULES = Rules(recent_us=0, every_s=0.05, extra_folders=(), not_channels=frozenset({"media", "emotes"}))
EXTRA_FOLDERS = ("media", "emotes")


class ReplicateBench:
    """A node that replicates into ``root``. ``pass_over`` makes one pass over a peer, whose report is kept from pass to pass."""

    def __init__(self, root: Path, store: DiskStore, tools: Tools, client: HttpClient) -> None:
        self.root = root
        self.store = store
        self.tools = tools
        self.client = client
        self.registry = CollectorRegistry()
        self.metrics = ReplicateMetrics(self.registry)
        self.works: dict[str, PeerWork] = {}
        self.reports: dict[str, PeerReport] = {}

    def work(self, url: str) -> PeerWork:
        """What is done with the peer at that URL."""
        if url not in self.works:
            peer = Peer(name=url.rpartition(":")[2], url=url)
            report = self.reports[url] = PeerReport(peer, self.metrics, self.tools.clock)
            slots = PrioritySlots(self.tools.rules.concurrency_per_peer)
            tools = PeerTools(tools=self.tools, api=NodeApi(self.client, url), report=report, slots=slots)
            self.works[url] = PeerWork(tools, own_id=node_id(self.root))
        return self.works[url]

    async def pass_over(self, url: str) -> PeerReport:
        """One pass; its report."""
        await self.work(url).once()
        return self.reports[url]

    def service(
        self,
        *peers: Peer,
        ask_database: Callable[[], object] | None = None,
        api_of: Callable[[str], PeerApi] | None = None,
    ) -> ReplicationService:
        """The whole service."""
        return ReplicationService(
            self.tools,
            PeerList(peers, own_name="here", clock=self.tools.clock),
            api_of or (lambda url: NodeApi(self.client, url)),
            self.metrics,
            own_id=node_id(self.root),
        )

    def files(self, below: str = "") -> dict[str, bytes]:
        """All that is visible, by path below the store."""
        return files_of(self.root, below)


def files_of(root: Path, below: str = "") -> dict[str, bytes]:
    """The files of a store that do not lie in hidden folders, by path."""
    top = root / below if below else root
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def in_flight(root: Path) -> list[Path]:
    """Temps that were left behind."""
    return [path for path in root.rglob("*.temp") if path.is_file()]


@asynccontextmanager
async def replicate_bench(
    root: Path,
    *,
    ops: FileOps | None = None,
    rules: Rules = RULES,
    clock: Clock | None = None,
    check_room: CheckRoom | None = None,
    bytes_per_s: int | None = None,
) -> AsyncIterator[ReplicateBench]:
    """Closed with the block."""
    root.mkdir(exist_ok=True)
    clock = clock or SystemClock()
    store = DiskStore(root, ops=ops, not_channels=EXTRA_FOLDERS)
    try:
        async with HttpClient() as client, Places(store) as places:
            tools = Tools(
                store=store,
                extras=DiskExtraFiles(root, EXTRA_FOLDERS),
                places=places,
                claims=Claims(),
                slots=PrioritySlots(rules.concurrency),
                pace=None if bytes_per_s is None else Pace(clock, bytes_per_s=bytes_per_s),
                check_room=check_room or _room_enough,
                clock=clock,
                rules=replace(rules, seed=node_id(root).encode()),
            )
            yield ReplicateBench(root, store, tools, client)
    finally:
        store.close()


async def _room_enough(channel: str, quality: str) -> None:
    return
