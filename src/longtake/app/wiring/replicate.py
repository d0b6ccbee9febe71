"""The replication process: it pulls from the peers of its settings, and follows them when they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry

from longtake.adapters.http.client import HttpClient
from longtake.adapters.peers.node_api import NodeApi
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.extra_files import DiskExtraFiles
from longtake.adapters.store.node_id import node_id
from longtake.app.heartbeat import run_with_status
from longtake.app.node_name import node_name
from longtake.app.settings import Settings
from longtake.app.settings_file import SettingsFile
from longtake.app.wiring.database import has_database, nodes_of
from longtake.app.wiring.room import room_check
from longtake.app.wiring.secrets import node_secret
from longtake.app.wiring.stores import opened_store
from longtake.core.errors import DatabaseUnavailable, InvalidInput, SourceError, StoreUnavailable
from longtake.core.names import check_part
from longtake.core.replication.addresses import Peer, parse_peer_url
from longtake.core.replication.limits import parse_since
from longtake.core.times import SECOND_US
from longtake.core.urls import redacted
from longtake.kit.clock import Clock, SystemClock
from longtake.kit.pace import Pace
from longtake.kit.slots import PrioritySlots
from longtake.kit.threads import in_daemon_thread
from longtake.services.replicate.claims import Claims
from longtake.services.replicate.peer_list import PeerList
from longtake.services.replicate.places import Places
from longtake.services.replicate.report import Counts, ReplicateMetrics
from longtake.services.replicate.rules import Rules
from longtake.services.replicate.service import ReplicationService
from longtake.services.replicate.tools import Tools

if TYPE_CHECKING:
    from longtake.adapters.db.nodes import NodeRow

_LOOKED_AT_EVERY_S = 0.5
_MEMORY_BYTES = 16 << 20
_ASKED_WHO_S = 2
_PATIENCE_S = 2

_log = structlog.get_logger()


async def replicate(settings: Settings, stated: Sequence[Peer] = (), followed: Path | None = None) -> None:
    """Pulls until cancelled. ``stated``: peers of the command line. ``followed``: where a supervisor writes what changes.

    Raises InvalidInput, StoreUnavailable.
    """
    if followed is None:
        await refuse_itself(settings, stated)
        await _replicate(settings, stated)
        return
    file = SettingsFile(followed)
    while True:
        work = asyncio.create_task(_replicate(settings, stated), name="replicate")
        try:
            settings = await _changed(file, settings, work)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        _log.info("replication goes on with new settings")


async def _changed(file: SettingsFile, before: Settings, work: asyncio.Task[None]) -> Settings:
    """Once the settings of replication, or the channels, are others than before. Raises what the work raises."""
    while True:
        done, _ = await asyncio.wait({work}, timeout=_LOOKED_AT_EVERY_S)
        if done:
            work.result()
        try:
            new = await file.read_if_changed()
        except InvalidInput as error:  # the supervisor of another version, or a hand in the wrong file
            _log.error("the supervisor's settings cannot be read: all goes on as before", reason=str(error))
            continue
        if new is not None and _told(new) != _told(before):
            return new


def _told(settings: Settings) -> object:
    """What of the settings replication goes by and may change while it runs."""
    return settings.replicate, sorted(settings.channels)


async def _replicate(settings: Settings, stated: Sequence[Peer]) -> None:
    registry = CollectorRegistry()
    async with opened_replication(settings, stated, registry, patience_s=_PATIENCE_S) as service:
        await run_with_status(service.run(), settings.store.dir, "replicate", service.details, registry)


async def replicate_once(
    settings: Settings, stated: Sequence[Peer], on_progress: Callable[[ReplicationService], None]
) -> tuple[Counts, list[str]]:
    """One pass over all peers; what was done, and what else keeps it from being all that was asked for, a sentence each.

    ``on_progress`` is called several times a second. Raises InvalidInput if there is no peer, or if it is this node; StoreUnavailable.
    """
    await refuse_itself(settings, stated)
    async with opened_replication(settings, stated, CollectorRegistry()) as service:
        work = asyncio.create_task(service.once(), name="replicate once")
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=0.2)
                on_progress(service)
            work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if not service.reports and service.peers_trouble is None:
            raise InvalidInput(
                "there is no peer to pull from: give --from URL, or add one with `longtake nodes add`"
            )
        return service.counts(), [*_list(service.peers_trouble), *_that_nobody_has(settings, service)]


def _list(trouble: str | None) -> list[str]:
    return [] if trouble is None else [f"not all peers are known: {trouble}"]


def _that_nobody_has(settings: Settings, service: ReplicationService) -> Iterator[str]:
    """Names that a person gave, and that no peer knows: they are mostly misspelt."""
    places = [place for report in service.reports for place in report.places]
    wanted = (settings.replicate.channels or (), settings.replicate.qualities or ())
    for index, what in enumerate(("channel", "quality")):
        for name in wanted[index]:
            if all(place[index] != name for place in places):
                yield f"no peer has the {what} {name}"


@asynccontextmanager
async def opened_replication(
    settings: Settings,
    stated: Sequence[Peer],
    registry: CollectorRegistry,
    *,
    patience_s: float | None = None,
) -> AsyncIterator[ReplicationService]:
    """The service of a node. ``patience_s``: how long the database may hold it up; None for as long as it takes."""
    clock = SystemClock()
    secret = await in_daemon_thread(lambda: node_secret(settings), "read the secret")
    own_id = await _own_id(settings)
    rules = rules_of(settings, own_id)
    extras = DiskExtraFiles(settings.store.dir, rules.extra_folders)
    with opened_store(settings, memory_bytes=_MEMORY_BYTES) as store, closing(extras):
        async with HttpClient() as client, Places(store) as places:
            yield ReplicationService(
                _tools(settings, store, extras, places, clock, rules),
                peer_list(settings, stated, clock, patience_s),
                lambda url: NodeApi(client, url, secret=secret),
                ReplicateMetrics(registry),
                own_id=own_id,
            )


def _tools(
    settings: Settings,
    store: DiskStore,
    extras: DiskExtraFiles,
    places: Places,
    clock: Clock,
    rules: Rules,
) -> Tools:
    bandwidth = settings.replicate.bandwidth
    return Tools(
        store=store,
        extras=extras,
        places=places,
        claims=Claims(),
        slots=PrioritySlots(rules.concurrency),
        pace=None if bandwidth is None else Pace(clock, bytes_per_s=bandwidth),
        check_room=room_check(settings, clock),
        clock=clock,
        rules=rules,
    )


def rules_of(settings: Settings, own_id: str | None) -> Rules:
    """The settings as replication understands them."""
    told, keep = settings.replicate, settings.store.keep
    return Rules(
        node=node_name(settings),
        seed=(own_id or node_name(settings)).encode(),
        channels=told.channels or sorted(settings.channels) or None,
        qualities=told.qualities,
        extra_folders=[folder for folder in told.extra_folders if folder in settings.store.extra_folders],
        not_channels=frozenset(settings.store.extra_folders),
        since=None if told.since is None else parse_since(told.since),
        keep_us=None if keep is None else round(keep.total_seconds() * SECOND_US),
        recent_us=round(told.recent_cutoff.total_seconds() * SECOND_US),
        every_s=told.every.total_seconds(),
        concurrency=told.concurrency,
        concurrency_per_peer=min(told.concurrency, told.concurrency_per_peer),
        largest_segment_bytes=told.largest_segment,
        largest_extra_bytes=told.largest_extra,
    )


def peer_list(settings: Settings, stated: Sequence[Peer], clock: Clock, patience_s: float | None) -> PeerList:
    """From where the settings say, and ``stated``."""
    told = settings.replicate
    in_config = [Peer(name=name, url=url) for name, url in told.peers.items()]
    peers_file = told.peers_file

    async def read_file() -> str:
        assert peers_file is not None  # noqa: S101 - it is called only if there is one
        return await in_daemon_thread(lambda: _text_of(peers_file), "read the peers")

    had_nodes = False

    async def ask_database() -> Sequence[Peer]:
        """A file that was there, and has gone, is no empty list."""
        nonlocal had_nodes
        rows = await nodes_of(settings)
        if had_nodes and not rows and not await has_database(settings):
            raise DatabaseUnavailable(
                "the database is gone: put its file back, or restart the node without it"
            )
        had_nodes = had_nodes or bool(rows)
        return [peer for row in rows if row.pulled_from and (peer := _peer_of(row)) is not None]

    return PeerList(
        (*in_config, *stated),
        read_file=None if peers_file is None else read_file,
        ask_database=ask_database,
        own_name=node_name(settings),
        clock=clock,
        patience_s=patience_s,
    )


def _peer_of(row: NodeRow) -> Peer | None:
    """None, with a word in the log, for a row that is no node: an older system's may hold anything."""
    try:
        return Peer(name=check_part(row.name, "node"), url=parse_peer_url(row.url))
    except InvalidInput as error:
        _log.warning("a node of the database is passed over", reason=str(error))
        return None


