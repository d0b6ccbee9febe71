"""Second names, chat batches and tombstones on disks that fail, that know no links, and that hold odd things."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.contract.place import HOUR, START_US, a_batch, keep, renamed
from tests.fakes.failing_disk import Failure, WatchedDisk

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.interface import SegmentWriter
from longtake.core.errors import Corrupt, NotFound, StoreUnavailable
from longtake.core.facts import SegmentFacts
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import HOUR_US
from longtake.kit.files import CANNOT_LINK

CONTENT = b"the same content"
DIGEST = hashlib.sha256(CONTENT).digest()
FIRST = named_segment(start_us=START_US, duration_s=2.0, type=SegmentType.FULL, digest=DIGEST)
SECOND = renamed(FIRST)
NEXT_HOUR = renamed(FIRST, later_us=HOUR_US)
BATCH = a_batch(b"[]")


class Unlinked(WatchedDisk):
    """A file system that knows no links, or no more of that file."""

    def __init__(self, error: int) -> None:
        super().__init__()
        self._error = error

    def link(self, source: Path, target: Path) -> None:
        raise OSError(self._error, os.strerror(self._error), str(source))


class Node:
    """A store on a disk, with a writer that pulls."""

    def __init__(self, root: Path, disk: WatchedDisk | None = None) -> None:
        self.root, self.disk = root, disk or WatchedDisk()
        self.store = DiskStore(root, ops=self.disk)

    def path(self, segment: Segment, quality: str = "source") -> Path:
        return self.root / "demo" / quality / segment.path

    def names(self) -> list[str]:
        return sorted(path.name for path in self.root.glob("demo/*/[!.]*/*"))

    def lost(self) -> set[Path]:
        """What a power cut could undo, but for the folders of temps and facts."""
        return {path for path in self.disk.lost_without_power() if ".longtake" not in path.parts[:-1]}

    def temps(self) -> list[Path]:
        return list(self.root.glob("*/*/.longtake/temp/*/*"))

    async def pull(self, work: Callable[[SegmentWriter], object], quality: str = "source") -> object:
        try:
            async with self.store.open_writer("demo", quality, "replicate") as writer:
                return await work(writer)  # type: ignore[misc]
        finally:
            self.store.close()


def put(path: Path, content: bytes = CONTENT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def second_name(writer: SegmentWriter) -> bool:
    return await writer.keep_second_name(SECOND, FIRST)


class TestSecondNames:
    async def test_it_is_the_same_file_and_on_disk(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST))
        assert await node.pull(second_name)
        assert node.path(FIRST).samefile(node.path(SECOND))
        assert node.lost() == set()
        assert node.disk.done.index(("read_synced", node.path(FIRST))) < node.disk.done.index(
            ("link", node.path(SECOND))
        ), "the content is on disk before it gets the name"

    async def test_its_hour_is_made_and_on_disk_with_it(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST))
        assert await node.pull(lambda writer: writer.keep_second_name(NEXT_HOUR, FIRST))
        assert node.path(NEXT_HOUR).read_bytes() == CONTENT
        assert node.lost() == set()

    async def test_one_that_is_there_is_on_disk_once_that_is_said(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST))
        put(node.path(SECOND))
        assert not await node.pull(second_name)
        assert ("fsync_folder", node.path(SECOND).parent) in node.disk.done

    @pytest.mark.parametrize("error", sorted(CANNOT_LINK))
    async def test_where_there_are_no_links_it_is_a_copy(self, tmp_path: Path, error: int) -> None:
        node = Node(tmp_path, Unlinked(error))
        put(node.path(FIRST))
        assert await node.pull(second_name)
        assert node.path(SECOND).read_bytes() == CONTENT
        assert not node.path(FIRST).samefile(node.path(SECOND))
        assert node.lost() == set()
        assert (node.temps(), node.disk.open_files) == ([], 0)

    @pytest.mark.parametrize("error", [errno.EPERM, None], ids=["without links", "with links"])
    async def test_whatever_fails_leaves_the_whole_content_or_nothing(
        self, tmp_path: Path, error: int | None
    ) -> None:
        for at in range(40):
            node = Node(tmp_path / str(at), Unlinked(error) if error else WatchedDisk())
            put(node.path(FIRST))
            failed = Failure(at=at, error=errno.ENOSPC)

            async def work(writer: SegmentWriter, node: Node = node, failed: Failure = failed) -> bool:
                node.disk.failure = failed
                try:
                    return await writer.keep_second_name(NEXT_HOUR, FIRST)
                except StoreUnavailable:
                    return False
                finally:
                    node.disk.failure = None

            kept = await node.pull(work)
            there = node.path(NEXT_HOUR).exists()
            assert not there or node.path(NEXT_HOUR).read_bytes() == CONTENT
            if kept:
                assert there
                assert node.lost() == set()
            assert (node.temps(), node.disk.open_files) == ([], 0)
            if not failed.met:
                break
        assert not failed.met
        assert at >= 3

    @pytest.mark.parametrize("kind", ["a link", "a folder", "a pipe", "a bad block", "nobody's"])
    async def test_what_cannot_be_read_is_damaged_and_stops_nothing_else(
        self, tmp_path: Path, kind: str
    ) -> None:
        class Bad(WatchedDisk):
            def read_synced(self, path: Path) -> bytes:
                error = {"a bad block": errno.EIO, "nobody's": errno.EACCES}.get(kind)
                if error is not None:
                    raise OSError(error, os.strerror(error), str(path))
                return super().read_synced(path)

        node = Node(tmp_path, Bad())
        first = node.path(FIRST)
        put(first)
        if kind in ("a link", "a folder", "a pipe"):
            first.rename(tmp_path / "elsewhere")
            if kind == "a link":
                first.symlink_to(tmp_path / "elsewhere")
            elif kind == "a folder":
                first.mkdir()
            else:
                os.mkfifo(first)
        with pytest.raises(Corrupt):
            await node.pull(second_name)
        assert node.names() == [FIRST.name]

    async def test_a_link_to_nowhere_in_the_place_of_the_name_stays(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST))
        node.path(SECOND).symlink_to(tmp_path / "nowhere")
        assert not await node.pull(second_name)
        assert node.path(SECOND).is_symlink()
        assert not (tmp_path / "nowhere").exists()

    async def test_a_file_in_the_place_of_the_hour_is_told(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST))
        put(node.path(NEXT_HOUR).parent, b"a file")
        with pytest.raises(StoreUnavailable, match="Not a directory"):
            await node.pull(lambda writer: writer.keep_second_name(NEXT_HOUR, FIRST))
        assert node.path(NEXT_HOUR).parent.read_bytes() == b"a file"

    async def test_a_source_that_goes_meanwhile_is_gone(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(NEXT_HOUR))
        with pytest.raises(NotFound):
            await node.pull(second_name)
        assert node.names() == [NEXT_HOUR.name]

    async def test_facts_of_many_second_names_are_read_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of an hour of 1800: to read all of them for each one would be 3 million lines."""
        decoded: list[int] = []
        from longtake.adapters.store import facts_log
        from longtake.core.facts import decode_all

        def counting(lines: list[str]) -> dict[str, SegmentFacts]:
            decoded.append(len(lines))
            return decode_all(lines)

        monkeypatch.setattr(facts_log, "decode_all", counting)
        node = Node(tmp_path)
        count = 300

        async def work(writer: SegmentWriter) -> None:
            first = await keep(writer, CONTENT)
            known = [SegmentFacts(name=f"{number}.ts", size_bytes=1) for number in range(count)]
            await node.store.note_facts("demo", "source", HOUR, known)
            for number in range(1, count + 1):
                assert await writer.keep_second_name(renamed(first, later_us=1000 * number), first)

        began_s = time.monotonic()
        await node.pull(work)
        assert sum(decoded) <= 3 * count
        assert time.monotonic() - began_s < 60


