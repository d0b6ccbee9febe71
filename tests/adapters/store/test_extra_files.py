"""Extra folders: what is listed, how files come in, and what never happens to a disk."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
import time
from pathlib import Path

import pytest
from tests.fakes.failing_disk import Failure, StuckDisk, WatchedDisk

from longtake.adapters.store import extra_files
from longtake.adapters.store.extra_files import TEMPS, DiskExtraFiles
from longtake.core.errors import Corrupt, InvalidName, StoreUnavailable
from longtake.core.names import hash_text
from longtake.kit.files import FileOps

CONTENT = b"a picture"
HASH = hash_text(hashlib.sha256(CONTENT).digest())
URL_HASH = hash_text(hashlib.sha256(b"https://example.org/picture").digest())
BIG = 3 << 20


def extras(root: Path, ops: FileOps | None = None) -> DiskExtraFiles:
    return DiskExtraFiles(root, ["media", "emotes"], ops=ops)


@pytest.fixture
def files(tmp_path: Path) -> DiskExtraFiles:
    return extras(tmp_path)


def put(root: Path, path: str, content: bytes = b"x") -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return root / path


async def keep(files: DiskExtraFiles, folder: str, path: str, *chunks: bytes) -> bool:
    incoming = files.begin(folder, path)
    try:
        for chunk in chunks:
            await incoming.add(chunk)
        return await incoming.keep()
    finally:
        await incoming.discard()


def temps(root: Path) -> list[Path]:
    return list(root.glob(f"*/{TEMPS}/*"))


def visible(root: Path) -> dict[str, bytes]:
    """Path below the root to content, of all but what is hidden."""
    found = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    paths = {str(path.relative_to(root)): path for path in found}
    return {name: path.read_bytes() for name, path in paths.items() if "/." not in f"/{name}"}


class TestListed:
    async def test_regular_files_are_listed_and_nothing_else(
        self, files: DiskExtraFiles, tmp_path: Path
    ) -> None:
        for path in ("b.png", "a/b/c.gif", "a/a.gif", "a b/ü+%.json"):
            put(tmp_path, f"emotes/{path}")
        for path in (
            ".hidden",
            ".folder/x",
            f"{TEMPS}/x.temp",
            "x.temp",
            "x.png.0b5e5bb4-6a9f-4d3a-8f5b-3a5d1f1b8a11.temp",
        ):
            put(tmp_path, f"emotes/{path}")
        outside = put(tmp_path, "outside/secret")
        (tmp_path / "emotes" / "link").symlink_to(outside)
        (tmp_path / "emotes" / "folder-link").symlink_to(outside.parent)
        os.mkfifo(tmp_path / "emotes" / "pipe")
        (tmp_path / "emotes" / "empty").mkdir()
        assert await files.listed("emotes") == ["a b/ü+%.json", "a/a.gif", "a/b/c.gif", "b.png"]

    async def test_a_folder_in_it_is_listed_relative_to_itself(
        self, files: DiskExtraFiles, tmp_path: Path
    ) -> None:
        put(tmp_path, f"media/{URL_HASH}/{HASH}.png")
        put(tmp_path, "media/other/x")
        assert await files.listed(f"media/{URL_HASH}") == [f"{HASH}.png"]
        assert await files.listed("media/none") == []
        assert await files.listed(f"media/{URL_HASH}/{HASH}.png") == []

    @pytest.mark.parametrize("folder", ["demo", "emotes", "nothing", "demo/source"])
    async def test_what_is_no_extra_folder_or_not_there_has_nothing(
        self, files: DiskExtraFiles, tmp_path: Path, folder: str
    ) -> None:
        put(tmp_path, "demo/source/x")
        assert await files.listed(folder) == []

    @pytest.mark.parametrize(
        "folder", ["", ".", "..", "media/..", "media//x", "/media", "media/", ".longtake", "media/a\0"]
    )
    async def test_a_path_that_is_none_is_refused(self, files: DiskExtraFiles, folder: str) -> None:
        with pytest.raises(InvalidName):
            await files.listed(folder)

    async def test_a_link_in_the_place_of_a_folder_is_not_followed(
        self, files: DiskExtraFiles, tmp_path: Path
    ) -> None:
        put(tmp_path, "outside/inner/secret")
        (tmp_path / "media").symlink_to(tmp_path / "outside")
        put(tmp_path, "emotes/x")
        (tmp_path / "emotes" / "inner").symlink_to(tmp_path / "outside")
        for folder in ("media", "media/inner", "emotes/inner"):
            assert await files.listed(folder) == []

    async def test_names_in_no_encoding_and_too_deep_ones_are_left_out(
        self, files: DiskExtraFiles, tmp_path: Path
    ) -> None:
        put(tmp_path, "emotes/" + "/".join("12345678"))
        put(tmp_path, "emotes/deep/" + "/".join("12345678"))
        (tmp_path / "emotes" / os.fsdecode(b"\xff.png")).touch()
        assert await files.listed("emotes") == ["1/2/3/4/5/6/7/8"]

    async def test_there_is_an_end_to_it(
        self, files: DiskExtraFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(extra_files, "_MOST_LISTED", 5)
        for number in range(9):
            put(tmp_path, f"emotes/{number}")
        assert len(await files.listed("emotes")) == 5


class TestComing:
    @pytest.mark.parametrize(
        ("folder", "path"),
        [
            ("media", f"{URL_HASH}/{HASH}.png"),
            ("media", f"{URL_HASH}/{HASH}.metadata.json"),
            ("media", "odd/picture.png"),
            ("emotes", "25"),
            ("emotes", "a/b/c.gif"),
        ],
        ids=["a picture", "its metadata", "another name", "an emote", "in folders"],
    )
    async def test_a_file_is_durable_under_its_name(self, tmp_path: Path, folder: str, path: str) -> None:
        disk = WatchedDisk()
        content = CONTENT
        assert await keep(extras(tmp_path, disk), folder, path, content[:3], b"", content[3:])
        assert visible(tmp_path) == {f"{folder}/{path}": content}
        done = disk.done
        assert done.index(("link", tmp_path / folder / path)) > max(
            at for at, (what, _) in enumerate(done) if what in ("write", "fsync")
        ), "the content is on disk before it has a name"
        assert disk.lost_without_power() == set()
        assert (temps(tmp_path), disk.open_files) == ([], 0)
        assert await extras(tmp_path).listed(folder) == [path]

    async def test_a_big_one_goes_to_the_disk_piece_by_piece(self, tmp_path: Path) -> None:
        disk = WatchedDisk(most_bytes=100_001)
        body = bytes(range(256)) * (BIG // 256)
        digest = hash_text(hashlib.sha256(body).digest())
        files = extras(tmp_path, disk)
        incoming = files.begin("media", f"{URL_HASH}/{digest}.mp4")
        for at in range(0, BIG, 65536):
            await incoming.add(body[at : at + 65536])
            assert sum(map(len, incoming._waiting)) <= 1 << 20
        assert incoming.size_bytes == BIG
        assert visible(tmp_path) == {}
        assert await incoming.keep()
        assert visible(tmp_path) == {f"media/{URL_HASH}/{digest}.mp4": body}

    async def test_an_empty_one_is_a_file_too(self, tmp_path: Path) -> None:
        assert await keep(extras(tmp_path), "emotes", "empty")
        assert visible(tmp_path) == {"emotes/empty": b""}

    async def test_other_bytes_than_the_name_says_are_refused(self, tmp_path: Path) -> None:
        files = extras(tmp_path)
        incoming = files.begin("media", f"{URL_HASH}/{HASH}.png")
        await incoming.add(b"another picture")
        with pytest.raises(Corrupt, match="other bytes"):
            await incoming.keep()
        assert (visible(tmp_path), temps(tmp_path)) == ({}, [])
        with pytest.raises(StoreUnavailable):
            await incoming.keep()

    async def test_a_file_that_is_there_is_never_replaced(self, tmp_path: Path) -> None:
        put(tmp_path, "emotes/25", b"the first")
        disk = WatchedDisk()
        assert not await keep(extras(tmp_path, disk), "emotes", "25", b"the second")
        assert visible(tmp_path) == {"emotes/25": b"the first"}
        assert (temps(tmp_path), disk.open_files) == ([], 0)

    async def test_of_many_who_bring_the_same_file_one_does(self, tmp_path: Path) -> None:
        files = extras(tmp_path)
        kept = await asyncio.gather(*(keep(files, "emotes", "25", bytes([one]) * 9) for one in range(20)))
        assert sum(kept) == 1
        (content,) = visible(tmp_path).values()
        assert content == bytes([kept.index(True)]) * 9
        assert temps(tmp_path) == []

    @pytest.mark.parametrize("error", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
    async def test_where_there_are_no_links_it_is_renamed(self, tmp_path: Path, error: int) -> None:
        class Unlinked(WatchedDisk):
            def link(self, source: Path, target: Path) -> None:
                raise OSError(error, os.strerror(error), str(source))

        disk = Unlinked()
        files = extras(tmp_path, disk)
        assert await keep(files, "emotes", "25", CONTENT)
        assert not await keep(files, "emotes", "25", b"other")
        assert visible(tmp_path) == {"emotes/25": CONTENT}
        assert disk.lost_without_power() == set()
        assert (temps(tmp_path), disk.open_files) == ([], 0)

    @pytest.mark.parametrize(
        ("folder", "path"),
        [
            ("demo", "x"),
            ("media/abc", "x"),
            ("", "x"),
            ("emotes", ""),
            ("emotes", "../demo/x"),
            ("emotes", "/x"),
            ("emotes", "a//x"),
            ("emotes", ".hidden"),
            ("emotes", ".longtake-temp/x"),
            ("emotes", "x.temp"),
            ("emotes", "a\0b"),
            ("emotes", "a\nb"),
            ("emotes", "\udcff"),
            ("emotes", "1/2/3/4/5/6/7/8/9"),
            ("emotes", "x" * 256),
        ],
    )
    def test_a_path_that_leads_anywhere_else_is_refused(
        self, files: DiskExtraFiles, tmp_path: Path, folder: str, path: str
    ) -> None:
        with pytest.raises(InvalidName):
            files.begin(folder, path)
        assert list(tmp_path.iterdir()) == []

    async def test_no_file_comes_in_through_a_link(self, files: DiskExtraFiles, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        put(tmp_path, "emotes/first")
        (tmp_path / "emotes" / "folder").symlink_to(tmp_path / "outside")
        (tmp_path / "emotes" / "name").symlink_to(tmp_path / "outside" / "made")
        with pytest.raises(InvalidName, match="is no folder here"):
            await keep(files, "emotes", "folder/x", b"x")
        assert not await keep(files, "emotes", "name", b"x")
        (tmp_path / "media").symlink_to(tmp_path / "outside")
        with pytest.raises(StoreUnavailable, match="a link stands for an extra folder"):
            await keep(files, "media", "x", b"x")
        assert list((tmp_path / "outside").iterdir()) == []
        assert temps(tmp_path) == []

    async def test_a_file_in_the_place_of_a_folder_stops_only_what_is_below_it(
        self, files: DiskExtraFiles, tmp_path: Path
    ) -> None:
        put(tmp_path, "emotes/a", b"a file")
        with pytest.raises(InvalidName, match="is no folder here"):
            await keep(files, "emotes", "a/b", b"x")
        assert await keep(files, "emotes", "b/a", b"x")
        assert visible(tmp_path) == {"emotes/a": b"a file", "emotes/b/a": b"x"}
        assert temps(tmp_path) == []


class TestTrouble:
    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
    @pytest.mark.parametrize("size", [9, BIG], ids=["a few bytes", "much"])
    async def test_whatever_fails_leaves_the_whole_file_or_nothing(
        self, tmp_path: Path, error: int, size: int
    ) -> None:
        body = bytes(size)
        for at in range(100):
            root = tmp_path / str(at)
            disk = WatchedDisk(most_bytes=700_000)
            disk.failure = Failure(at=at, error=error)
            try:
                await keep(extras(root, disk), "emotes", "a/x", body[: size // 2], body[size // 2 :])
            except StoreUnavailable:
                assert visible(root) in ({}, {"emotes/a/x": body})
            else:
                assert visible(root) == {"emotes/a/x": body}
                assert disk.lost_without_power() == set()
            assert disk.open_files == 0
            if not disk.failure.met:
                break
            disk.failure = None
            await keep(extras(root, disk), "emotes", "a/x", body)
            assert visible(root) == {"emotes/a/x": body}
            assert disk.lost_without_power() == set()
        else:
            pytest.fail("it never came to an end")
        assert at > 8

    async def test_what_a_full_disk_took_of_it_is_never_kept(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        incoming = extras(tmp_path, disk).begin("emotes", "25")
        await incoming.add(b"begin")
        disk.failure = Failure(at=3, error=errno.ENOSPC)
        with pytest.raises(StoreUnavailable):
            await incoming.add(bytes(BIG))
        assert disk.failure.met == 1
        await incoming.add(b"end")
        with pytest.raises(StoreUnavailable, match="lost before"):
            await incoming.keep()
        assert (visible(tmp_path), temps(tmp_path), disk.open_files) == ({}, [], 0)

    async def test_what_is_given_up_leaves_nothing(self, tmp_path: Path) -> None:
        files = extras(tmp_path)
        for size in (0, 9, BIG):
            incoming = files.begin("emotes", "25")
            await incoming.add(bytes(size))
            await incoming.discard()
            await incoming.discard()
        assert (visible(tmp_path), temps(tmp_path)) == ({}, [])

    async def test_one_that_is_given_up_while_a_thread_writes_it_ends_after_that(
        self, tmp_path: Path
    ) -> None:
        disk = StuckDisk("write")
        incoming = extras(tmp_path, disk).begin("emotes", "25")
        adding = asyncio.create_task(incoming.add(bytes(BIG)), name="add")
        assert await asyncio.to_thread(disk.reached.wait, 30)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        discarding = asyncio.create_task(incoming.discard(), name="discard")
        ended, _ = await asyncio.wait([discarding], timeout=0.2)
        assert not ended
        assert disk.open_files == 1, "the thread's file stays open while it writes"
        disk.go.set()
        await discarding
        assert (disk.open_files, temps(tmp_path)) == (0, [])
        with pytest.raises(StoreUnavailable):
            await incoming.keep()

    async def test_temps_that_nobody_works_on_any_more_are_cleared_away(self, tmp_path: Path) -> None:
        old, young = put(tmp_path, f"emotes/{TEMPS}/old.temp"), put(tmp_path, f"emotes/{TEMPS}/young.temp")
        two_days_ago_s = time.time() - 2 * 24 * 3600
        os.utime(old, (two_days_ago_s, two_days_ago_s))
        assert await keep(extras(tmp_path), "emotes", "25", b"x")
        assert temps(tmp_path) == [young]

    async def test_a_folder_that_cannot_be_read_is_told_and_one_in_it_is_left_out(
        self, files: DiskExtraFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(tmp_path, "emotes/shut/x")
        put(tmp_path, "emotes/open/x")
        shut = [tmp_path / "emotes" / "shut"]
        scandir = os.scandir

        def refusing(path: Path) -> object:
            if path in shut:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refusing)
        assert await files.listed("emotes") == ["open/x"]
        shut.append(tmp_path / "emotes")
        with pytest.raises(StoreUnavailable, match="no permission"):
            await files.listed("emotes")


async def test_who_lists_meanwhile_sees_whole_files_only(tmp_path: Path) -> None:
    files, over = extras(tmp_path), threading.Event()
    seen: set[str] = set()

    def look() -> None:
        while not over.is_set():
            for name, content in visible(tmp_path).items():
                assert content == b"x" * 2000, name
                seen.add(name)

    looking = asyncio.create_task(asyncio.to_thread(look), name="look")
    for number in range(30):
        await keep(files, "emotes", str(number), b"x" * 1000, b"x" * 1000)
    over.set()
    await looking
    assert seen
