"""The capture process: all recorders, and the watches of their disks.

Which recorders there are follows a list of channels that may change at any time. What changes costs nobody else a poll:

=====================================  ====================================================================
in the list                            what is done
=====================================  ====================================================================
a channel or quality is new            a recorder begins
one is gone                            its recorder stops; what is in flight has its ten seconds
what a recorder depends on changed     it stops likewise, and the next begins the moment that it has ended
a channel has its sound apart          recorders for that begin as soon as it is seen, and stay
=====================================  ====================================================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from longtake.adapters.sources.interface import LocatedAudio
from longtake.core.errors import AlreadyRunning, LongtakeError, StoreUnavailable
from longtake.core.qualities import audio_quality
from longtake.core.room import Room, RoomVerdict
from longtake.kit.clock import Clock
from longtake.kit.slots import PrioritySlots
from longtake.services.capture.channel import Channel, ChannelSources, Sources
from longtake.services.capture.disks import DiskWatch
from longtake.services.capture.fetching import others_at_once
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import OnAudio, Recorder
from longtake.services.capture.report import RecorderReport, RecorderState

_TRY_AGAIN_S = 5

_log = structlog.get_logger()

Key = tuple[str, str]
"""Channel and quality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one recorder is made for. One that is equal needs no new recorder."""

    channel: Channel
    quality: str
    sources: ChannelSources

    @property
    def key(self) -> Key:
        """What no two recorders may share."""
        return self.channel.name, self.quality


class Recorders(Sources, Protocol):
    """Makes recorders, and what they need of the machine."""

    def report(self, channel: Channel, quality: str) -> RecorderReport:
        """A new account."""
        ...

    async def make(
        self,
        order: Order,
        report: RecorderReport,
        *,
        lookup: ChannelLookup,
        places: PrioritySlots,
        on_audio: OnAudio,
    ) -> Recorder:
        """May wait for a disk to say where it is. Raises StoreUnavailable."""
        ...

    def forget(self, report: RecorderReport, key: Key, *, for_good: bool) -> None:
        """Its recorder has ended. ``for_good``: no other follows, and nobody is to read of it any more."""
        ...

    @property
    def disks(self) -> Sequence[DiskWatch]:
        """Of all recorders made so far."""
        ...


class _Running:
    """A recorder for an order, from before it is made until it has ended."""

    def __init__(self, order: Order, report: RecorderReport) -> None:
        self.order = order
        self.report = report
        self.recorder: Recorder | None = None
        self.task: asyncio.Task[None] | None = None
        self._told = False

    def stop(self) -> None:
        """Once: a second word would cut short what is in flight."""
        if not self._told and self.task is not None:
            self._told = True
            self.task.cancel()


class CaptureService:
    """Runs until cancelled. A recorder that another process already does is tried again; the others go on.

    ``waits``: stays with nothing to do, since there may be something later.
    """

    def __init__(
        self, channels: Iterable[Channel], recorders: Recorders, *, clock: Clock, waits: bool = True
    ) -> None:
        self._recorders = recorders
        self._clock = clock
        self._waits = waits
        self._channels: Sequence[Channel] = ()
        self._sources: dict[str, ChannelSources] = {}
        self._running: dict[Key, _Running] = {}
        self._blocked: set[Key] = set()
        self._changed = asyncio.Event()
        self.apply(channels)

    def apply(self, channels: Iterable[Channel]) -> None:
        """From now on these are recorded, and no others. Repeatable; never waits."""
        before = {channel.name: channel for channel in self._channels}
        self._channels = tuple(channels)
        self._sources = {
            channel.name: self._sources_of(channel, before.get(channel.name)) for channel in self._channels
        }
        self._changed.set()

    async def run(self) -> None:
        """Raises AlreadyRunning if others record all that this process was asked for, and it does not wait."""
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._follow(tasks)
                finally:
                    await self._stop()
        except* AlreadyRunning as group:
            raise group.exceptions[0] from None

    def details(self) -> dict[str, object]:
        """For the status."""
        disks = self._recorders.disks
        return {
            "recorders": [running.report.as_status() for running in self._in_order()],
            "room": _as_status(_tightest(disk.room for disk in disks)),
            "disks": [disk.as_status() for disk in disks],
        }

    def _sources_of(self, channel: Channel, before: Channel | None) -> ChannelSources:
        if before is not None and before.has_stream_of(channel):
            return self._sources[channel.name]
        return ChannelSources(channel, self._recorders, self._clock)

    def _in_order(self) -> list[_Running]:
        """As the settings have them; what is ending comes last."""
        wanted = self._orders()
        ending = [running for key, running in self._running.items() if key not in wanted]
        return [self._running[key] for key in wanted if key in self._running] + ending

    def _orders(self) -> Mapping[Key, Order]:
        orders = (
            Order(channel=channel.of_each_recorder, quality=quality, sources=sources)
            for channel in self._channels
            for sources in [self._sources[channel.name]]
            for quality in sources.qualities(channel)
        )
        return {order.key: order for order in orders}

    async def _follow(self, tasks: asyncio.TaskGroup) -> None:
        """For ever: what runs follows what is wanted."""
        watched = 0
        while True:
            self._changed.clear()
            wanted = self._orders()
            for key, running in self._running.items():
                if running.order != wanted.get(key):
                    running.stop()
            for order in [order for key, order in wanted.items() if key not in self._running]:
                self._start(order, tasks)
            self._share_out(len(wanted))
            for disk in self._recorders.disks[watched:]:
                tasks.create_task(disk.run(), name=f"watch {disk.name}")
                watched += 1
            await self._changed.wait()

    def _share_out(self, recorders: int) -> None:
        """What the playlists hold at first sight is held in memory: the more recorders, the less each at a time."""
        for running in self._running.values():
            if running.recorder is not None:
                running.recorder.allow_others(others_at_once(recorders))

    def _start(self, order: Order, tasks: asyncio.TaskGroup) -> None:
        running = _Running(order, self._recorders.report(order.channel, order.quality))
        self._running[order.key] = running
        running.task = tasks.create_task(self._keep_recording(running), name=f"record {'/'.join(order.key)}")
        running.task.add_done_callback(lambda _: self._ended(running))

    def _ended(self, running: _Running) -> None:
        key = running.order.key
        del self._running[key]
        self._blocked.discard(key)
        self._recorders.forget(running.report, key, for_good=key not in self._orders())
        self._changed.set()

    async def _stop(self) -> None:
        """Each is told once, also those that were told before."""
        for running in self._running.values():
            running.stop()
        if tasks := {running.task for running in self._running.values() if running.task is not None}:
            await asyncio.wait(tasks)

    async def _keep_recording(self, running: _Running) -> None:
        """A bug in one recorder must not stop the others."""
        while True:
            try:
                recorder = running.recorder or await self._made(running)
                self._blocked.discard(running.order.key)
                await recorder.run()
            except AlreadyRunning as error:
                self._note_blocked(running, error)
            except StoreUnavailable as error:
                self._enter(running, RecorderState.PAUSED, str(error))
            except (
                LongtakeError
            ) as error:  # what is wrong with one channel's settings is no matter of the others
                self._enter(running, RecorderState.REFUSED, str(error))
            except Exception:  # noqa: BLE001 - see above
                channel, quality = running.order.key
                _log.exception("recorder failed", channel=channel, quality=quality)
                if running.recorder is not None:
                    running.recorder.forget()
                running.report.enter(
                    RecorderState.REFUSED, "longtake made a mistake; the log has the details"
                )
            await self._clock.sleep(_TRY_AGAIN_S)

    def _enter(self, running: _Running, state: RecorderState, reason: str) -> None:
        if running.report.enter(state, reason):
            channel, quality = running.order.key
            _log.warning("cannot be recorded", channel=channel, quality=quality, reason=reason)

    def _note_blocked(self, running: _Running, error: AlreadyRunning) -> None:
        self._blocked.add(running.order.key)
        if not self._waits and len(self._blocked) == len(self._running):
            raise error
        running.report.enter(RecorderState.REFUSED, str(error))

    async def _made(self, running: _Running) -> Recorder:
        """Raises LongtakeError."""
        order = running.order
        lookup, places = order.sources.shared()
        recorder = await self._recorders.make(
            order,
            running.report,
            lookup=lookup,
            places=places,
            on_audio=lambda quality, renditions: self._heard(order.sources, quality, renditions),
        )
        recorder.sound = lambda: self._report_of(order.channel.name, audio_quality(order.quality))
        running.recorder = recorder
        running.report.enter(RecorderState.STARTING)
        self._changed.set()  # there may be a disk that is not watched yet
        return recorder

    def _report_of(self, channel: str, quality: str) -> RecorderReport | None:
        running = self._running.get((channel, quality))
        return None if running is None else running.report

    def _heard(self, sources: ChannelSources, quality: str, renditions: Sequence[LocatedAudio]) -> None:
        if sources.has_audio(quality, renditions):
            self._changed.set()


def _tightest(rooms: Iterable[Room | None]) -> Room | None:
    """The room of the disk that is full first; of those without a rate, the one with the fewest bytes."""
    known = [room for room in rooms if room is not None]
    return min(known, key=_tightness, default=None)


def _tightness(room: Room) -> tuple[bool, bool, float, int]:
    return room.verdict is not RoomVerdict.NONE, room.hours is None, room.hours or 0.0, room.free_bytes


def _as_status(room: Room | None) -> dict[str, object] | None:
    if room is None:
        return None
    return {"free_bytes": room.free_bytes, "hours": room.hours, "verdict": room.verdict.value}
