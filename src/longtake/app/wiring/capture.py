"""The capture process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import source_at
from longtake.app.heartbeat import run_with_status
from longtake.app.settings import Settings
from longtake.app.wiring.disks import Disks
from longtake.app.wiring.stores import opened_store
from longtake.core.errors import InvalidInput
from longtake.kit.clock import SystemClock
from longtake.kit.tasks import Haste
from longtake.services.capture.disks import DiskMetrics
from longtake.services.capture.fetching import others_at_once
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport
from longtake.services.capture.service import CaptureService


async def capture(settings: Settings, haste: Haste) -> None:
    """Records all channels of the settings until cancelled, and then stops, faster if told to hurry.

    Raises AlreadyRunning, InvalidInput.
    """
    if not settings.channels:
        raise InvalidInput("there is no channel to record; name one as NAME=URL")
    clock = SystemClock()
    registry = CollectorRegistry()
    metrics = CaptureMetrics(registry)
    others = others_at_once(sum(len(channel.qualities) for channel in settings.channels.values()))
    disks = Disks(settings, clock, DiskMetrics(registry))
    with opened_store(settings) as store:
        async with HttpClient() as client:

            def recorder(channel: str, quality: str, lookup: ChannelLookup) -> Recorder:
                disk, gate = disks.of(channel, quality)
                report = RecorderReport(channel, quality, clock, metrics)
                disk.reports.append(report)
                return Recorder(
                    channel,
                    quality,
                    lookup,
                    store=store,
                    client=client,
                    clock=clock,
                    report=report,
                    gate=gate,
                    haste=haste,
                    others_at_once=others,
                )

            recorders = [
                recorder(name, quality, lookup)
                for name, channel in settings.channels.items()
                for lookup in [ChannelLookup(source_at(channel.url, client), clock)]
                for quality in channel.qualities
            ]
            watches = [disk.watch for disk in disks.all.values()]
            service = CaptureService(recorders, disks=watches, clock=clock)
            await run_with_status(service.run(), settings.store.dir, "capture", service.details, registry)
