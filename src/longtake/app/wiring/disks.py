"""The disks that a node records on: each is watched by itself, so that one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from longtake.adapters.store.layout import Layout
from longtake.adapters.store.probe import ProbedFolder, mount_point_of
from longtake.app.settings import Settings
from longtake.kit.clock import Clock
from longtake.services.capture.disks import DiskMetrics, DiskWatch, RoomLimits
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.report import RecorderReport


@dataclass(slots=True, kw_only=True)
class RecordedDisk:
    """A disk, and what is recorded onto it."""

    watch: DiskWatch
    reports: list[RecorderReport] = field(default_factory=list)

    def recorded_bytes(self) -> int:
        """By this process, so far."""
        return sum(report.bytes for report in self.reports)


class Disks:
    """Channels may lie on file systems of their own, by mounts or links. Which is which is looked up at the start."""

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

    def of(self, channel: str, quality: str) -> tuple[RecordedDisk, DiskGate]:
        """The disk that a quality is recorded on, and the gate for its recorder."""
        folder = ProbedFolder(self._layout.temp(channel, quality, "capture"))
        disk = self._by_mount_point.get(folder.mount_point)
        if disk is None:
            disk = self._by_mount_point[folder.mount_point] = self._watched(folder)
        return disk, disk.watch.gate(f"{channel}/{quality}", folder)

    def _watched(self, first: ProbedFolder) -> RecordedDisk:
        """The store's own disk is asked in a folder of the node; another one, where it is recorded to first."""
        is_stores = first.mount_point == mount_point_of(self._layout.root)
        limits = self._settings.store
        watch = DiskWatch(
            str(first.mount_point),
            ProbedFolder(self._layout.node / "temp") if is_stores else first,
            RoomLimits(reserve_bytes=limits.reserve, warn_hours=limits.warn_hours),
            recorded_bytes=lambda: disk.recorded_bytes(),
            clock=self._clock,
            metrics=self._metrics,
        )
        disk = RecordedDisk(watch=watch)
        return disk
