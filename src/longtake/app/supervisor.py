"""Runs a node's services, each as a process of its own, and starts again what dies.

=========================  ==========================================================
a child ends with          the supervisor
=========================  ==========================================================
0, a signal, any error     starts it again: after 0.5 s, twice that, … at most 30 s
78 (bad config)            does not start it again: only a person can help
=========================  ==========================================================

A child that ran for a minute is forgiven its earlier failures. On stop all children get SIGTERM at once, a second one
when the supervisor gets one, and SIGKILL if they have not ended in their time. A supervisor that is itself killed takes its children along (``kit.processes``).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from longtake.app.process import PARENT_VARIABLE, SERVICE_STOPS_WITHIN_S
from longtake.core.errors import Fatal
from longtake.core.times import format_us
from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.kit.tasks import Haste

EXIT_OSERR = 71
EXIT_CONFIG = 78
"""EX_OSERR and EX_CONFIG of sysexits.h."""
_FORGIVEN_AFTER_S = 60
_KILLED_LATER_BY_S = 0.3
"""A child that has not ended in its time is ended by the kernel; killed is one of which even that is not true."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """A process to keep running. ``environment`` is added to ours; it ends within ``stops_within_s`` when told to."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stops_within_s: int = SERVICE_STOPS_WITHIN_S


class ChildState(StrEnum):
    """What a child does."""

    RUNNING = "running"
    WAITING = "waiting to start again"
    GIVEN_UP = "given up"


class _Child:
    def __init__(self, spec: ChildSpec, clock: Clock, haste: Haste) -> None:
        self.spec = spec
        self.state = ChildState.WAITING
        self.pid: int | None = None
        self.starts = 0
        self.last_exit: str | None = None
        self.since_us = clock.now_us()
        self._clock = clock
        self._haste = haste
        self._process: asyncio.subprocess.Process | None = None

    async def keep_running(self) -> None:
        backoff = Backoff(first_s=0.5, longest_s=30)
        try:
            while True:
                began_s = self._clock.monotonic_s()
                code = await self._run_once()
                if self._clock.monotonic_s() - began_s >= _FORGIVEN_AFTER_S:
                    backoff.reset()
                if code == EXIT_CONFIG:
                    self._enter(ChildState.GIVEN_UP)
                    _log.error("service given up: its settings are wrong", child=self.spec.name)
                    return
                delay_s = backoff.next_delay_s()
                self._enter(ChildState.WAITING)
                _log.warning(
                    "service ended", child=self.spec.name, exit=self.last_exit, again_in_s=round(delay_s, 1)
                )
                await self._clock.sleep(delay_s)
        finally:
            await self._stop()

    async def _run_once(self) -> int:
        self.starts += 1
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                env={**os.environ, **self.spec.environment, PARENT_VARIABLE: str(os.getpid())},
                start_new_session=True,  # Ctrl-C is for the supervisor, which tells its children in order
            )
        except OSError as error:  # no memory, no more processes: the others must not suffer from it
            self.last_exit = f"cannot start: {error.strerror}"
            return EXIT_OSERR
        self.pid = self._process.pid
        self._enter(ChildState.RUNNING)
        _log.info("service started", child=self.spec.name, pid=self.pid)
        code = await self._process.wait()
        self.pid = None
        self.last_exit = _signal_name(-code) if code < 0 else str(code)
        return code

    def _enter(self, state: ChildState) -> None:
        self.state = state
        self.since_us = self._clock.now_us()

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        hurried = asyncio.create_task(self._hurry(process), name=f"hurry {self.spec.name}")
        try:
            async with asyncio.timeout(self.spec.stops_within_s + _KILLED_LATER_BY_S):
                await process.wait()
        except TimeoutError:
            _log.warning("service did not stop in time", child=self.spec.name, pid=process.pid)
            process.kill()
            await process.wait()
        finally:
            hurried.cancel()

    async def _hurry(self, process: asyncio.subprocess.Process) -> None:
        await self._haste.wait()
        with suppress(ProcessLookupError):  # it has just ended
            process.terminate()


class Supervisor:
    """Runs until cancelled; told to hurry then, it tells its children."""

    def __init__(self, specs: Sequence[ChildSpec], clock: Clock, haste: Haste | None = None) -> None:
        haste = haste or Haste()
        self._children = [_Child(spec, clock, haste) for spec in specs]

    async def run(self) -> None:
        """Raises Fatal when no child is left to run."""
        async with asyncio.TaskGroup() as tasks:
            for child in self._children:
                tasks.create_task(child.keep_running(), name=f"supervise {child.spec.name}")
        raise Fatal("every service was given up; the lines above say why")

    def details(self) -> dict[str, object]:
        """For the status."""
        return {
            "children": [
                {
                    "name": child.spec.name,
                    "state": child.state.value,
                    "since": format_us(child.since_us),
                    "pid": child.pid,
                    "starts": child.starts,
                    "last_exit": child.last_exit,
                }
                for child in self._children
            ]
        }


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        return f"signal {number}"
