"""What ``DiskStore`` adds to the contract (``tests/contract``): folders that are not its own, and disks in trouble."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.contract.place import START_US, settled
from tests.fakes.failing_disk import Failure, WatchedDisk

from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import AlreadyRunning, Corrupt, StoreUnavailable
from longtake.core.segments import Segment
from longtake.kit.files import SystemFileOps

HOUR = "2024-11-09T23"
NOBODY = 65534


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DiskStore]:
    store = DiskStore(tmp_path, not_channels=["media"])
    yield store
    store.close()


async def keep_one(store: DiskStore, channel: str = "demo") -> Segment:
    async with store.open_writer(channel, "source", "capture") as writer:
        incoming = writer.begin()
        await incoming.add(b"x")
        return await incoming.keep(settled)


@contextmanager
def without_root() -> Iterator[None]:
    """Root may read everything; so be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_only_folders_with_a_quality_in_them_are_channels(tmp_path: Path, store: DiskStore) -> None:
    await keep_one(store)
    for folder in (
        f"media/abc/{HOUR}",
        f".hidden/source/{HOUR}",
        "playlist-debug/demo",
        "empty",
        f"demo/.hidden/{HOUR}",
        f"older/480p/{HOUR}",
        "talk/chat",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("nodes.csv", "demo/notes.txt", f"demo/source/{HOUR}.txt", "demo/source/2024-11-10T00"):
        (tmp_path / file).touch()
    assert await store.channels() == ["demo", "older", "talk"]
    assert await store.qualities("demo") == ["source"]
    assert await store.qualities("media") == []
    assert await store.hours("demo", "source") == [HOUR]


async def test_folders_whose_names_cannot_be_asked_for_are_passed_over(
    tmp_path: Path, store: DiskStore
) -> None:
    await keep_one(store)
    for folder in (os.fsdecode(b"in-latin-1-\xfc/source"), "line\nbreak/source", "demo/\x7f"):
        (tmp_path / folder / HOUR).mkdir(parents=True)
    assert await store.channels() == ["demo"]
    assert await store.qualities("demo") == ["source"]


async def test_a_pipe_with_the_name_of_a_segment_is_not_waited_for(tmp_path: Path, store: DiskStore) -> None:
    segment = await keep_one(store)
    path = tmp_path / "demo" / "source" / segment.path
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Corrupt, match="no file"):
        await asyncio.wait_for(store.read("demo", "source", segment), 5)


async def test_folders_in_a_quality_that_are_no_hours_are_passed_over(
    tmp_path: Path, store: DiskStore
) -> None:
    segment = await keep_one(store)
    for name in ("latest", "2024-02-30T10", "2024-11-09T23.old", ".2024-11-09T22"):
        (tmp_path / "demo" / "source" / name).mkdir()
    assert await store.hours("demo", "source") == [HOUR]
    timeline = await store.timeline("demo", "source", start_us=START_US, end_us=segment.end_us)
    assert (timeline.segments, timeline.gaps) == ((segment,), ())


async def test_links_are_not_followed_to_channels_and_qualities(tmp_path: Path, store: DiskStore) -> None:
    await keep_one(store)
    (tmp_path / "linked").symlink_to(tmp_path / "demo")
    (tmp_path / "demo" / "linked").symlink_to(tmp_path / "demo" / "source")
    (tmp_path / "demo" / "source" / "2024-11-10T00").symlink_to(tmp_path / "demo" / "source" / HOUR)
    assert await store.channels() == ["demo"]
    assert await store.qualities("demo") == ["source"]
    assert await store.hours("demo", "source") == [HOUR]


async def test_a_file_where_a_folder_should_be_is_an_empty_listing(tmp_path: Path, store: DiskStore) -> None:
    (tmp_path / "demo").touch()
    assert await store.channels() == []
    assert await store.qualities("demo") == []
    assert await store.hours("demo", "source") == []
    assert (await store.listing("demo", "source", HOUR)).names == ()


async def test_a_folder_that_is_not_ours_to_read_hides_nothing_else() -> None:
    # Not in tmp_path, which nobody but root may enter.
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "demo" / "source" / HOUR).mkdir(parents=True)
        (root / "lost+found").mkdir(mode=0o000)
        store = DiskStore(root)
        try:
            with without_root():
                assert await store.channels() == ["demo"]
                with pytest.raises(StoreUnavailable, match="cannot list the qualities: no permission"):
                    await store.qualities("lost+found")
        finally:
            store.close()
            (root / "lost+found").chmod(0o700)


