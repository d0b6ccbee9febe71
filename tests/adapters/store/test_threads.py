"""Disks that hang hold up only those who need them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.place import BIG, HOUR, settled

from longtake.adapters.store import disk
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.interface import IncomingSegment
from longtake.adapters.store.threads import DiskThreads, MountPoints
from longtake.core.segments import Segment
from longtake.kit.files import SystemFileOps

TABLE = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw - ext4 /dev/sda1 rw
30 27 8:17 / /srv rw shared:4 - ext4 /dev/sdb1 rw
31 30 8:33 / /srv/store/two\\040words rw - ext4 /dev/sdc1 rw
torn
"""


class HangsOn(SystemFileOps):
    """Every operation that syncs or removes below a folder waits until ``go`` is set."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._paths: dict[int, Path] = {}
        self.go = threading.Event()
        self.hanging = threading.Semaphore(0)

    def open_new(self, path: Path) -> int:
        fd = super().open_new(path)
        self._paths[fd] = path
        return fd

    def fsync(self, fd: int) -> None:
        self._wait(self._paths[fd])
        super().fsync(fd)

    def fsync_folder(self, path: Path) -> None:
        self._wait(path)
        super().fsync_folder(path)

    def _wait(self, path: Path) -> None:
        if path.is_relative_to(self._folder):
            self.hanging.release()
            assert self.go.wait(30), "the test never let the disk go on"


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[HangsOn]:
    ops = HangsOn(tmp_path / "store" / "a")
    yield ops
    ops.go.set()


@pytest.fixture
def store(tmp_path: Path, hung: HangsOn) -> Iterator[DiskStore]:
    """Channel ``a`` is on a disk of its own."""
    table = tmp_path / "mountinfo"
    table.write_text(f"27 1 8:1 / / rw - ext4 a rw\n30 27 8:2 / {tmp_path}/store/a rw - ext4 b rw\n")
    store = DiskStore(tmp_path / "store", ops=hung, mounts=MountPoints(table))
    yield store
    hung.go.set()
    store.close()


async def begun(store: DiskStore, channel: str, stack: asyncio.TaskGroup) -> asyncio.Task[Segment]:
    async def keep() -> Segment:
        async with store.open_writer(channel, "source", f"capture{id(asyncio.current_task())}") as writer:
            incoming: IncomingSegment = writer.begin()
            await incoming.add(channel.encode())
            return await incoming.keep(settled)

    return stack.create_task(keep(), name=f"keep {channel}")


async def test_channels_on_other_disks_are_recorded_and_read_on(store: DiskStore, hung: HangsOn) -> None:
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        stuck = [await begun(store, "a", tasks) for _ in range(20)]
        assert await asyncio.to_thread(hung.hanging.acquire, timeout=10)
        fine = [await begun(store, channel, tasks) for channel in "bcd" for _ in range(4)]
        segment = (await asyncio.gather(*fine))[0]
        assert await store.read("b", "source", segment) == b"b"
        assert len((await store.listing("d", "source", HOUR)).segments) == 1
        assert await store.channels() == ["b", "c", "d"]
        # Of the disk that hangs, what does not need it to write can still be read.
        assert await store.hours("a", "source") == []
        assert not any(task.done() for task in stuck)
        hung.go.set()
    assert len((await store.listing("a", "source", HOUR)).segments) == 1


async def test_a_hung_disk_has_few_threads_however_many_wait_for_it(store: DiskStore, hung: HangsOn) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(100):
            await begun(store, "a", tasks)
        assert await asyncio.to_thread(hung.hanging.acquire, timeout=10)
        writing = [thread for thread in threading.enumerate() if thread.name.startswith("store-write")]
        assert len(writing) <= 16
        hung.go.set()


async def test_what_is_in_memory_can_be_discarded_while_the_disk_hangs(
    store: DiskStore, hung: HangsOn
) -> None:
    hung.go.set()
    async with store.open_writer("a", "source", "capture") as writer:
        hung.go.clear()
        keeping = writer.begin()
        await keeping.add(b"x")
        task = asyncio.create_task(keeping.keep(settled), name="keep")
        assert await asyncio.to_thread(hung.hanging.acquire, timeout=10)
        async with asyncio.timeout(5):
            for size in (1, 1 << 20):
                incoming = writer.begin()
                await incoming.add(bytes(size))
                await incoming.discard()
        hung.go.set()
        await task


async def test_closing_waits_for_what_is_being_written_but_not_for_ever(
    store: DiskStore, hung: HangsOn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_CLOSING_S", 0.2)
    task = asyncio.create_task(_keep_big(store), name="keep")
    assert await asyncio.to_thread(hung.hanging.acquire, timeout=10)
    began_s = time.monotonic()
    await asyncio.to_thread(store.close)
    assert 0.2 <= time.monotonic() - began_s < 5
    hung.go.set()
    task.cancel()
    await asyncio.wait([task])


async def _keep_big(store: DiskStore) -> None:
    async with store.open_writer("a", "source", "capture") as writer:
        await writer.begin().add(bytes(BIG))


@pytest.mark.parametrize(
    ("folder", "mount"),
    [
        ("/srv/store/demo/source", "/srv"),
        ("/srv/store/two words/source", "/srv/store/two words"),
        ("/srv/store/two words", "/srv/store/two words"),
        ("/srv2", "/"),
        ("/", "/"),
    ],
)
def test_a_folder_is_on_the_nearest_mount_above_it(tmp_path: Path, folder: str, mount: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    mounts = MountPoints(table)
    assert mounts.known(Path(folder)) is None
    assert mounts.find(Path(folder)) == Path(mount)
    assert mounts.known(Path(folder)) == Path(mount)


def test_a_link_leads_to_another_mount(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"27 1 8:1 / / rw - ext4 a rw\n30 27 8:2 / {tmp_path}/big rw - ext4 b rw\n")
    (tmp_path / "big" / "demo").mkdir(parents=True)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "demo").symlink_to(tmp_path / "big" / "demo")
    mounts = MountPoints(table)
    mounts.known(tmp_path)
    assert mounts.find(tmp_path / "store" / "demo" / "source") == tmp_path / "big"
    assert mounts.find(tmp_path / "store" / "other" / "source") == Path("/")


def test_what_is_mounted_later_is_seen_soon(tmp_path: Path) -> None:
    table, now_s = tmp_path / "mountinfo", [0.0]
    table.write_text("27 1 8:1 / / rw - ext4 a rw\n")
    mounts = MountPoints(table, lambda: now_s[0])
    assert mounts.known(Path("/srv/store")) is None
    assert mounts.find(Path("/srv/store")) == Path("/")
    table.write_text(TABLE)
    now_s[0] = 4.9
    assert mounts.known(Path("/srv/store")) == Path("/")
    now_s[0] = 5.0
    assert mounts.known(Path("/srv/store")) is None
    assert mounts.find(Path("/srv/store")) == Path("/srv")


async def test_a_folder_that_cannot_be_looked_for_holds_up_only_those_who_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, looks = threading.Event(), []

    def resolve(path: Path) -> Path:
        looks.append(path)
        assert path.name != "hung" or go.wait(30)
        return path

    monkeypatch.setattr(Path, "resolve", resolve)
    threads = DiskThreads("x", 1, MountPoints(tmp_path / "none"))
    hung = [asyncio.create_task(threads.pool(Path("/a/hung")), name="hung") for _ in range(9)]
    async with asyncio.timeout(5):
        pool = await threads.pool(Path("/b/fine"))
        assert not any(task.done() for task in hung)
        go.set()
        assert await asyncio.gather(*hung) == [pool] * 9
    assert looks.count(Path("/a/hung")) == 1
    threads.close(0)


async def test_a_system_that_tells_of_no_mounts_has_one_disk(tmp_path: Path) -> None:
    threads = DiskThreads("x", 1, MountPoints(tmp_path / "none"))
    assert await threads.pool(Path("/srv")) is await threads.pool(Path("relative"))
    threads.close(0)


def test_this_system_tells_of_its_mounts() -> None:
    mounts = MountPoints()
    mounts.known(Path("/"))
    assert mounts.find(Path("/proc/sys")) == Path("/proc")
