"""Which channels are on which disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from prometheus_client import CollectorRegistry
from tests.builders import a_segment

from longtake.adapters.store.probe import mount_point_of
from longtake.app.config import load_settings
from longtake.app.wiring.disks import Disks
from longtake.kit.clock import SystemClock
from longtake.services.capture.disks import DiskMetrics
from longtake.services.capture.report import CaptureMetrics, RecorderReport


def report() -> RecorderReport:
    return RecorderReport("any", "source", SystemClock(), CaptureMetrics(CollectorRegistry()))


async def test_each_disk_has_one_watch_and_each_quality_a_gate(tmp_path: Path) -> None:
    settings = load_settings(None, {"store": {"dir": str(tmp_path / "store")}})
    (tmp_path / "store").mkdir()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        (tmp_path / "store" / "far").symlink_to(elsewhere)
        disks = Disks(settings, SystemClock(), DiskMetrics(CollectorRegistry()))
        near, near_gate = await disks.of("near", "source", report())
        low, low_gate = await disks.of("near", "480p", report())
        far, far_gate = await disks.of("far", "source", report())
    assert near is low
    assert near is not far
    assert len({near_gate, low_gate, far_gate}) == 3
    assert [disk.watch.name for disk in disks.all.values()] == [str(mount_point_of(tmp_path)), "/dev/shm"]


async def test_what_ended_recorders_have_recorded_still_counts(tmp_path: Path) -> None:
    settings = load_settings(None, {"store": {"dir": str(tmp_path)}})
    disks = Disks(settings, SystemClock(), DiskMetrics(CollectorRegistry()))
    ended = report()
    disk, _ = await disks.of("show", "source", ended)
    ended.kept(a_segment(), 1000)
    assert disk.recorded_bytes() == 1000
    disks.leave(ended)
    assert disk.recorded_bytes() == 1000
