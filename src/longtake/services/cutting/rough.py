"""Rough cuts: whole files, one after the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from longtake.adapters.store.interface import SegmentStore
from longtake.core.cutting import CutRequest, RoughPlan, check_joinable, plan_rough


class RoughCuts:
    """Of one store."""

    def __init__(self, store: SegmentStore) -> None:
        self._store = store

    async def plan(self, channel: str, quality: str, request: CutRequest) -> RoughPlan:
        """See ``Cutter``."""
        plan = plan_rough(
            request,
            [
                await self._store.timeline(channel, quality, start_us=span.start_us, end_us=span.end_us)
                for span in request.ranges
            ],
        )
        hours = sorted({segment.hour for segment in plan.segments})
        check_joinable(plan, await self._store.facts(channel, quality, hours))
        return plan

    async def size_bytes(self, channel: str, quality: str, plan: RoughPlan) -> int:
        """How long the stream will be. Raises NotFound, StoreUnavailable."""
        return await self._store.size_bytes(channel, quality, plan.segments)

    async def stream(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        """The files one after the other, each checked against its hash before a byte of it goes out.

        Raises NotFound, Corrupt, StoreUnavailable, also midway.
        """
        for segment in plan.segments:
            yield await self._store.read(channel, quality, segment)
