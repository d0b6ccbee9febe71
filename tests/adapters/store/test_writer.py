"""A segment's way onto disks that fail at every step, write too little, dawdle, or lose their power."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.contract.place import HOUR, settled
from tests.fakes.failing_disk import Failure, StuckDisk, WatchedDisk

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.interface import IncomingSegment, SegmentWriter
from longtake.core.errors import StoreUnavailable
from longtake.core.segments import Segment, parse_segment_name
from longtake.core.times import HOUR_US, SECOND_US, parse_time, to_us
from longtake.kit.files import FileOps

START_US = to_us(parse_time("2024-11-09T23:10:00Z"))
BODY = bytes(range(256)) * 4
FLUSHED_AT_ONCE = 9 << 20
WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EIO: "the disk fails",
    errno.EROFS: "the disk is read-only",
}


@asynccontextmanager
async def opened(root: Path, ops: FileOps) -> AsyncIterator[tuple[DiskStore, SegmentWriter]]:
    store = DiskStore(root, ops=ops)
    try:
        async with store.open_writer("demo", "source", "capture") as writer:
            yield store, writer
    finally:
        store.close()


async def finish(incoming: IncomingSegment, *, start_us: int = START_US) -> Segment:
    return await incoming.keep(partial(settled, start_us=start_us))


async def keep(writer: SegmentWriter, body: bytes = BODY, *, start_us: int = START_US) -> Segment:
    incoming = writer.begin()
    await incoming.add(body)
    return await finish(incoming, start_us=start_us)


async def trouble_with(keeping: Awaitable[Segment]) -> str:
    """What went wrong, in the store's words; nothing if it was kept."""
    try:
        await keeping
    except StoreUnavailable as trouble:
        return str(trouble)
    return ""


def visible(root: Path) -> list[Path]:
    """The names that listings show; each one's content is what it says."""
    found = sorted(root.glob("*/*/[!.]*/*.ts"))
    for path in found:
        assert parse_segment_name(path.parent.name, path.name).digest == digest_of(path), path
    return found


