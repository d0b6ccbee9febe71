"""What counts in a digest is durable: the order of listing, syncing and counting, and when it is done again."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from tests.builders import a_segment

from longtake.adapters.store.hour_digests import HourDigests
from longtake.core.digests import HourDigest
from longtake.core.listing import HourListing, read_listing
from longtake.kit.files import SystemFileOps

HOUR = "2024-11-09T04"
SECOND_NS = 10**9
THEN_NS = 1_700_000_000 * SECOND_NS


class NotedOps(SystemFileOps):
    """Notes what is synced, and fails if told to."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.failure: OSError | None = None

    def fsync_folder(self, path: Path) -> None:
        self.done.append(f"sync {path.name}")
        if self.failure is not None:
            raise self.failure
        super().fsync_folder(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hour = tmp_path / "source" / HOUR
    hour.mkdir(parents=True)
    add(hour, "04:00:00")
    return tmp_path / "source"


@pytest.fixture
def ops() -> NotedOps:
    return NotedOps()


def add(hour: Path, clock: str) -> None:
    (hour / a_segment(clock).name).touch()
    os.utime(hour, ns=(THEN_NS, THEN_NS))


class Digests:
    """Digests at a moment after the folder's last change."""

    def __init__(self, ops: NotedOps, *, after_ns: int) -> None:
        self._ops = ops
        self._digests = HourDigests(ops, now_ns=lambda: THEN_NS + after_ns)

    def read(self, folder: Path, hours: list[str]) -> list[HourDigest]:
        def listed(hour: str) -> HourListing:
            self._ops.done.append(f"list {hour}")
            there = (folder / hour).iterdir() if (folder / hour).exists() else ()
            return read_listing(hour, [path.name for path in there])

        return self._digests.read(folder, hours, listed)


def test_the_names_are_listed_and_then_made_durable(folder: Path, ops: NotedOps) -> None:
    (digest,) = Digests(ops, after_ns=2 * SECOND_NS).read(folder, [HOUR])
    assert digest.count == 1
    assert ops.done == [f"list {HOUR}", f"sync {HOUR}", "sync source"]


def test_an_hour_that_did_not_change_is_neither_listed_nor_synced_again(folder: Path, ops: NotedOps) -> None:
    digests = Digests(ops, after_ns=2 * SECOND_NS)
    first = digests.read(folder, [HOUR])
    ops.done.clear()
    assert digests.read(folder, [HOUR]) == first
    assert ops.done == []


def test_an_hour_that_changed_a_moment_ago_is_looked_at_each_time(folder: Path, ops: NotedOps) -> None:
    digests = Digests(ops, after_ns=SECOND_NS // 2)
    digests.read(folder, [HOUR])
    add(folder / HOUR, "04:00:02")  # within the tick of the clock: the folder's time stays
    (digest,) = digests.read(folder, [HOUR])
    assert digest.count == 2


def test_what_cannot_be_synced_is_no_digest(folder: Path, ops: NotedOps) -> None:
    digests = Digests(ops, after_ns=2 * SECOND_NS)
    ops.failure = OSError(errno.EIO, "the disk fails")
    with pytest.raises(OSError, match="the disk fails"):
        digests.read(folder, [HOUR])
    ops.failure = None
    assert [one.count for one in digests.read(folder, [HOUR])] == [1]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EINVAL], ids=["read-only", "a file system without"])
def test_where_there_is_nothing_to_sync_names_count(folder: Path, ops: NotedOps, number: int) -> None:
    ops.failure = OSError(number, "no sync")
    assert len(Digests(ops, after_ns=2 * SECOND_NS).read(folder, [HOUR])) == 1


def test_hours_that_are_gone_or_empty_are_left_out(folder: Path, ops: NotedOps) -> None:
    (folder / "2024-11-09T05").mkdir()
    digests = Digests(ops, after_ns=2 * SECOND_NS)
    found = digests.read(folder, [HOUR, "2024-11-09T05", "2024-11-09T06"])
    assert [digest.hour for digest in found] == [HOUR]
