"""Writes a service's status file every second, beside its work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from longtake.adapters.store.status_files import StatusFile
from longtake.kit.metrics import export_metrics

_EVERY_S = 1

_log = structlog.get_logger()

Details = Callable[[], Mapping[str, object]]


async def run_with_status(
    work: Coroutine[object, object, None],
    store_dir: Path,
    service: str,
    details: Details,
    registry: CollectorRegistry | None = None,
) -> None:
    """Runs the work to its end. ``details`` is asked anew every second; the file goes with the work."""
    file = StatusFile(store_dir, service)
    beat = asyncio.create_task(_beat(file, details, registry), name=f"{service} status")
    try:
        await work
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        file.remove()


async def _beat(file: StatusFile, details: Details, registry: CollectorRegistry | None) -> None:
    """A status that cannot be written stops nothing: the log says so, once, until it works again."""
    failing = False
    claimed = False
    while True:
        try:
            if not claimed:
                file.claim()
                claimed = True
            metrics = list(export_metrics(registry)) if registry else []
            # In a thread: a slow disk must not hold up the recording that the status is about.
            await asyncio.to_thread(file.write, details(), metrics)
            failing = False
        except Exception as error:  # noqa: BLE001 - the service goes on whatever its status does
            if not failing:
                _log.warning("status not written", reason=str(error))
            failing = True
        await asyncio.sleep(_EVERY_S)
