"""The disks that a node records on: each is watched by itself, so that one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from longtake.adapters.store.layout import Layout
from longtake.adapters.store.probe import ProbedFolder, mount_point_of
from longtake.adapters.store.trouble import disk_trouble
from longtake.app.settings import Settings
from longtake.kit.clock import Clock
from longtake.kit.threads import in_daemon_thread
from longtake.services.capture.disks import DiskMetrics, DiskWatch, RoomLimits
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.report import RecorderReport


class RecordedDisk:
    """A disk, and what is recorded onto it."""

    def __init__(self) -> None:
        self._recorded: dict[RecorderReport, DiskGate] = {}
        self._former_bytes = 0
        self.watch: DiskWatch

    def join(self, report: RecorderReport, gate: DiskGate) -> None:
        """Somebody begins to record onto it."""
        self._recorded[report] = gate

    def leave(self, report: RecorderReport) -> None:
        """Whoever did has ended; does nothing for who did not."""
        if (gate := self._recorded.pop(report, None)) is not None:
            self._former_bytes += report.bytes
            self.watch.leave(gate)

    def recorded_bytes(self) -> int:
        """By this process, so far."""
        return self._former_bytes + sum(report.bytes for report in self._recorded)


class Disks:
    """Channels may lie on file systems of their own, by mounts or links. Which is which is looked up when one begins."""

    def __init__(self, settings: Settings, clock: Clock, metrics: DiskMetrics) -> None:
        self._settings = settings
        self._layout = Layout(settings.store.dir)
        self._clock = clock
        self._metrics = metrics
        self._by_mount_point: dict[Path, RecordedDisk] = {}

    @property
    def all(self) -> Mapping[Path, RecordedDisk]:
        """By mount point."""
        return self._by_mount_point

    async def of(self, channel: str, quality: str, report: RecorderReport) -> tuple[RecordedDisk, DiskGate]:
        """The disk that a quality is recorded on, and the gate for its recorder. Waits while the disk does not answer.

        Raises StoreUnavailable.
        """
        temp = self._layout.temp(channel, quality, "capture")
        folder, of_store = await in_daemon_thread(lambda: self._look(temp), "look where a disk is")
        disk = self._by_mount_point.get(folder.mount_point)
        if disk is None:
            disk = self._watched(folder, is_stores=folder.mount_point == of_store)
            self._by_mount_point[folder.mount_point] = disk
        gate = disk.watch.gate(f"{channel}/{quality}", folder)
        disk.join(report, gate)
        return disk, gate

    def _look(self, temp: Path) -> tuple[ProbedFolder, Path]:
        with disk_trouble("look where the disk is"):
            return ProbedFolder(temp), mount_point_of(self._layout.root)

    def leave(self, report: RecorderReport) -> None:
        """A recorder has ended."""
        for disk in self._by_mount_point.values():
            disk.leave(report)

    def _watched(self, first: ProbedFolder, *, is_stores: bool) -> RecordedDisk:
        """The store's own disk is asked in a folder of the node; another one, where it is recorded to first."""
        limits, disk = self._settings.store, RecordedDisk()
        disk.watch = DiskWatch(
            str(first.mount_point),
            ProbedFolder(self._layout.node / "temp") if is_stores else first,
            RoomLimits(reserve_bytes=limits.reserve, warn_hours=limits.warn_hours),
            recorded_bytes=disk.recorded_bytes,
            clock=self._clock,
            metrics=self._metrics,
        )
        return disk
