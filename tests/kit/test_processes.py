from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable

import pytest

StartChild = Callable[..., Awaitable[Process]]
GONE_WITHIN_S = 8


@pytest.mark.parametrize(
    "platform",
    [
        pytest.param("linux", id="where the kernel looks after it"),
        pytest.param("darwin", id="where a thread looks once a second"),
    ],
)
async def test_a_child_is_gone_soon_after_its_parent_is_killed(
    start_child: StartChild, platform: str
) -> None:
    parent = await start_child("parent", platform)
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"tied\n"
    parent.kill()
    # Both have the pipe; it ends when the last of them is gone.
    async with asyncio.timeout(GONE_WITHIN_S):
        assert await parent.stdout.read() == b""
    assert await parent.wait() == -signal.SIGKILL


async def test_a_child_stays_while_its_parent_lives(start_child: StartChild) -> None:
    parent = await start_child("parent", "linux")
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"tied\n"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await parent.stdout.read()


async def test_a_child_whose_parent_is_gone_already_does_not_start(start_child: StartChild) -> None:
    orphan = await start_child("child", "1999999999", "linux")
    said, errors = await orphan.communicate()
    assert (said, orphan.returncode) == (b"", 1)
    assert errors == b"the process that started this one is gone\n"


async def test_a_process_that_heeds_nothing_ends_in_time(start_child: StartChild) -> None:
    process = await start_child("stubborn", "1")
    assert process.stdout is not None
    assert await process.stdout.readline() == b"stubborn\n"
    process.terminate()
    assert await process.wait() == -signal.SIGALRM


def test_who_stands_back_is_nicer_to_processors_and_disks() -> None:
    script = (
        "import ctypes, os; from longtake.kit.processes import stand_back; stand_back(7); "
        "number = {'x86_64': 252, 'aarch64': 31}[os.uname().machine]; "  # ioprio_get(2)
        "print(os.nice(0), ctypes.CDLL(None).syscall(number, 1, 0) & 7)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "7 7\n"
