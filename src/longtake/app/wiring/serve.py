"""The web process: the routes of all services that answer requests, on one address."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from longtake.adapters.media.interface import Media
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.extra_files import DiskExtraFiles
from longtake.adapters.store.index_metrics import IndexMetrics
from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.store.served import DiskFiles
from longtake.adapters.store.status_files import StatusReader
from longtake.adapters.web.app import build_app
from longtake.adapters.web.server import run_server
from longtake.app.addresses import check_address
from longtake.app.heartbeat import run_with_status
from longtake.app.settings import Settings, host_and_port
from longtake.app.wiring.media import opened_media
from longtake.app.wiring.stores import opened_store
from longtake.app.wiring.team import team_guard, team_routers, team_signatures
from longtake.kit.clock import Clock, SystemClock
from longtake.services.cutting.cutter import Cutter
from longtake.services.cutting.frame_times import StoredFrameTimes
from longtake.services.cutting.insides import Insides
from longtake.services.cutting.pictures import StoredPictures
from longtake.services.serve.api import Api
from longtake.services.serve.cuts import Cuts
from longtake.services.serve.extras import Extras
from longtake.services.serve.files import StoredFiles
from longtake.services.serve.frame_times import FrameTimesApi
from longtake.services.serve.frames import Frames
from longtake.services.serve.listings import Listings
from longtake.services.serve.master import MasterPlaylists
from longtake.services.serve.node import NodeRoutes
from longtake.services.serve.node_paths import NODE_OPERATIONS
from longtake.services.serve.pages import Pages
from longtake.services.serve.playlist_answers import PlaylistAnswers
from longtake.services.serve.playlists import Playlists
from longtake.services.serve.transitions import transitions_router

PAGES = Path(__file__).parents[2] / "pages"
_LOOPBACK = ("127.", "::1", "localhost")

_log = structlog.get_logger()


async def serve(settings: Settings) -> None:
    """Serves the store until cancelled. Raises LongtakeError if the address cannot be had."""
    host, port = host_and_port(settings.serve.listen)
    check_address(host, port)
    if not host.startswith(_LOOPBACK):
        _log.warning(
            "open to the network without sign-in: everybody who reaches this address can watch and cut",
            listen=settings.serve.listen,
        )
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    with opened_store(settings, memory_bytes=settings.serve.memory * 9 // 32) as store:
        async with opened_media(settings, store) as media:
            app = web_app(settings, store, media, registry)
            details = {"listen": settings.serve.listen}
            await run_with_status(run_server(app, host, port), settings.store.dir, "serve", lambda: details)


def web_app(
    settings: Settings,
    store: DiskStore,
    media: Media,
    registry: CollectorRegistry,
    clock: Clock | None = None,
) -> ASGIApp:
    """The whole application, by the system's clock unless it is given another.

    Raises InvalidInput if the team's secret cannot be had.
    """
    clock = clock or SystemClock()
    registry.register(IndexMetrics(store.index_state))
    insides = Insides(store)
    api = Api(store, StatusReader(settings.store.dir).read, clock)
    frame_times = FrameTimesApi(store, StoredFrameTimes(store, insides))
    routes = web_routes(settings, store, media, insides, registry, clock)
    signatures = team_signatures(settings, clock)
    routers = [
        api.router(),
        frame_times.router(),
        transitions_router(),
        *team_routers(settings, signatures),
    ]
    return build_app(routers, routes, registry, NODE_OPERATIONS, team_guard(settings, signatures))


def web_routes(
    settings: Settings,
    store: SegmentStore,
    media: Media,
    insides: Insides,
    registry: CollectorRegistry,
    clock: Clock,
) -> list[BaseRoute]:
    """All routes but the API's, in the order in which they are tried; the pages' come last."""
    cutoff_us = settings.serve.recent_cutoff // timedelta(microseconds=1)
    playlists = Playlists(
        store,
        PlaylistAnswers(
            registry, memory_bytes=settings.serve.memory // 4, at_once=settings.serve.playlists_at_once
        ),
        clock,
        recent_cutoff_us=cutoff_us,
    )
    files = DiskFiles(settings.store.dir, extra_folders=settings.store.extra_folders)
    return [
        *Listings(store, memory_bytes=settings.serve.memory // 32).routes(),
        *StoredFiles(files).routes(),
        *Extras(DiskExtraFiles(settings.store.dir, settings.store.extra_folders)).routes(),
        *MasterPlaylists(store, clock, recent_cutoff_us=cutoff_us).routes(),
        *playlists.routes(),
        *Cuts(
            store,
            Cutter(store, media, insides),
            registry,
            at_once=settings.serve.cuts_at_once,
            longest=settings.serve.longest_cut,
            patience=settings.serve.stalled_after,
        ).routes(),
        *Frames(
            store,
            StoredPictures(store, media, insides),
            registry,
            clock,
            at_once=settings.serve.pictures_at_once,
            recent_cutoff=settings.serve.recent_cutoff,
        ).routes(),
        *NodeRoutes(registry, StatusReader(settings.store.dir).read, clock).routes(),
        *Pages(PAGES).routes(),
    ]
