"""Writes a service's status file every second, beside its work: with its metrics, which are taken anew less often.

Taking the metrics of some hundred series costs more than all the rest, and nobody asks for them each second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from longtake.adapters.store.status_files import StatusFile
from longtake.kit.metrics import ExportedMetric, export_metrics
from longtake.kit.threads import in_daemon_thread

_EVERY_S = 1
_BEATS_PER_METRICS = 5
_FIRST_BEATS = 10
"""While much begins, each beat takes the metrics anew."""
_PATIENCE_S = 2
_HUNG = "the disk does not answer"

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
    beat = asyncio.create_task(Heartbeat(file, details, registry).run(), name=f"{service} status")
    try:
        await work
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        await in_daemon_thread(file.remove, "remove the status")


class Heartbeat:
    """A status that the store does not take goes elsewhere, and stops nothing: the log says so once, and when it is over.

    Disks are written to in threads that nobody waits for longer than ``patience_s``, and in one at a time.
    """

    def __init__(
        self,
        file: StatusFile,
        details: Details,
        registry: CollectorRegistry | None,
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._file = file
        self._details = details
        self._registry = registry
        self._metrics: list[ExportedMetric] = []
        self._beats = 0
        self._patience_s = patience_s
        self._under_way: asyncio.Task[str | None] | None = None
        self._trouble: str | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self._note(await self.beat())
            except Exception as error:  # noqa: BLE001 - the service goes on whatever its status does
                self._note(str(error))
            await asyncio.sleep(_EVERY_S)

    async def beat(self) -> str | None:
        """Writes it once; why the store did not take it, or None. Raises StoreUnavailable."""
        metrics, details = self._metrics_of_late(), self._details()
        if self._under_way is None:
            work = in_daemon_thread(partial(self._file.write, details, metrics), "write the status")
            self._under_way = asyncio.create_task(work, name="write the status")
        task = self._under_way
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        if done:
            self._under_way = None
            return task.result()
        await in_daemon_thread(partial(self._file.write_spare, details, metrics), "write the spare status")
        return _HUNG

    def _metrics_of_late(self) -> list[ExportedMetric]:
        is_due = self._beats < _FIRST_BEATS or self._beats % _BEATS_PER_METRICS == 0
        if self._registry is not None and is_due:
            self._metrics = export_metrics(self._registry)
        self._beats += 1
        return self._metrics

    def _note(self, trouble: str | None) -> None:
        before, self._trouble = self._trouble, trouble
        if trouble is not None and before is None:
            _log.warning("the store does not take the status, which goes elsewhere", reason=trouble)
        elif trouble is None and before is not None:
            _log.info("the store takes the status again")
