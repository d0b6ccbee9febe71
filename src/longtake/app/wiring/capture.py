"""The capture process: it records the channels of its settings, and follows them when they change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from longtake.adapters.http.client import HttpClient
from longtake.adapters.store.interface import SegmentStore
from longtake.app.heartbeat import run_with_status
from longtake.app.settings import Settings
from longtake.app.settings_file import SettingsFile
from longtake.app.wiring.disks import Disks
from longtake.app.wiring.recorders import NodeRecorders, channels_of
from longtake.app.wiring.stores import opened_store
from longtake.core.errors import InvalidInput
from longtake.kit.clock import SystemClock
from longtake.kit.tasks import Haste
from longtake.services.capture.disks import DiskMetrics
from longtake.services.capture.report import CaptureMetrics
from longtake.services.capture.service import CaptureService

_LOOKED_AT_EVERY_S = 0.5

_log = structlog.get_logger()


async def capture(settings: Settings, haste: Haste, followed: Path | None = None) -> None:
    """Records all channels of the settings until cancelled, and then stops, faster if told to hurry.

    ``followed``: the file that a supervisor writes when the channels change; with one, having none is no mistake. Raises
    AlreadyRunning, InvalidInput.
    """
    if not settings.channels and followed is None:
        raise InvalidInput("there is no channel to record; name one as NAME=URL")
    registry = CollectorRegistry()
    with opened_store(settings) as store:
        async with HttpClient() as client:
            service = _service(settings, store, client, registry, haste, waits=followed is not None)
            work = (
                service.run() if followed is None else _following(service, SettingsFile(followed), settings)
            )
            await run_with_status(work, settings.store.dir, "capture", service.details, registry)


def _service(
    settings: Settings,
    store: SegmentStore,
    client: HttpClient,
    registry: CollectorRegistry,
    haste: Haste,
    *,
    waits: bool,
) -> CaptureService:
    clock = SystemClock()
    recorders = NodeRecorders(
        store=store,
        client=client,
        clock=clock,
        disks_of_node=Disks(settings, clock, DiskMetrics(registry)),
        metrics=CaptureMetrics(registry),
        haste=haste,
    )
    return CaptureService(channels_of(settings), recorders, clock=clock, waits=waits)


async def _following(service: CaptureService, file: SettingsFile, settings: Settings) -> None:
    """The service, whose channels are those in the file."""
    following = asyncio.create_task(_follow(service, file, settings), name="follow the settings")
    try:
        await service.run()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _follow(service: CaptureService, file: SettingsFile, settings: Settings) -> None:
    while True:
        await asyncio.sleep(_LOOKED_AT_EVERY_S)
        try:
            new = await file.read_if_changed()
        except InvalidInput as error:  # the supervisor of another version, or a hand in the wrong file
            _log.error(
                "the supervisor's settings cannot be read: recording goes on as before", reason=str(error)
            )
            continue
        if new is not None and new != settings:
            _say(settings, new)
            settings = new
            service.apply(channels_of(new))


def _say(before: Settings, new: Settings) -> None:
    """Which channels change; never where they are."""
    old, now = before.channels, new.channels
    _log.info(
        "the channels change",
        added=sorted(now.keys() - old.keys()),
        removed=sorted(old.keys() - now.keys()),
        changed=sorted(name for name in now.keys() & old.keys() if now[name] != old[name]),
    )
