"""What recorders are made of, and the settings of channels as the recorder has them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import read_address
from longtake.adapters.sources.interface import StreamSource
from longtake.adapters.store.interface import SegmentStore
from longtake.app.settings import Ads, ChannelSettings, Settings, TwitchSettings
from longtake.app.wiring.disks import Disks, RecordedDisk
from longtake.app.wiring.sources import fetches_at_once, source_of
from longtake.core.errors import InvalidInput
from longtake.core.live import LivePolicy
from longtake.kit.clock import Clock
from longtake.kit.slots import PrioritySlots
from longtake.kit.tasks import Haste
from longtake.services.capture.channel import Channel
from longtake.services.capture.disks import DiskWatch
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.probing import HUNG, PATIENCE_S
from longtake.services.capture.recorder import OnAudio, Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport, RecorderState
from longtake.services.capture.service import Key, Order


def channels_of(settings: Settings) -> list[Channel]:
    """All that are to be recorded."""
    return [_channel(name, channel, settings.twitch) for name, channel in settings.channels.items()]


def _channel(name: str, channel: ChannelSettings, twitch: TwitchSettings) -> Channel:
    return Channel(
        name=name,
        url=channel.url,
        account=twitch if _is_twitch(channel.url) else None,
        qualities=channel.qualities,
        important=channel.important,
        policy=LivePolicy(skip_ads=channel.ads is Ads.SKIP),
        audio_languages=channel.audio_languages,
        renew_after_s=None if channel.renew_after is None else channel.renew_after / timedelta(seconds=1),
        fetches_at_once=channel.fetches_at_once,
        playlist_history=channel.playlist_history,
    )


def _is_twitch(url: str) -> bool:
    """Others go on as they are when the account changes."""
    try:
        return read_address(url).is_twitch
    except InvalidInput:  # said by whoever is to record it
        return False


@dataclass(slots=True, kw_only=True)
class NodeRecorders:
    """``Recorders`` of a node: they share its store, connections, disks and metrics. Each channel has cookies of its own."""

    store: SegmentStore
    client: HttpClient
    clock: Clock
    disks_of_node: Disks
    metrics: CaptureMetrics
    haste: Haste
    _clients: dict[str, HttpClient] = field(default_factory=dict)

    @property
    def disks(self) -> Sequence[DiskWatch]:
        """See ``Recorders``."""
        return [disk.watch for disk in self.disks_of_node.all.values()]

    def source(self, channel: Channel) -> StreamSource:
        """See ``Sources``."""
        twitch = channel.account if isinstance(channel.account, TwitchSettings) else TwitchSettings()
        return source_of(
            channel.url, self._client(channel), twitch=twitch, renew_after_s=channel.renew_after_s
        )

    def usual_fetches_at_once(self, channel: Channel) -> int:
        """See ``Sources``."""
        return fetches_at_once(channel.url)

    def report(self, channel: Channel, quality: str) -> RecorderReport:
        """See ``Recorders``."""
        return RecorderReport(channel.name, quality, self.clock, self.metrics)

    async def make(
        self,
        order: Order,
        report: RecorderReport,
        *,
        lookup: ChannelLookup,
        places: PrioritySlots,
        on_audio: OnAudio,
    ) -> Recorder:
        """See ``Recorders``."""
        disk, gate = await self._disk(order, report)
        channel = order.channel
        return Recorder(
            channel.name,
            order.quality,
            lookup,
            store=self.store,
            client=self._client(channel),
            clock=self.clock,
            report=report,
            gate=gate,
            haste=self.haste,
            places=places,
            policy=channel.policy,
            important=channel.important,
            renew_after_s=channel.renew_after_s,
            history=channel.playlist_history,
            disk=disk.watch.name,
            on_audio=on_audio,
        )

    def forget(self, report: RecorderReport, key: Key, *, for_good: bool) -> None:
        """See ``Recorders``."""
        self.disks_of_node.leave(report)
        if for_good:
            self.metrics.forget(*key)

    def _client(self, channel: Channel) -> HttpClient:
        if channel.name not in self._clients:
            self._clients[channel.name] = self.client.apart()
        return self._clients[channel.name]

    async def _disk(self, order: Order, report: RecorderReport) -> tuple[RecordedDisk, DiskGate]:
        """Whoever waits for a disk that does not answer says so."""
        waiting = asyncio.get_running_loop().call_later(
            PATIENCE_S, lambda: report.enter(RecorderState.PAUSED, HUNG)
        )
        try:
            return await self.disks_of_node.of(order.channel.name, order.quality, report)
        finally:
            waiting.cancel()