def _text_of(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise InvalidInput(f"the file of peers {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the file of peers {file} is not UTF-8") from error


async def _own_id(settings: Settings) -> str | None:
    """None if the disk lets us have none: then a node is known by its name alone."""
    try:
        return await in_daemon_thread(lambda: node_id(settings.store.dir), "read the node's id")
    except StoreUnavailable as error:
        _log.warning("this node has no id", reason=str(error))
        return None


async def refuse_itself(settings: Settings, stated: Sequence[Peer]) -> None:
    """Raises InvalidInput if one of the peers that a person named is this very node. Peers that do not answer soon are not."""
    name = node_name(settings)
    for peer in stated:
        if peer.name.partition(":")[0] == name:
            raise InvalidInput(f"{peer.name} is this node itself: it cannot pull from itself")
    own_id = await _own_id(settings)
    if own_id is None:
        return
    async with HttpClient() as client:
        ids = await asyncio.gather(*(_id_of(NodeApi(client, peer.url)) for peer in stated))
    for peer, its_id in zip(stated, ids, strict=True):
        if its_id == own_id:
            raise InvalidInput(
                f"{redacted(peer.url)} is this node itself: it cannot pull from itself (if its store was copied from "
                "there, remove .longtake/node-id in one of the two)"
            )


async def _id_of(api: NodeApi) -> str | None:
    try:
        async with asyncio.timeout(_ASKED_WHO_S):
            node = await api.node()
    except (SourceError, TimeoutError):
        return None
    return None if node is None else node.id
