from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from tests.fakes.failing_disk import Failure, WatchedDisk

from longtake.kit import files
from longtake.kit.files import DurableFile, DurableFolders, SystemFileOps, empty_folder, replace_text


class TestDurableFile:
    def test_what_was_written_in_pieces_is_whole(self, tmp_path: Path) -> None:
        disk = WatchedDisk(most_bytes=3)
        file = DurableFile(tmp_path / "temp", disk)
        file.write([b"0123456", memoryview(b"78")])
        file.write([b"", b"9"])
        assert file.size_bytes == 10
        file.commit(tmp_path / "final")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"final": b"0123456789"}
        assert disk.open_files == 0

    def test_an_empty_file_can_be_committed(self, tmp_path: Path) -> None:
        DurableFile(tmp_path / "temp", WatchedDisk()).commit(tmp_path / "final")
        assert (tmp_path / "final").read_bytes() == b""

    def test_committing_replaces_what_had_the_name(self, tmp_path: Path) -> None:
        (tmp_path / "final").write_bytes(b"old")
        file = DurableFile(tmp_path / "temp", WatchedDisk())
        file.write([b"new"])
        assert (tmp_path / "final").read_bytes() == b"old"
        file.commit(tmp_path / "final")
        assert (tmp_path / "final").read_bytes() == b"new"

    def test_another_ones_temp_is_not_written_over(self, tmp_path: Path) -> None:
        (tmp_path / "temp").write_bytes(b"theirs")
        with pytest.raises(FileExistsError):
            DurableFile(tmp_path / "temp", WatchedDisk()).write([b"ours"])
        assert (tmp_path / "temp").read_bytes() == b"theirs"

    def test_discarding_before_anything_was_written_is_nothing(self, tmp_path: Path) -> None:
        DurableFile(tmp_path / "temp", WatchedDisk()).discard()
        assert list(tmp_path.iterdir()) == []

    def test_discarding_never_raises_and_closes_the_file(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        file = DurableFile(tmp_path / "temp", disk)
        file.write([b"x"])
        disk.failure = Failure(at=0, error=errno.EIO, for_good=True)
        file.discard()
        assert disk.failure.met == 2
        assert disk.open_files == 0

    def test_children_do_not_inherit_open_files(self, tmp_path: Path) -> None:
        fd = SystemFileOps().open_new(tmp_path / "temp")
        try:
            assert not os.get_inheritable(fd)
        finally:
            SystemFileOps().close(fd)

    def test_what_was_written_can_be_read_back_before_it_is_committed(self, tmp_path: Path) -> None:
        for copied in (1, 32 << 20):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(files, "_COPIED_BYTES", copied)
                file = DurableFile(tmp_path / "temp", SystemFileOps())
                file.write([b"0123", b"456789"])
                content = file.read_back()
                assert (bytes(content), content.readonly) == (b"0123456789", True)
                file.write([b"more"])
                file.commit(tmp_path / "final")
                assert bytes(content) == b"0123456789"
            assert (tmp_path / "final").read_bytes() == b"0123456789more"

    def test_a_rename_that_failed_can_be_repeated_but_not_a_sync(self, tmp_path: Path) -> None:
        for at, is_sound in ((0, False), (1, True), (2, False)):
            disk = WatchedDisk()
            file = DurableFile(tmp_path / "temp", disk)
            file.write([b"x"])
            disk.failure = Failure(at=at, error=errno.EIO)
            with pytest.raises(OSError, match="Input/output"):
                file.commit(tmp_path / "final")
            assert file.is_sound == is_sound
            if is_sound:
                file.commit(tmp_path / "final")
                assert disk.lost_without_power() == set()
            file.discard()
            assert not (tmp_path / "temp").exists()
            assert disk.open_files == 0

    def test_what_replaces_is_synced_but_its_name_is_not(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        (tmp_path / "final").write_bytes(b"old")
        file = DurableFile(tmp_path / "temp", disk)
        file.write([b"new"])
        file.replace(tmp_path / "final")
        assert [done for done, _ in disk.done] == ["open", "write", "fsync", "rename", "close"]
        assert (tmp_path / "final").read_bytes() == b"new"


class TestEmptyFolder:
    def test_all_in_it_goes_but_not_what_links_lead_to(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "file").touch()
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "file").touch()
        (folder / "link").symlink_to(tmp_path / "outside")
        empty_folder(folder, SystemFileOps())
        assert list(folder.iterdir()) == []
        assert (tmp_path / "outside" / "file").exists()

    def test_no_folder_is_no_error(self, tmp_path: Path) -> None:
        empty_folder(tmp_path / "none", SystemFileOps())

    def test_what_can_go_goes_before_it_is_said_what_cannot(self, tmp_path: Path) -> None:
        for name in "abc":
            (tmp_path / name).touch()
        disk = WatchedDisk()
        disk.failure = Failure(at=1, error=errno.EPERM)
        with pytest.raises(PermissionError):
            empty_folder(tmp_path, disk)
        assert len(list(tmp_path.iterdir())) == 1


class ShutAbove(WatchedDisk):
    """The folder above the root may be entered, but not read."""

    def __init__(self, above: Path) -> None:
        super().__init__()
        self._above = above

    def fsync_folder(self, path: Path) -> None:
        if path == self._above:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        super().fsync_folder(path)


class TestDurableFolders:
    def test_each_folder_is_on_disk_before_the_next_is_in_it(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        root = tmp_path / "new" / "root"
        DurableFolders(root, disk).make(root / "a" / "b")
        assert disk.done == [
            step
            for folder in (root.parent, root, root / "a", root / "a" / "b")
            for step in (("make_folder", folder), ("fsync_folder", folder.parent))
        ]

    def test_what_is_known_to_be_on_disk_costs_nothing_again(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        folders = DurableFolders(tmp_path, disk)
        folders.make(tmp_path / "a" / "b")
        disk.done.clear()
        folders.make(tmp_path / "a" / "b")
        folders.make(tmp_path / "a")
        folders.make(tmp_path / "a" / "c")
        assert disk.done == [("make_folder", tmp_path / "a" / "c"), ("fsync_folder", tmp_path / "a")]

    def test_a_folder_that_could_not_be_synced_is_synced_the_next_time(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        folders = DurableFolders(tmp_path, disk)
        folders.make(tmp_path / "a")
        disk.failure = Failure(at=1, error=errno.EIO)
        with pytest.raises(OSError, match="Input/output"):
            folders.make(tmp_path / "a" / "b")
        assert (tmp_path / "a" / "b").is_dir()
        folders.make(tmp_path / "a" / "b")
        assert disk.lost_without_power() == set()

    def test_a_folder_that_went_is_made_again_with_those_above_it(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        folders = DurableFolders(tmp_path, disk)
        folders.make(tmp_path / "a" / "b")
        (tmp_path / "a" / "b").rmdir()
        (tmp_path / "a").rmdir()
        folders.make(tmp_path / "a" / "b")
        assert (tmp_path / "a" / "b").is_dir()
        assert disk.lost_without_power() == set()

    def test_an_old_root_may_be_in_a_folder_that_is_not_ours(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir()
        DurableFolders(root, ShutAbove(tmp_path)).make(root / "a")
        assert (root / "a").is_dir()

    def test_a_new_root_must_be_on_disk(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        with pytest.raises(PermissionError):
            DurableFolders(root, ShutAbove(tmp_path)).make(root / "a")

    def test_a_file_in_the_way_is_an_error_by_the_first_use_at_the_latest(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"")
        with pytest.raises(OSError):
            DurableFolders(tmp_path, WatchedDisk()).make(tmp_path / "a" / "b")


class TestReplaceText:
    def test_a_reader_of_the_old_file_keeps_the_old_text(self, tmp_path: Path) -> None:
        path = tmp_path / "status.json"
        replace_text(path, "old" * 1000)
        with path.open() as reader:
            replace_text(path, "new")
            assert reader.read() == "old" * 1000
        assert path.read_text() == "new"
        assert list(tmp_path.iterdir()) == [path]

    def test_what_cannot_be_written_leaves_the_old_text(self, tmp_path: Path) -> None:
        path = tmp_path / "status.json"
        replace_text(path, "old")
        with pytest.raises(UnicodeEncodeError):
            replace_text(path, "new \udcff")
        assert path.read_text() == "old"

    def test_a_missing_folder_is_the_callers_concern(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            replace_text(tmp_path / "none" / "status.json", "x")


class TestCommitNew:
    def test_a_new_file_gets_its_name_by_a_link_and_the_temp_goes(self, tmp_path: Path) -> None:
        disk = WatchedDisk()
        file = DurableFile(tmp_path / "temp", disk)
        file.write([b"new"])
        assert file.commit_new(tmp_path / "final")
        assert [done for done, _ in disk.done] == [
            "open",
            "write",
            "fsync",
            "link",
            "fsync_folder",
            "close",
            "remove",
        ]
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"final": b"new"}

    @pytest.mark.parametrize("kind", ["a file", "a link to nowhere", "a folder"])
    def test_what_has_the_name_stays_and_is_on_disk_then(self, tmp_path: Path, kind: str) -> None:
        final = tmp_path / "final"
        if kind == "a file":
            final.write_bytes(b"old")
        elif kind == "a folder":
            final.mkdir()
        else:
            final.symlink_to(tmp_path / "nowhere")
        before = final.lstat()
        disk = WatchedDisk()
        file = DurableFile(tmp_path / "temp", disk)
        file.write([b"new"])
        assert not file.commit_new(final)
        assert os.path.samestat(final.lstat(), before)
        assert [path.name for path in tmp_path.iterdir()] == ["final"]
        assert ("fsync_folder", tmp_path) in disk.done
        assert disk.open_files == 0

    def test_who_comes_in_between_stays_too(self, tmp_path: Path) -> None:
        final = tmp_path / "final"

        class Racing(WatchedDisk):
            def fsync(self, fd: int) -> None:
                super().fsync(fd)
                final.write_bytes(b"theirs")

        file = DurableFile(tmp_path / "temp", Racing())
        file.write([b"ours"])
        assert not file.commit_new(final)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"final": b"theirs"}

    def test_a_failed_link_can_be_repeated_but_not_a_sync(self, tmp_path: Path) -> None:
        for at, is_sound in ((0, False), (1, True), (2, False)):
            disk = WatchedDisk()
            final = tmp_path / f"final {at}"
            file = DurableFile(tmp_path / "temp", disk)
            file.write([b"x"])
            disk.failure = Failure(at=at, error=errno.EIO)
            with pytest.raises(OSError, match="Input/output"):
                file.commit_new(final)
            assert file.is_sound == is_sound
            if is_sound:
                assert file.commit_new(final)
                assert disk.lost_without_power() == set()
            file.discard()
            assert not (tmp_path / "temp").exists()
            assert disk.open_files == 0

    @pytest.mark.parametrize("error", sorted(files.CANNOT_LINK))
    def test_where_there_are_no_links_it_is_renamed(self, tmp_path: Path, error: int) -> None:
        disk = Unlinked(error)
        file = DurableFile(tmp_path / "temp", disk)
        file.write([b"new"])
        assert file.commit_new(tmp_path / "final")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"final": b"new"}
        assert disk.lost_without_power() == set()
        assert disk.open_files == 0


class Unlinked(WatchedDisk):
    """A file system that knows no links."""

    def __init__(self, error: int) -> None:
        super().__init__()
        self._error = error

    def link(self, source: Path, target: Path) -> None:
        raise OSError(self._error, os.strerror(self._error), str(source))


class TestSystem:
    def test_a_link_is_a_second_name_of_a_file_and_never_replaces(self, tmp_path: Path) -> None:
        ops = SystemFileOps()
        (tmp_path / "first").write_bytes(b"x")
        ops.link(tmp_path / "first", tmp_path / "second")
        assert (tmp_path / "first").samefile(tmp_path / "second")
        with pytest.raises(FileExistsError):
            ops.link(tmp_path / "first", tmp_path / "second")

    def test_a_link_to_a_symbolic_link_is_another_one_and_leads_to_no_file_elsewhere(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "elsewhere").write_bytes(b"x")
        (tmp_path / "first").symlink_to(tmp_path / "elsewhere")
        SystemFileOps().link(tmp_path / "first", tmp_path / "second")
        assert (tmp_path / "second").is_symlink()
        assert (tmp_path / "elsewhere").stat().st_nlink == 1

    @pytest.mark.parametrize("size", [0, 5, 100_000, 40 << 20])
    def test_a_file_of_anothers_is_read_whole_and_on_disk_then(self, tmp_path: Path, size: int) -> None:
        (tmp_path / "file").write_bytes(bytes(range(250)) * (size // 250) + bytes(size % 250))
        content = SystemFileOps().read_synced(tmp_path / "file")
        assert content == (tmp_path / "file").read_bytes()

    def test_only_a_regular_file_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"x")
        (tmp_path / "link").symlink_to(tmp_path / "file")
        (tmp_path / "folder").mkdir()
        os.mkfifo(tmp_path / "pipe")
        for name, error in {
            "link": errno.ELOOP,
            "folder": errno.EISDIR,
            "pipe": errno.EISDIR,
            "none": errno.ENOENT,
        }.items():
            with pytest.raises(OSError, match=r"file|link|folder|pipe|none") as told:
                SystemFileOps().read_synced(tmp_path / name)
            assert told.value.errno == error