class TestChat:
    async def test_it_is_on_disk_under_its_name(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        await node.pull(lambda writer: writer.keep_chat(BATCH, b"[]"), "chat")
        assert (tmp_path / "demo" / "chat" / BATCH.path).read_bytes() == b"[]"
        assert node.lost() == set()
        assert (node.temps(), node.disk.open_files) == ([], 0)

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS])
    async def test_whatever_fails_leaves_the_whole_batch_or_nothing(self, tmp_path: Path, error: int) -> None:
        for at in range(40):
            node = Node(tmp_path / str(at))
            failed = Failure(at=at, error=error)

            async def work(writer: SegmentWriter, node: Node = node, failed: Failure = failed) -> bool:
                node.disk.failure = failed
                try:
                    await writer.keep_chat(BATCH, b"[]")
                except StoreUnavailable:
                    return False
                finally:
                    node.disk.failure = None
                return True

            kept = await node.pull(work, "chat")
            path = node.root / "demo" / "chat" / BATCH.path
            assert not path.exists() or path.read_bytes() == b"[]"
            if kept:
                assert path.exists()
                assert node.lost() == set()
            assert (node.temps(), node.disk.open_files) == ([], 0)
            if not failed.met:
                break
        assert not failed.met
        assert at > 4


class TestTombstones:
    async def test_it_is_an_empty_file_that_is_on_disk_with_all_folders_above(self, tmp_path: Path) -> None:
        node = Node(tmp_path / "not there yet")
        assert await node.store.suppress("demo", "source", HOUR, FIRST.name)
        (path,) = node.path(FIRST).parent.iterdir()
        assert (path.suffix, path.read_bytes()) == (".tombstone", b"")
        assert node.lost() == set()
        assert node.disk.open_files == 0
        node.store.close()

    async def test_one_that_is_there_is_on_disk_once_that_is_said(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST).with_suffix(".tombstone"), b"")
        assert not await node.store.suppress("demo", "source", HOUR, FIRST.name)
        assert ("fsync_folder", node.path(FIRST).parent) in node.disk.done
        node.store.close()

    async def test_trouble_of_the_disk_is_told_and_it_can_be_repeated(self, tmp_path: Path) -> None:
        for at in range(20):
            node = Node(tmp_path / str(at))
            node.disk.failure = failed = Failure(at=at, error=errno.EROFS)
            with suppress(StoreUnavailable):
                await node.store.suppress("demo", "source", HOUR, FIRST.name)
            if not failed.met:
                break
            await node.store.suppress("demo", "source", HOUR, FIRST.name)
            assert node.names() == [FIRST.name.replace(".ts", ".tombstone")]
            assert node.lost() == set()
            node.store.close()
        node.store.close()
        assert at > 4

    async def test_a_file_in_the_place_of_the_hour_is_told(self, tmp_path: Path) -> None:
        node = Node(tmp_path)
        put(node.path(FIRST).parent, b"a file")
        with pytest.raises(StoreUnavailable, match="Not a directory"):
            await node.store.suppress("demo", "source", HOUR, FIRST.name)
        node.store.close()
