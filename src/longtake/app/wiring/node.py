"""A whole node: the supervisor and the services that the settings enable."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from longtake.app.config_watch import ConfigFile, ConfigWatch
from longtake.app.heartbeat import run_with_status
from longtake.app.process import CAPTURE_STOPS_WITHIN_S, SERVICE_STOPS_WITHIN_S
from longtake.app.settings import Settings, host_and_port
from longtake.app.supervisor import ChildSpec, Supervisor
from longtake.app.wiring.node_files import rewrite_settings, settings_file, supervisor_lock, write_settings
from longtake.kit.clock import SystemClock
from longtake.kit.tasks import Haste

SETTINGS_VARIABLE = "LONGTAKE_EFFECTIVE_SETTINGS"
"""Names the file with the supervisor's settings, for its children."""


def service_specs(settings: Settings) -> list[ChildSpec]:
    """One process per service that the settings enable."""
    environment = {SETTINGS_VARIABLE: str(settings_file(settings))}
    enabled = {
        "capture": settings.capture.enabled,
        "serve": settings.serve.enabled,
        "replicate": settings.replicate.enabled,
        "custody": True,
    }
    return [
        ChildSpec(
            name=name,
            command=command(name),
            environment=environment,
            stops_within_s=CAPTURE_STOPS_WITHIN_S if name == "capture" else SERVICE_STOPS_WITHIN_S,
        )
        for name, wanted in enabled.items()
        if wanted
    ]


def command(*arguments: str) -> tuple[str, ...]:
    """A longtake command in this very Python."""
    return (sys.executable, "-m", "longtake", *arguments)


async def run_node(
    settings: Settings,
    specs: Sequence[ChildSpec],
    when_up: Callable[[], None],
    haste: Haste,
    config: ConfigFile | None = None,
) -> None:
    """Supervises until cancelled, and then stops all, faster if told to hurry; follows the config, if there is one.

    Raises AlreadyRunning if the node's store has a supervisor, StoreUnavailable.
    """
    lock = supervisor_lock(settings.store.dir)
    try:
        written = write_settings(settings)
        supervisor = Supervisor([_told(spec, written) for spec in specs], SystemClock(), haste)
        watch = None if config is None else _watch(config, settings, written)

        def details() -> dict[str, object]:
            said: dict[str, object] = {"channels": _to_record(settings if watch is None else watch.in_force)}
            return supervisor.details() | said | ({} if watch is None else {"config": watch.details()})

        beside = [_say_when_up(settings, when_up), *([] if watch is None else [_followed(watch)])]
        async with _tasks(beside):
            await run_with_status(supervisor.run(), settings.store.dir, "supervisor", details)
    finally:
        lock.release()


def _to_record(settings: Settings) -> dict[str, list[str]]:
    """The qualities that should be recorded, by channel, so that what nobody records is noticed."""
    if not settings.capture.enabled:
        return {}
    return {name: list(channel.qualities) for name, channel in settings.channels.items()}


@asynccontextmanager
async def _tasks(works: Iterable[Coroutine[object, object, None]]) -> AsyncIterator[None]:
    """Beside the block, and ended with it."""
    tasks = [asyncio.create_task(work, name="beside the services") for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _watch(config: ConfigFile, settings: Settings, written: Path) -> ConfigWatch:
    return ConfigWatch(config, settings, lambda new: rewrite_settings(written, new), SystemClock())


async def _followed(watch: ConfigWatch) -> None:
    """SIGHUP has it looked at now; if a terminal hung up, it means what it always did."""
    had_terminal = os.isatty(sys.stderr.fileno())

    def told() -> None:
        if had_terminal and not os.isatty(sys.stderr.fileno()):
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            watch.look_now()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, told)
    await watch.run()


def _told(spec: ChildSpec, settings: Path) -> ChildSpec:
    return replace(spec, environment={**spec.environment, SETTINGS_VARIABLE: str(settings)})


async def _say_when_up(settings: Settings, when_up: Callable[[], None]) -> None:
    if not settings.serve.enabled:
        return
    host, port = host_and_port(settings.serve.listen)
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        when_up()
        return
