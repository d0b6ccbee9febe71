"""The custody process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from longtake.app.heartbeat import run_with_status
from longtake.app.settings import Settings
from longtake.app.wiring.stores import opened_store
from longtake.core.errors import InvalidInput
from longtake.core.times import SECOND_US
from longtake.kit.clock import SystemClock
from longtake.services.custody.retention import Retention


async def custody(settings: Settings) -> None:
    """Removes recordings by age until cancelled. Raises InvalidInput if they are to be kept for ever."""
    if settings.store.keep is None:
        raise InvalidInput("nothing says how long recordings are kept; set store.keep, or give --keep")
    registry = CollectorRegistry()
    with opened_store(settings) as store:
        retention = Retention(
            store,
            SystemClock(),
            keep_us=round(settings.store.keep.total_seconds() * SECOND_US),
            registry=registry,
        )
        await run_with_status(retention.run(), settings.store.dir, "custody", retention.details, registry)
