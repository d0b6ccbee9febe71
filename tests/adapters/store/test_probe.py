from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
from tests.fakes.failing_disk import Failure, WatchedDisk

from longtake.adapters.store.probe import ProbedFolder, mount_point_of
from longtake.core.errors import StoreUnavailable


def test_a_disk_that_works_takes_a_probe_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    disk = WatchedDisk(most_bytes=1000)
    folder = ProbedFolder(tmp_path / "a" / "temp", ops=disk)
    folder.probe(4096)
    assert [operation for operation, _ in disk.done] == ["open", *["write"] * 5, "fsync", "close", "remove"]
    assert list((tmp_path / "a" / "temp").iterdir()) == []
    assert folder.free_bytes() > 0
    assert disk.open_files == 0


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4], ids=["open", "write", "fsync", "close", "remove"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EIO, "the disk fails"),
        (errno.EACCES, "no permission"),
        (errno.EMFILE, "too many open files"),
        (errno.ENFILE, "too many open files"),
        (errno.ETIMEDOUT, "the disk does not answer"),
    ],
)
def test_what_fails_is_said_by_kind_wherever_it_fails(
    tmp_path: Path, at: int, error: int, words: str
) -> None:
    disk = WatchedDisk()
    disk.failure = Failure(at=at, error=error)
    folder = ProbedFolder(tmp_path, ops=disk)
    with pytest.raises(StoreUnavailable) as trouble:
        folder.probe(10)
    assert str(trouble.value) == words
    assert disk.open_files == 0


def test_what_killed_processes_left_goes_and_what_is_at_work_stays(tmp_path: Path) -> None:
    left, at_work, other = (tmp_path / name for name in ("left.probe", "at work.probe", "other.temp"))
    for path in (left, at_work, other):
        path.write_bytes(b"x")
    for path in (left, other):
        os.utime(path, (0, time.time() - 61))
    ProbedFolder(tmp_path).probe(1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["at work.probe", "other.temp"]


def test_a_disk_is_known_by_its_mount_point_before_the_folder_is_there(tmp_path: Path) -> None:
    assert mount_point_of(tmp_path / "not" / "yet") == mount_point_of(tmp_path)
    assert mount_point_of(Path("/proc/self/none")) == Path("/proc")
    link = tmp_path / "link"
    link.symlink_to("/proc/sys")
    assert mount_point_of(link / "x") == Path("/proc")


def test_a_disk_that_is_unmounted_is_said_to_be_gone(tmp_path: Path) -> None:
    folder = ProbedFolder(tmp_path)
    folder.mount_point = tmp_path
    with pytest.raises(StoreUnavailable, match="nothing is mounted at"):
        folder.probe(1)
