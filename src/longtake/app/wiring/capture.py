"""The capture process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import source_at
from longtake.app.heartbeat import run_with_status
from longtake.app.settings import Settings
from longtake.app.wiring.stores import free_bytes_of, opened_store
from longtake.core.errors import InvalidInput
from longtake.kit.clock import SystemClock
from longtake.kit.tasks import Haste
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport
from longtake.services.capture.room import RoomLimits, RoomWatch
from longtake.services.capture.service import CaptureService


async def capture(settings: Settings, haste: Haste) -> None:
    """Records all channels of the settings until cancelled, and then stops, faster if told to hurry. Raises AlreadyRunning, InvalidInput."""
    if not settings.channels:
        raise InvalidInput("there is no channel to record; name one as NAME=URL")
    clock = SystemClock()
    registry = CollectorRegistry()
    metrics = CaptureMetrics(registry)
    gate = DiskGate()
    with opened_store(settings) as store:
        async with HttpClient() as client:
            recorders = [
                Recorder(
                    name,
                    quality,
                    source_at(channel.url, client),
                    store=store,
                    client=client,
                    clock=clock,
                    report=RecorderReport(name, quality, clock, metrics),
                    gate=gate,
                    haste=haste,
                )
                for name, channel in settings.channels.items()
                for quality in channel.qualities
            ]
            room = RoomWatch(
                RoomLimits(reserve_bytes=settings.store.reserve, warn_hours=settings.store.warn_hours),
                free_bytes=free_bytes_of(settings.store.dir),
                recorded_bytes=lambda: sum(recorder.report.bytes for recorder in recorders),
                clock=clock,
                gate=gate,
                registry=registry,
            )
            service = CaptureService(recorders, room=room, clock=clock)
            await run_with_status(service.run(), settings.store.dir, "capture", service.details, registry)
