"""Plans cuts, and carries them out as streams of bytes: the one place for it, behind HTTP, the command line, uploads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

from longtake.adapters.media.interface import CutReport, Media, RepackReport
from longtake.adapters.store.interface import SegmentStore
from longtake.core.cutting import (
    CutKind,
    CutRange,
    CutRequest,
    RoughPlan,
    SmartPlan,
    check_supported,
    plan_smart,
)
from longtake.core.errors import NotFound, Unsupported
from longtake.core.frames import minute_start_us
from longtake.core.timeline import Timeline
from longtake.core.times import SECOND_US
from longtake.services.cutting.insides import Insides
from longtake.services.cutting.rough import RoughCuts

Plan = RoughPlan | SmartPlan

LOOK_BACK_US = 12 * SECOND_US
"""Keyframes are this close together, or a picture cannot be decoded."""
LOOK_ON_US = 4 * SECOND_US
"""In the segments so far behind a range may lie some of its sound."""


class Cutter:
    """Cuts of one store."""

    def __init__(self, store: SegmentStore, media: Media, insides: Insides) -> None:
        self._store = store
        self._media = media
        self._insides = insides
        self._rough = RoughCuts(store, media)

    async def plan(self, channel: str, quality: str, request: CutRequest) -> Plan:
        """What the cut is made of. Raises Unsupported, NotFound, Incomplete, Corrupt, InvalidName, StoreUnavailable."""
        check_supported(request)
        if not await self._store.hours(channel, quality):
            raise NotFound(f"nothing of {channel}/{quality} is recorded")
        if request.kind is CutKind.ROUGH:
            return await self._rough.plan(channel, quality, request)
        timelines = [await self._around(channel, quality, span) for span in request.ranges]
        await self._check_has_own_sound(channel, quality, request, timelines)
        among = [segment for timeline in timelines for segment in timeline.segments]
        return await self._insides.plan(
            channel, quality, among, lambda known: plan_smart(request, timelines, known)
        )

    async def _check_has_own_sound(
        self, channel: str, quality: str, request: CutRequest, timelines: Sequence[Timeline]
    ) -> None:
        """A smart cut would be silent where the sound is recorded separately: that is not to be without a word."""
        sound = await self._rough.separate_sound(channel, quality, request, timelines)
        if sound is not None and any(timeline.segments for timeline in sound.timelines):
            raise Unsupported(
                f"the sound of this is recorded separately, as {sound.quality}: a cut that is exact to the frame cannot"
                " hold it yet; ask for a rough one (type=rough, --kind rough)"
            )

    async def size_bytes(self, channel: str, quality: str, plan: Plan) -> int | None:
        """How long the stream will be; None if that shows only at its end. Raises NotFound, StoreUnavailable."""
        if isinstance(plan, SmartPlan):
            return None
        return await self._rough.size_bytes(channel, quality, plan)

    def stream(self, channel: str, quality: str, plan: Plan) -> AsyncGenerator[bytes, None]:
        """The bytes of the cut. It may raise midway what ``Media`` raises; then what came is no whole cut."""
        if isinstance(plan, SmartPlan):
            return self._media.smart_cut(channel, quality, plan)
        return self._rough.stream(channel, quality, plan)

    async def smart_cut_to(
        self,
        channel: str,
        quality: str,
        plan: SmartPlan,
        path: Path,
        on_frames: Callable[[int], None],
    ) -> CutReport:
        """A smart cut into a new file, with its index in front. Raises what ``Media`` raises."""
        return await self._media.smart_cut_to(channel, quality, plan, path, on_frames)

    async def rough_cut_to(
        self, channel: str, quality: str, plan: RoughPlan, path: Path, on_files: Callable[[int], None]
    ) -> RepackReport:
        """The same for a rough cut that is packed anew."""
        return await self._media.rough_cut_to(channel, quality, plan, path, on_files)

    async def _around(self, channel: str, quality: str, span: CutRange) -> Timeline:
        begin_us = span.start_us - LOOK_BACK_US
        return await self._store.timeline(
            channel, quality, start_us=max(0, minute_start_us(begin_us)), end_us=span.end_us + LOOK_ON_US
        )
