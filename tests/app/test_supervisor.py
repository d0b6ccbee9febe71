"""The supervisor over real processes: it starts again what dies, gives up what cannot work, and stops all."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.node_process import is_alive

from longtake.app.supervisor import ChildSpec, Supervisor
from longtake.core.errors import Fatal
from longtake.kit.clock import SystemClock
from longtake.kit.tasks import Haste

# Programs that last until they are stopped: alarm(2) ends them if the test run is itself killed.
FOR_EVER = "import signal; signal.alarm(3600); signal.pause()"
STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.alarm(3600)
print("ready", file=open(sys.argv[1], "w"))
signal.pause()
"""
TOLD_TWICE = """
import signal, sys
told = []
signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
print("ready", file=open(sys.argv[1], "w"))
while len(told) < 2:
    signal.pause()
"""


def child(name: str, program: str, *arguments: str) -> ChildSpec:
    return ChildSpec(name=name, command=(sys.executable, "-c", program, *arguments))


def told(supervisor: Supervisor) -> list[dict[str, object]]:
    children = supervisor.details()["children"]
    assert isinstance(children, list)
    return children


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def supervising(*specs: ChildSpec, haste: Haste | None = None) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(specs, SystemClock(), haste)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def pid_of(supervisor: Supervisor, index: int = 0) -> int | None:
    pid = told(supervisor)[index]["pid"]
    assert pid is None or isinstance(pid, int)
    return pid


async def test_a_killed_child_is_started_again_and_the_others_go_on() -> None:
    async with supervising(child("a", FOR_EVER), child("b", FOR_EVER)) as supervisor:
        await until(lambda: all(one["pid"] for one in told(supervisor)))
        killed, other = pid_of(supervisor, 0), pid_of(supervisor, 1)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await until(lambda: pid_of(supervisor) not in (None, killed))
        assert told(supervisor)[0]["last_exit"] == "SIGKILL"
        assert told(supervisor)[0]["starts"] == 2
        assert pid_of(supervisor, 1) == other


async def test_a_child_that_fails_again_and_again_is_started_less_and_less_often() -> None:
    async with supervising(child("a", "raise SystemExit(1)")) as supervisor:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await until(lambda: told(supervisor)[0]["starts"] == 3)
        assert loop.time() - began >= 0.45 + 0.9  # half a second and one second, less the jitter


async def test_a_child_that_cannot_be_started_does_not_stop_the_others() -> None:
    missing = ChildSpec(name="a", command=("/no/such/program",))
    async with supervising(missing, child("b", FOR_EVER)) as supervisor:
        await until(lambda: told(supervisor)[0]["starts"] == 2)
        assert "No such file" in str(told(supervisor)[0]["last_exit"])
        assert pid_of(supervisor, 1) is not None


async def test_a_child_with_wrong_settings_is_given_up_and_then_all_is_over() -> None:
    supervisor = Supervisor([child("a", "raise SystemExit(78)")], SystemClock())
    async with asyncio.timeout(10):
        with pytest.raises(Fatal, match="given up"):
            await supervisor.run()
    assert told(supervisor)[0]["state"] == "given up"
    assert told(supervisor)[0]["starts"] == 1


async def test_a_stop_ends_even_a_child_that_will_not(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    stubborn = replace(child("a", STUBBORN, str(ready)), stops_within_s=1)
    async with supervising(stubborn, child("b", FOR_EVER)) as supervisor:
        await until(lambda: ready.exists() and all(one["pid"] for one in told(supervisor)))
        pids = [one["pid"] for one in told(supervisor)]
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 3
    assert not any(is_alive(pid) for pid in pids if isinstance(pid, int))


async def test_each_child_has_its_own_time_to_end(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    async with supervising(replace(child("a", STUBBORN, str(ready)), stops_within_s=1)):
        await until(ready.exists)
        began = asyncio.get_running_loop().time()
    assert 1 <= asyncio.get_running_loop().time() - began < 3


async def test_told_to_hurry_the_children_are_told_a_second_time(tmp_path: Path) -> None:
    haste, ready = Haste(), tmp_path / "ready"
    async with supervising(replace(child("a", TOLD_TWICE, str(ready)), stops_within_s=60), haste=haste):
        await until(ready.exists)
        asyncio.get_running_loop().call_later(0.1, haste.hurry)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 10
