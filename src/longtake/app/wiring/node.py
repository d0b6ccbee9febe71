"""A whole node: the supervisor and the services that the settings enable."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from longtake.app.heartbeat import run_with_status
from longtake.app.process import CAPTURE_STOPS_WITHIN_S, SERVICE_STOPS_WITHIN_S
from longtake.app.settings import Settings, host_and_port
from longtake.app.supervisor import ChildSpec, Supervisor
from longtake.app.wiring.node_files import settings_file, supervisor_lock, write_settings
from longtake.kit.clock import SystemClock
from longtake.kit.tasks import Haste

SETTINGS_VARIABLE = "LONGTAKE_EFFECTIVE_SETTINGS"
"""Names the file with the supervisor's settings, for its children."""


def service_specs(settings: Settings) -> list[ChildSpec]:
    """One process per service that the settings enable."""
    environment = {SETTINGS_VARIABLE: str(settings_file(settings))}
    enabled = {
        "capture": settings.capture.enabled and bool(settings.channels),
        "serve": settings.serve.enabled,
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
    settings: Settings, specs: Sequence[ChildSpec], when_up: Callable[[], None], haste: Haste
) -> None:
    """Supervises until cancelled, and then stops all, faster if told to hurry. Raises AlreadyRunning if the node's store has a supervisor, StoreUnavailable."""
    lock = supervisor_lock(settings.store.dir)
    written = write_settings(settings)
    supervisor = Supervisor([_told(spec, written) for spec in specs], SystemClock(), haste)
    try:
        up = asyncio.create_task(_say_when_up(settings, when_up), name="wait for the web process")
        try:
            await run_with_status(supervisor.run(), settings.store.dir, "supervisor", supervisor.details)
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)
    finally:
        lock.release()


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
