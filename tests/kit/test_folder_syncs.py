"""One sync for many: whoever comes while one is under way gets the next, never the one that may have begun too early."""

from __future__ import annotations

import errno
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.fakes.node_process import wait_for

from longtake.kit.folder_syncs import FolderSyncs

FOLDER = Path("/somewhere")


class Disk:
    """Each sync begins when a thread comes, and ends when it is let go. ``done`` holds what had been written when each began."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.done: list[tuple[str, ...]] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.error: OSError | None = None

    def fsync(self, path: Path) -> None:
        seen = tuple(self.written)
        self.begun.release()
        assert self.go.acquire(timeout=30)
        if self.error is not None:
            raise self.error
        self.done.append(seen)


class Writer(threading.Thread):
    """Writes a name, and has its folder synced; ``failed`` is what that raised."""

    def __init__(self, disk: Disk, syncs: FolderSyncs, name: str) -> None:
        super().__init__(daemon=True)
        self.disk, self.syncs, self.called = disk, syncs, name
        self.failed: Exception | None = None
        self.start()

    def run(self) -> None:
        self.disk.written.append(self.called)
        try:
            self.syncs.sync(FOLDER)
        except (OSError, MemoryError) as error:
            self.failed = error


def joined(syncs: FolderSyncs, users: int) -> None:
    wait_for(lambda: syncs._folders[FOLDER].users == users, "threads that wait")


def test_all_who_come_meanwhile_share_the_next_sync_which_has_seen_what_they_wrote() -> None:
    disk = Disk()
    syncs = FolderSyncs(disk.fsync)
    first = Writer(disk, syncs, "first")
    assert disk.begun.acquire(timeout=30)
    others = [Writer(disk, syncs, f"other {number}") for number in range(5)]
    joined(syncs, 6)
    disk.go.release()
    first.join(30)
    assert disk.begun.acquire(timeout=30)
    assert all(other.is_alive() for other in others)
    disk.go.release()
    for other in others:
        other.join(30)
    assert len(disk.done) == 2
    assert disk.done[0] == ("first",)
    assert set(disk.done[1]) == {"first", *(other.called for other in others)}
    assert syncs._folders == {}


def test_a_failed_sync_is_told_to_all_who_shared_it_and_to_nobody_else() -> None:
    disk = Disk()
    syncs = FolderSyncs(disk.fsync)
    first = Writer(disk, syncs, "first")
    assert disk.begun.acquire(timeout=30)
    others = [Writer(disk, syncs, f"other {number}") for number in range(3)]
    joined(syncs, 4)
    disk.go.release()
    first.join(30)
    disk.error = OSError(errno.EIO, "the disk fails")
    disk.go.release()
    for other in others:
        other.join(30)
    assert first.failed is None
    failures = [other.failed for other in others]
    assert [isinstance(one, OSError) and one.errno for one in failures] == [errno.EIO] * 3
    disk.error = None
    disk.go.release()
    syncs.sync(FOLDER)
    assert len(disk.done) == 2


def test_folders_do_not_wait_for_each_other() -> None:
    disk = Disk()
    syncs = FolderSyncs(disk.fsync)
    stuck = Writer(disk, syncs, "stuck")
    assert disk.begun.acquire(timeout=30)
    other = threading.Thread(target=syncs.sync, args=(Path("/elsewhere"),), daemon=True)
    other.start()
    assert disk.begun.acquire(timeout=30)
    for _ in range(2):
        disk.go.release()
    other.join(30)
    stuck.join(30)
    assert len(disk.done) == 2


def test_a_real_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    from longtake.kit.files import SystemFileOps

    with pytest.raises(FileNotFoundError):
        SystemFileOps().fsync_folder(tmp_path / "nowhere")
    SystemFileOps().fsync_folder(tmp_path)


def test_a_thread_that_is_broken_off_leaves_nobody_waiting() -> None:
    broken = threading.Event()

    class Broken(Disk):
        def fsync(self, path: Path) -> None:
            super().fsync(path)
            if broken.is_set():
                raise MemoryError

    disk = Broken()
    syncs = FolderSyncs(disk.fsync)
    first = Writer(disk, syncs, "first")
    assert disk.begun.acquire(timeout=30)
    others = [Writer(disk, syncs, f"other {number}") for number in range(2)]
    joined(syncs, 3)
    disk.go.release()
    first.join(30)
    broken.set()
    disk.go.release()
    for other in others:
        other.join(30)
    assert {type(other.failed) for other in others} == {MemoryError, OSError}, "who shared it is told"
    broken.clear()
    disk.go.release()
    syncs.sync(FOLDER)
    assert syncs._folders == {}


def test_whatever_the_threads_do_each_name_is_synced_after_it_was_given() -> None:
    names: set[int] = set()
    on_disk: set[int] = set()

    def fsync(path: Path) -> None:
        taken = set(names)
        time.sleep(0)  # others give names meanwhile, which this sync does not take
        on_disk.update(taken)

    syncs = FolderSyncs(fsync)

    def give(first: int) -> None:
        for name in range(first, first + 200):
            names.add(name)
            syncs.sync(FOLDER)
            assert name in on_disk, "acknowledged by a sync that began before it was given"

    with ThreadPoolExecutor(8) as pool:
        for one in [pool.submit(give, thread * 1000) for thread in range(8)]:
            one.result(60)
    assert syncs._folders == {}
