"""The custody process, and facts made anew on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.store.served import DiskFiles
from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.app.heartbeat import run_with_status
from longtake.app.settings import Settings
from longtake.app.wiring.stores import opened_store
from longtake.core.errors import NotFound
from longtake.core.times import SECOND_US
from longtake.kit.clock import SystemClock
from longtake.services.custody.filling import FactsFilling
from longtake.services.custody.rebuild import FactsRebuild, RebuildHour, Rebuilt
from longtake.services.custody.retention import Retention
from longtake.services.custody.suspicions import SuspicionsLook

_MEMORY_BYTES, _KEPT_FACTS = 8 << 20, 40
"""It looks at all hours once, and then at the newest two of each quality: memory is better kept for others."""


async def custody(settings: Settings) -> None:
    """Fills in facts, looks into suspicions, and removes recordings by age if the settings have one, until cancelled."""
    registry = CollectorRegistry()
    with opened_store(settings, memory_bytes=_MEMORY_BYTES, kept_facts=_KEPT_FACTS) as store:
        suspicions = SuspicionsLook(
            DiskSuspicions(settings.store.dir),
            store,
            DiskFiles(settings.store.dir, extra_folders=()),
            SystemClock(),
            registry=registry,
        )
        filling = FactsFilling(store, SystemClock(), registry=registry, also_damaged=suspicions.damaged)
        retention = _retention(settings, store, registry)

        def details() -> dict[str, object]:
            return filling.details() | (retention.details() if retention else {})

        work = _all(filling, suspicions, retention)
        await run_with_status(work, settings.store.dir, "custody", details, registry)


def _retention(settings: Settings, store: SegmentStore, registry: CollectorRegistry) -> Retention | None:
    if settings.store.keep is None:
        return None
    keep_us = round(settings.store.keep.total_seconds() * SECOND_US)
    return Retention(store, SystemClock(), keep_us=keep_us, registry=registry)


async def _all(filling: FactsFilling, suspicions: SuspicionsLook, retention: Retention | None) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(filling.run(), name="fill in facts")
        tasks.create_task(suspicions.run(), name="look into suspicions")
        if retention is not None:
            tasks.create_task(retention.run(), name="remove by age")


OnProgress = Callable[[int, int, Rebuilt], None]
"""(segments gone through, segments in all, what was done so far)."""


async def rebuild_facts(
    settings: Settings,
    channel: str | None,
    qualities: Sequence[str] | None,
    *,
    since_us: int,
    on_progress: OnProgress,
) -> Rebuilt:
    """Makes facts anew, newest hours last. Raises NotFound if there is nothing of what was asked for, StoreUnavailable."""
    with opened_store(settings) as store:
        rebuild = FactsRebuild(store, SystemClock())
        channels = await store.channels() if channel is None else [channel]
        hours = await rebuild.hours(channels, qualities, since_us=since_us)
        if not hours:
            what = "/".join([channel or "anything", *(qualities or ())])
            raise NotFound(f"nothing of {what} is recorded" + (" since then" if since_us else ""))
        await _all_hours(rebuild, hours, on_progress)
        return rebuild.done


async def _all_hours(rebuild: FactsRebuild, hours: Sequence[RebuildHour], on_progress: OnProgress) -> None:
    total = sum(hour.segments for hour in hours)
    gone_through = 0

    def on_segment() -> None:
        nonlocal gone_through
        gone_through += 1
        on_progress(gone_through, total, rebuild.done)

    for hour in hours:
        await rebuild.rebuild(hour, on_segment)
