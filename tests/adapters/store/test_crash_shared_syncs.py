"""Threads that pull at the same time share the syncs of a folder: whenever the power goes, what each was told is kept is there."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pytest
from tests.adapters.store.pulled import Promises, Replicating, a_segment, check
from tests.fakes.forgetful_disk import ForgetfulDisk

from longtake.core.errors import StoreUnavailable
from longtake.kit.folder_syncs import FolderSyncs

THREADS = 8
EACH = 8

Params = ParamSpec("Params")
Result = TypeVar("Result")


def alone(
    method: Callable[Concatenate[SharedDisk, Params], Result],
) -> Callable[Concatenate[SharedDisk, Params], Result]:
    """One operation at a time, as a kernel's."""

    def locked(self: SharedDisk, /, *args: Params.args, **kwargs: Params.kwargs) -> Result:
        with self.mutex:
            return method(self, *args, **kwargs)

    return locked


class SharedDisk(ForgetfulDisk):
    """For threads. A folder's sync takes its names when it begins, and is over a little later, when others have come."""

    def __init__(self) -> None:
        super().__init__()
        self.mutex = threading.RLock()
        self.syncs = FolderSyncs(self._slow_sync)
        self.synced = 0

    open_new = alone(ForgetfulDisk.open_new)
    open_log = alone(ForgetfulDisk.open_log)
    write = alone(ForgetfulDisk.write)
    read_back = alone(ForgetfulDisk.read_back)
    size_bytes = alone(ForgetfulDisk.size_bytes)
    is_at = alone(ForgetfulDisk.is_at)
    fsync = alone(ForgetfulDisk.fsync)
    close = alone(ForgetfulDisk.close)
    rename = alone(ForgetfulDisk.rename)
    remove = alone(ForgetfulDisk.remove)
    make_folder = alone(ForgetfulDisk.make_folder)
    is_folder = alone(ForgetfulDisk.is_folder)
    is_there = alone(ForgetfulDisk.is_there)
    names = alone(ForgetfulDisk.names)

    def fsync_folder(self, path: Path) -> None:
        """See ``FileOps``: as ``SystemFileOps`` does it."""
        self.syncs.sync(path)

    def _slow_sync(self, path: Path) -> None:
        with self.mutex:
            super().fsync_folder(path)
            self.synced += 1
        time.sleep(0.002)


class JoinsTooLate(FolderSyncs):
    """Whoever comes while a sync is under way takes it for his own."""

    def _close(self, *args: object) -> None:
        pass

    def _do(self, path: Path, folder: object, sync: object) -> None:
        try:
            super()._do(path, folder, sync)  # type: ignore[arg-type]
        finally:
            super()._close(folder, sync)  # type: ignore[arg-type]


def pull_at_once(disk: SharedDisk) -> int:
    """How many were kept. Checked before each operation of whatever thread, and at the end."""
    promises = Promises()
    dice = random.Random(7)

    def look() -> None:
        with disk.mutex:  # what is told to be kept was kept before this moment
            told = promises.copy()
            for state in disk.after_power_cut(3, dice):
                check(state, told)

    disk.before = look
    replicating = Replicating(disk, promises)
    replicating.open()

    def pull(thread: int) -> None:
        for number in range(EACH):
            content = f"{thread} {number}".encode()
            segment = a_segment(content, at_s=2 * (thread * EACH + number))
            asyncio.run(replicating.pull(segment, content))
            look()

    with ThreadPoolExecutor(THREADS) as pool:
        for one in [pool.submit(pull, thread) for thread in range(THREADS)]:
            one.result(60)
    return len(promises.kept)


def test_what_threads_that_share_syncs_were_told_is_kept_is_there() -> None:
    disk = SharedDisk()
    assert pull_at_once(disk) == THREADS * EACH
    assert disk.synced < THREADS * EACH, "some were shared"
    assert disk.open_files == 0


def test_who_takes_a_sync_for_his_own_that_began_too_early_is_found_out() -> None:
    disk = SharedDisk()
    disk.syncs = JoinsTooLate(disk._slow_sync)
    with pytest.raises((AssertionError, StoreUnavailable), match="was acknowledged"):
        pull_at_once(disk)
