"""The end of a command, as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_WORK = """
import asyncio, time
from longtake.app.process import run_command

async def work():
    print("at work", flush=True)
    await {waiting}

run_command(work(), stops_within_s=1)
"""


@pytest.mark.parametrize(
    ("waiting", "ends"),
    [
        pytest.param("asyncio.sleep(600)", 128 + signal.SIGTERM, id="at once if it can"),
        pytest.param(
            "asyncio.to_thread(time.sleep, 600)",
            -signal.SIGALRM,
            id="by the kernel if a thread hangs on a disk",
        ),
    ],
)
def test_a_command_that_is_told_to_stop_ends(waiting: str, ends: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WORK.format(waiting=waiting)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "at work\n"
        child.terminate()
        assert child.wait(timeout=20) == ends
