from __future__ import annotations

import os
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from longtake.kit.locks import FileLock, LockHeld

StartChild = Callable[..., Awaitable[Process]]


async def line_of(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_one_of_two_has_it_until_it_gives_it_back(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.acquire()
    with pytest.raises(LockHeld) as held:
        second.acquire()
    assert held.value.holder == str(os.getpid())
    first.release()
    second.acquire()
    with pytest.raises(LockHeld):
        first.acquire()
    second.release()


def test_the_same_lock_cannot_be_taken_twice(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    with pytest.raises(LockHeld):
        lock.acquire()
    lock.release()
    lock.acquire()
    lock.release()


def test_releasing_what_is_not_held_is_nothing_and_the_file_stays(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.release()
    lock.acquire()
    lock.release()
    lock.release()
    assert (tmp_path / "lock").exists()


def test_the_holder_of_before_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4294967296 and a long word\n")
    FileLock(tmp_path / "lock").acquire()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_refused_tries_leave_no_file_open(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    before = open_files()
    for _ in range(20):
        with pytest.raises(LockHeld):
            FileLock(tmp_path / "lock").acquire()
    assert open_files() == before
    lock.release()


def test_where_there_is_no_folder_there_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "none" / "lock").acquire()


async def test_another_process_holds_it_until_it_is_killed(tmp_path: Path, start_child: StartChild) -> None:
    process = await start_child("lock", str(tmp_path / "lock"))
    assert await line_of(process) == "locked"
    lock = FileLock(tmp_path / "lock")
    with pytest.raises(LockHeld, match=f"^{process.pid}$"):
        lock.acquire()
    process.kill()
    await process.wait()
    lock.acquire()
    lock.release()


async def test_a_full_disk_hides_the_holder_but_loses_no_lock(
    tmp_path: Path, start_child: StartChild
) -> None:
    process = await start_child("lock-on-a-full-disk", str(tmp_path / "lock"))
    assert await line_of(process) == "held by unknown"
    assert await line_of(process) == "free again"