def digest_of(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def temps(root: Path) -> list[Path]:
    return list(root.glob("*/*/.longtake/temp/*/*"))


class FailsAt(WatchedDisk):
    """One operation fails while told so."""

    def __init__(self, operation: str) -> None:
        super().__init__()
        self.fails = False

        def failing(*arguments: object) -> object:
            if self.fails:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return works(*arguments)

        works = getattr(super(), operation)
        setattr(self, operation, failing)


class TestEveryStepCanFail:
    """One operation after the other fails, until there is none left that could."""

    @pytest.mark.parametrize("for_good", [False, True], ids=["once", "until it is repaired"])
    @pytest.mark.parametrize("new_hour", [False, True], ids=["into an hour that is there", "into a new hour"])
    @pytest.mark.parametrize(
        ("error", "most_bytes"),
        [
            pytest.param(errno.ENOSPC, None, id="the disk is full"),
            pytest.param(errno.EIO, None, id="the disk fails"),
            pytest.param(errno.EROFS, None, id="the disk is read-only"),
            pytest.param(errno.ENOSPC, 1, id="the disk fills up and takes byte by byte"),
            pytest.param(errno.ENOSPC, len(BODY) // 2, id="the disk fills up and takes half of the body"),
        ],
    )
    async def test_all_of_it_is_there_or_nothing(
        self, tmp_path: Path, error: int, for_good: bool, new_hour: bool, most_bytes: int | None
    ) -> None:
        body = BODY[:8] if most_bytes == 1 else BODY
        for step in count():
            root = tmp_path / str(step)
            disk = WatchedDisk(most_bytes=most_bytes)
            async with opened(root, disk) as (_, writer):
                if not new_hour:
                    await keep(writer, b"before", start_us=START_US + SECOND_US)
                before = visible(root)
                failure = disk.failure = Failure(at=step, error=error, for_good=for_good)
                trouble = await trouble_with(keep(writer, body))
                hour = root / "demo" / "source" / HOUR
                all_synced = disk.done[-1] == ("fsync_folder", hour)  # and then closed with an error
                assert bool(trouble) == (bool(failure.met) and not all_synced)
                if trouble:
                    assert trouble == f"cannot store a segment: {WORDS[error]}"
                    after = set(visible(root)) - set(before)
                    assert {digest_of(path) for path in after} <= {hashlib.sha256(body).digest()}
                    assert len(temps(root)) <= for_good
                    assert disk.open_files == 0
                disk.failure = None
                segment = await keep(writer, body)
                path = root / "demo" / "source" / segment.path
                assert visible(root) == sorted([*before, path])
                assert path.read_bytes() == body
                assert {lost for lost in disk.lost_without_power() if lost in (path, *path.parents)} == set()
                assert disk.open_files == 0
            if not failure.met:
                break
        assert step >= (13 if most_bytes == 1 else 6) + 2 * new_hour

    @pytest.mark.parametrize("after_bytes", [1, 1000, 8 << 20], ids=["one byte", "some bytes", "most of it"])
    async def test_a_disk_that_fills_up_in_the_middle_of_a_write(
        self, tmp_path: Path, after_bytes: int
    ) -> None:
        body = bytes(9 << 20)
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (_, writer):
            disk.failure = Failure(at=1, error=errno.ENOSPC, after_bytes=after_bytes, for_good=True)
            incoming = writer.begin()
            with pytest.raises(StoreUnavailable, match="the disk is full"):
                await incoming.add(body)
            assert temps(tmp_path)[0].stat().st_size == after_bytes
            disk.failure = None
            await incoming.discard()
            assert temps(tmp_path) == []
            await keep(writer, body)
            assert len(visible(tmp_path)) == 1

    async def test_a_store_that_cannot_be_prepared_says_why_and_is_not_held(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        for step in count():
            root = tmp_path / str(step)
            failure = disk.failure = Failure(at=step, error=errno.ENOSPC)
            with suppress(StoreUnavailable):
                async with opened(root, disk):
                    assert not failure.met
            if not failure.met:
                break
            async with opened(root, disk) as (_, writer):
                segment = await keep(writer)
                path = root / "demo" / "source" / segment.path
                assert {lost for lost in disk.lost_without_power() if lost in (path, *path.parents)} == set()
        assert step >= 6


class TestStillWhole:
    """After trouble with the disk, what is in memory can be stored again; what a sync failed for is never trusted."""

    @pytest.mark.parametrize("at", range(7), ids=lambda at: f"at step {at}")
    @pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["the disk fails", "the disk is full"])
    async def test_a_usual_segment_is_kept_when_the_disk_is_well_again(
        self, tmp_path: Path, at: int, error: int
    ) -> None:
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (_, writer):
            incoming = writer.begin()
            await incoming.add(BODY)
            disk.failure = Failure(at=at, error=error, for_good=True)
            for _ in range(3):
                assert await trouble_with(finish(incoming))
                assert incoming.is_whole
            disk.failure = None
            disk.done.clear()
            segment = await finish(incoming)
            assert [path.read_bytes() for path in visible(tmp_path)] == [BODY]
            # Written anew: what was there before a failed sync may be gone in spite of a later one.
            written = [path for done, path in disk.done if done == "open"]
            assert ("fsync", *written) in disk.done
            assert disk.lost_without_power().isdisjoint({tmp_path / "demo" / "source" / segment.path})
        assert disk.open_files == 0

    @pytest.mark.parametrize(
        ("operation", "is_whole"),
        [("write", True), ("make_folder", True), ("rename", True), ("fsync", False), ("fsync_folder", False)],
    )
    async def test_a_big_one_is_unless_a_sync_failed(
        self, tmp_path: Path, operation: str, is_whole: bool
    ) -> None:
        body = bytes(range(256)) * (FLUSHED_AT_ONCE // 256)
        disk = FailsAt(operation)
        async with opened(tmp_path, disk) as (_, writer):
            await keep(writer, b"before", start_us=START_US + SECOND_US)
            incoming = writer.begin()
            await incoming.add(body)
            await incoming.add(b"end")
            disk.fails = True
            start_us = START_US + (HOUR_US if operation == "make_folder" else 0)
            assert await trouble_with(finish(incoming, start_us=start_us))
            disk.fails = False
            assert incoming.is_whole == is_whole
            trouble = await trouble_with(finish(incoming, start_us=start_us))
            assert bool(trouble) != is_whole
            assert temps(tmp_path) == []
            there = [path.read_bytes() for path in visible(tmp_path)]
            assert there.count(body + b"end") == (is_whole or operation == "fsync_folder")
        assert disk.open_files == 0

    async def test_one_that_the_disk_took_no_part_of_stays_whole_in_memory(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (_, writer):
            incoming = writer.begin()
            for chunk in (bytes(FLUSHED_AT_ONCE), b"more", b"the disk is well again"):
                disk.failure = (
                    None if chunk.startswith(b"the") else Failure(at=1, error=errno.ENOSPC, for_good=True)
                )
                with suppress(StoreUnavailable):
                    await incoming.add(chunk)
                assert incoming.is_whole
            await finish(incoming)
            body = bytes(FLUSHED_AT_ONCE) + b"more" + b"the disk is well again"
            assert [path.read_bytes() for path in visible(tmp_path)] == [body]
            assert temps(tmp_path) == []

    async def test_once_all_hold_much_each_goes_to_the_disk_soon(self, tmp_path: Path) -> None:
        async with opened(tmp_path, WatchedDisk()) as (_, writer):
            many = [writer.begin() for _ in range(29)]
            for incoming in many:
                await incoming.add(bytes(5 << 20))
            on_disk = sum(temp.stat().st_size for temp in temps(tmp_path))
            assert 29 * 5 - 135 <= on_disk >> 20 <= 29 * 5 - 120
            for incoming in many:
                await incoming.discard()
            assert temps(tmp_path) == []
            late = writer.begin()
            await late.add(bytes(5 << 20))
            assert temps(tmp_path) == []


class TestOrder:
    """What must be on disk before what."""

    async def test_a_segment_of_a_known_hour(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (_, writer):
            await keep(writer, b"before", start_us=START_US + SECOND_US)
            disk.done.clear()
            segment = await keep(writer)
        target = tmp_path / "demo" / "source" / segment.path
        temp = disk.done[0][1]
        assert disk.done == [
            ("open", temp),
            ("write", temp),
            ("fsync", temp),
            ("rename", target),
            ("fsync_folder", target.parent),
            ("close", temp),
        ]
        assert temp.is_relative_to(tmp_path / "demo" / "source" / ".longtake" / "temp" / "capture")

    async def test_a_new_hour_is_on_disk_before_a_segment_is_in_it(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (_, writer):
            segment = await keep(writer)
        target = tmp_path / "demo" / "source" / segment.path
        made = disk.done.index(("make_folder", target.parent))
        synced = disk.done.index(("fsync_folder", target.parent.parent), made)
        assert synced < disk.done.index(("rename", target))

    async def test_a_new_store_is_on_disk_from_the_first_folder_that_was_there(self, tmp_path: Path) -> None:
        root = tmp_path / "srv" / "store"
        disk = WatchedDisk()
        async with opened(root, disk) as (_, writer):
            segment = await keep(writer)
        target = root / "demo" / "source" / segment.path
        for folder in (root.parent, root, root / "demo", root / "demo" / "source", target.parent):
            made = disk.done.index(("make_folder", folder))
            assert ("fsync_folder", folder.parent) in disk.done[made : disk.done.index(("rename", target))]
        assert disk.lost_without_power().isdisjoint((target, *target.parents))

    async def test_an_hour_that_somebody_else_made_is_synced_too(self, tmp_path: Path) -> None:
        # Who made it may be about to sync it, or may have failed to.
        hour = tmp_path / "demo" / "source" / "2024-11-09T23"
        hour.mkdir(parents=True)
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (_, writer):
            segment = await keep(writer)
        before = disk.done[: disk.done.index(("rename", hour / segment.name))]
        for folder in (hour.parent, hour.parent.parent, tmp_path):
            assert ("fsync_folder", folder) in before

    async def test_an_hour_that_went_and_came_again_is_synced_again(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        async with opened(tmp_path, disk) as (store, writer):
            for _ in range(2):
                segment = await keep(writer)
                path = tmp_path / "demo" / "source" / segment.path
                assert disk.lost_without_power().isdisjoint((path, *path.parents))
                await store.remove("demo", "source", segment)
                assert not path.parent.exists()

    async def test_a_segment_waits_for_no_other_thread_that_syncs_the_hour_of_both_but_syncs_it_itself(
        self, tmp_path: Path
    ) -> None:
        disk = StuckDisk("fsync_folder", "/source")
        disk.reached.set()  # not for the folders that open_writer makes
        async with opened(tmp_path, disk) as (_, writer):
            disk.reached.clear()
            first = asyncio.create_task(keep(writer, b"first"), name="first")
            assert await asyncio.to_thread(disk.reached.wait, 10)
            disk.done.clear()
            second = await keep(writer, b"second")
            quality = tmp_path / "demo" / "source"
            assert disk.done.index(("fsync_folder", quality)) < disk.done.index(
                ("rename", quality / second.path)
            )
            disk.go.set()
            await first
        assert len(visible(tmp_path)) == 2


class TestCancelled:
    """A caller is cancelled while a thread is still at work on its segment."""

    async def stuck_in_add(self, writer: SegmentWriter, disk: StuckDisk, body: bytes) -> IncomingSegment:
        incoming = writer.begin()
        adding = asyncio.create_task(incoming.add(body), name="add")
        assert await asyncio.to_thread(disk.reached.wait, 10)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        return incoming

    async def test_what_was_being_written_is_whole_when_kept_after_all(self, tmp_path: Path) -> None:
        body = bytes(range(256)) * (FLUSHED_AT_ONCE // 256)
        disk = StuckDisk("write")
        async with opened(tmp_path, disk) as (_, writer):
            incoming = await self.stuck_in_add(writer, disk, body)
            keeping = asyncio.create_task(finish(incoming), name="keep")
            done, _ = await asyncio.wait([keeping], timeout=0.2)
            assert not done
            disk.go.set()
            segment = await keeping
        assert visible(tmp_path) == [tmp_path / "demo" / "source" / segment.path]
        assert segment.digest == hashlib.sha256(body).digest()

    async def test_what_was_being_written_is_gone_when_discarded(self, tmp_path: Path) -> None:
        disk = StuckDisk("write")
        async with opened(tmp_path, disk) as (store, writer):
            incoming = await self.stuck_in_add(writer, disk, bytes(FLUSHED_AT_ONCE))
            discarding = asyncio.create_task(incoming.discard(), name="discard")
            await asyncio.wait([discarding], timeout=0.2)
            disk.go.set()
            await discarding
            await asyncio.to_thread(store.close)
        assert temps(tmp_path) == []
        assert disk.open_files == 0

    async def test_a_writer_that_was_cancelled_while_opening_holds_no_lock(self, tmp_path: Path) -> None:
        disk = StuckDisk("make_folder", "/source")
        store = DiskStore(tmp_path, ops=disk)

        async def enter() -> None:
            async with store.open_writer("demo", "source", "capture"):
                pytest.fail("the disk is stuck")

        opening = asyncio.create_task(enter(), name="open")
        assert await asyncio.to_thread(disk.reached.wait, 10)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        disk.go.set()
        await asyncio.to_thread(store.close)
        await asyncio.sleep(0.05)  # the loop hears of the thread's end
        async with opened(tmp_path, WatchedDisk()):
            pass


async def test_facts_that_cannot_be_noted_do_not_cost_the_segment(tmp_path: Path) -> None:
    """A folder stands where the facts' file should be."""
    (tmp_path / "demo/source/.longtake/facts/2024-11-09T23.jsonl").mkdir(parents=True)
    store = DiskStore(tmp_path)
    async with store.open_writer("demo", "source", "capture") as writer:
        with capture_logs() as logs:
            segment = await keep(writer)
    store.close()
    assert [path.name for path in visible(tmp_path)] == [segment.name]
    assert [log["event"] for log in logs] == ["facts not noted"]
