"""Which channels are on which disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from prometheus_client import CollectorRegistry

from longtake.adapters.store.probe import mount_point_of
from longtake.app.config import load_settings
from longtake.app.wiring.disks import Disks
from longtake.kit.clock import SystemClock
from longtake.services.capture.disks import DiskMetrics


def test_each_disk_has_one_watch_and_each_quality_a_gate(tmp_path: Path) -> None:
    settings = load_settings(None, {"store": {"dir": str(tmp_path / "store")}})
    (tmp_path / "store").mkdir()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        (tmp_path / "store" / "far").symlink_to(elsewhere)
        disks = Disks(settings, SystemClock(), DiskMetrics(CollectorRegistry()))
        near, near_gate = disks.of("near", "source")
        low, low_gate = disks.of("near", "480p")
        far, far_gate = disks.of("far", "source")
    assert near is low
    assert near is not far
    assert len({near_gate, low_gate, far_gate}) == 3
    assert [disk.watch.name for disk in disks.all.values()] == [str(mount_point_of(tmp_path)), "/dev/shm"]
