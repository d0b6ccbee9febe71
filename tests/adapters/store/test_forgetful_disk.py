"""The disk that forgets, by itself: what it may leave is what POSIX allows, no less and no more."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fakes.forgetful_disk import ForgetfulDisk

A, B, FOLDER = Path("/a"), Path("/b"), Path("/folder")
ROOT = Path("/")


def left_by(disk: ForgetfulDisk) -> set[frozenset[tuple[str, bytes | None]]]:
    return {frozenset(state.items()) for state in disk.after_power_cut(10_000, random.Random(0))}


def put(disk: ForgetfulDisk, path: Path, *writes: bytes, synced: bool = True) -> None:
    fd = disk.open_new(path)
    for data in writes:
        disk.write(fd, memoryview(data))
    if synced:
        disk.fsync(fd)
    disk.close(fd)


def states(*expected: dict[str, bytes | None]) -> set[frozenset[tuple[str, bytes | None]]]:
    return {frozenset(state.items()) for state in expected}


def test_what_is_synced_with_its_name_is_there_for_certain() -> None:
    disk = ForgetfulDisk()
    put(disk, A, b"12")
    disk.fsync_folder(ROOT)
    assert left_by(disk) == states({"/a": b"12"})


def test_a_synced_file_may_be_there_without_its_name() -> None:
    disk = ForgetfulDisk()
    put(disk, A, b"12")
    assert left_by(disk) == states({}, {"/a": b"12"})


def test_a_synced_name_may_lead_to_any_beginning_of_the_content_or_to_zeros_or_rubbish() -> None:
    disk = ForgetfulDisk()
    put(disk, A, b"12", b"34", synced=False)
    disk.fsync_folder(ROOT)
    found = {dict(state)["/a"] for state in left_by(disk)}
    assert {b"", b"1", b"12", b"123", b"1234", bytes(4), b"12\0\0"} <= found
    assert {content for content in found if content and len(content) > 4} == set()


def test_synced_content_stays_when_more_is_appended() -> None:
    disk = ForgetfulDisk()
    put(disk, A, b"12")
    disk.fsync_folder(ROOT)
    fd = disk.open_log(A)
    disk.write(fd, memoryview(b"34"))
    assert all(dict(state)["/a"].startswith(b"12") for state in left_by(disk))  # type: ignore[union-attr]
    assert len(left_by(disk)) > 3


def test_a_rename_leads_to_the_old_file_or_to_the_new_one_and_the_old_name_never_goes_first() -> None:
    disk = ForgetfulDisk()
    put(disk, A, b"old")
    put(disk, B, b"new")
    disk.fsync_folder(ROOT)
    disk.rename(B, A)
    assert left_by(disk) == states({"/a": b"old", "/b": b"new"}, {"/a": b"new", "/b": b"new"}, {"/a": b"new"})
    disk.fsync_folder(ROOT)
    assert left_by(disk) == states({"/a": b"new"})


def test_of_a_rename_between_folders_the_old_name_may_come_back() -> None:
    disk = ForgetfulDisk()
    disk.make_folder(FOLDER)
    put(disk, A, b"x")
    disk.fsync_folder(ROOT)
    disk.rename(A, FOLDER / "x")
    disk.fsync_folder(FOLDER)
    both: dict[str, bytes | None] = {"/a": b"x", "/folder": None, "/folder/x": b"x"}
    assert left_by(disk) == states(both, {"/folder": None, "/folder/x": b"x"})


def test_one_who_syncs_only_the_folder_that_was_left_has_the_new_name_too() -> None:
    disk = ForgetfulDisk()
    disk.make_folder(FOLDER)
    put(disk, A, b"x")
    disk.fsync_folder(ROOT)
    disk.rename(A, FOLDER / "x")
    disk.fsync_folder(ROOT)
    assert left_by(disk) == states({"/folder": None, "/folder/x": b"x"})


def test_a_new_folder_takes_all_in_it_along() -> None:
    disk = ForgetfulDisk()
    disk.make_folder(FOLDER)
    put(disk, FOLDER / "x", b"x")
    disk.fsync_folder(FOLDER)
    assert left_by(disk) == states({}, {"/folder": None, "/folder/x": b"x"})


def test_what_was_removed_may_come_back_name_by_name() -> None:
    disk = ForgetfulDisk()
    disk.make_folder(FOLDER)
    put(disk, FOLDER / "x", b"x")
    disk.fsync_folder(FOLDER)
    disk.fsync_folder(ROOT)
    disk.remove(FOLDER / "x")
    disk.remove_folder(FOLDER)
    assert left_by(disk) == states({}, {"/folder": None}, {"/folder": None, "/folder/x": b"x"})


def test_names_do_not_wait_for_each_other() -> None:
    disk = ForgetfulDisk()
    put(disk, A, b"a")
    put(disk, B, b"b")
    assert left_by(disk) == states({}, {"/a": b"a"}, {"/b": b"b"}, {"/a": b"a", "/b": b"b"})


def test_what_is_found_is_all_on_disk() -> None:
    disk = ForgetfulDisk({"/folder": None, "/folder/x": b"x"})
    assert disk.now() == {"/folder": None, "/folder/x": b"x"}
    assert left_by(disk) == states({"/folder": None, "/folder/x": b"x"})