async def test_what_a_store_was_prepared_halfway_for_is_not_held(tmp_path: Path, store: DiskStore) -> None:
    blocking = tmp_path / "demo" / "source" / ".longtake" / "temp"
    blocking.parent.mkdir(parents=True)
    blocking.touch()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="cannot prepare to record"):
            await keep_one(store)
    blocking.unlink()
    await keep_one(store)


async def test_a_lock_is_per_store_not_per_name(tmp_path: Path, store: DiskStore) -> None:
    other = DiskStore(tmp_path / "elsewhere")
    async with store.open_writer("demo", "source", "capture"):
        await keep_one(other)
        with pytest.raises(AlreadyRunning, match=f"by process {os.getpid()}$"):
            await keep_one(store)
    other.close()


async def test_a_removal_that_fails_says_why_and_leaves_the_segment(tmp_path: Path) -> None:
    disk = WatchedDisk()
    store = DiskStore(tmp_path, ops=disk)
    segment = await keep_one(store)
    disk.failure = Failure(at=0, error=errno.EROFS)
    with pytest.raises(StoreUnavailable, match=r"^cannot remove a segment: the disk is read-only$"):
        await store.remove("demo", "source", segment)
    assert await store.read("demo", "source", segment) == b"x"
    await store.remove("demo", "source", segment)
    assert await store.hours("demo", "source") == []
    store.close()


async def test_a_folder_in_a_segments_place_is_trouble_not_content(tmp_path: Path, store: DiskStore) -> None:
    segment = await keep_one(store)
    path = tmp_path / "demo" / "source" / segment.path
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreUnavailable, match="cannot read a segment"):
        await store.read("demo", "source", segment)


async def test_a_new_store_object_makes_nothing_until_it_is_used(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "none")
    assert await store.channels() == []
    assert list(tmp_path.iterdir()) == []
    store.close()


async def test_a_closed_store_has_no_threads_left(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = DiskStore(tmp_path)
    await keep_one(store)
    await store.channels()
    await store.listing("demo", "source", HOUR)
    mine = set(threading.enumerate()) - before
    assert len(mine) >= 3
    store.close()
    assert not any(thread.is_alive() for thread in mine)


async def test_open_files_do_not_pile_up(tmp_path: Path, store: DiskStore) -> None:
    async def use() -> int:
        segment = await keep_one(store)
        await store.read("demo", "source", segment)
        await store.facts("demo", "source", [HOUR])
        await store.shown("demo", "source", now_us=START_US)
        async with store.open_writer("demo", "source", "capture") as writer:
            incoming = writer.begin()
            await incoming.add(bytes(9 << 20))
            await incoming.discard()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = await use()
    assert [await use() for _ in range(5)] == [before] * 5


async def test_an_hour_goes_with_its_folders_and_links_but_not_with_what_links_lead_to(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo" / "source" / "2024-11-09T23"
    (folder / "odd" / "folder").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").touch()
    (folder / "link").symlink_to(tmp_path / "outside")
    store = DiskStore(tmp_path)
    await store.remove_hour("demo", "source", "2024-11-09T23")
    assert not folder.exists()
    assert (tmp_path / "outside" / "file").exists()
    store.close()


async def test_what_can_be_removed_of_an_hour_is_and_the_rest_is_told(tmp_path: Path) -> None:
    class Refusing(SystemFileOps):
        def remove(self, path: Path) -> None:
            if path.name == "b":
                raise PermissionError(errno.EPERM, "Operation not permitted")
            super().remove(path)

    folder = tmp_path / "demo" / "source" / "2024-11-09T23"
    folder.mkdir(parents=True)
    for name in "abc":
        (folder / name).touch()
    store = DiskStore(tmp_path, ops=Refusing())
    with pytest.raises(StoreUnavailable, match="remove an hour"):
        await store.remove_hour("demo", "source", "2024-11-09T23")
    assert [path.name for path in folder.iterdir()] == ["b"]
    store.close()


async def test_names_that_nobody_records_leave_nothing_behind(store: DiskStore) -> None:
    await keep_one(store)
    for number in range(50):
        shown = await store.shown(f"nobody-{number}", "source", now_us=START_US)
        assert shown.reach_us is None
    await store.shown("demo", "source", now_us=START_US + 60_000_000)
    assert list(store._ledgers) == ["demo"]
