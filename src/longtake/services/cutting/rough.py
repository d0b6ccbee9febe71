"""Rough cuts: whole files, one after the other, or packed anew where they do not join."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from longtake.adapters.media.interface import Media
from longtake.adapters.store.interface import SegmentStore
from longtake.core.cutting import (
    CutRange,
    CutRequest,
    RoughPlan,
    SeparateSound,
    contiguous,
    extent,
    has_own_sound,
    joins,
    plan_rough,
)
from longtake.core.facts import Container, sniff_container
from longtake.core.qualities import audio_of
from longtake.core.segments import Segment
from longtake.core.timeline import Timeline

_HEAD_BYTES = 4096


class RoughCuts:
    """Of one store."""

    def __init__(self, store: SegmentStore, media: Media) -> None:
        self._store = store
        self._media = media

    async def plan(self, channel: str, quality: str, request: CutRequest) -> RoughPlan:
        """See ``Cutter``."""
        timelines = await self._timelines(channel, quality, request.ranges)
        segments = [segment for timeline in timelines for run in contiguous(timeline) for segment in run]
        hours = sorted({segment.hour for segment in segments})
        facts = await self._store.facts(channel, quality, hours)
        sound = await self.separate_sound(channel, quality, request, timelines)
        if sound is not None and not any(one.segments for one in sound.timelines):
            sound = None if has_own_sound(segments, facts) else sound
        first = await self._container(channel, quality, segments)
        return plan_rough(request, timelines, sound=sound, joins=joins(segments, facts, first))

    async def separate_sound(
        self, channel: str, quality: str, request: CutRequest, timelines: Sequence[Timeline]
    ) -> SeparateSound | None:
        """The sound that is recorded as a quality of its own: what plays by default, else the first; None without any."""
        found = sound_qualities(await self._store.qualities(channel), quality)
        if not found:
            return None
        ranges = [
            extent(timeline, wanted) for timeline, wanted in zip(timelines, request.ranges, strict=True)
        ]
        sounds = await self._timelines(channel, found[0], ranges)
        return SeparateSound(quality=found[0], timelines=tuple(sounds))

    async def _timelines(self, channel: str, quality: str, ranges: Sequence[CutRange]) -> list[Timeline]:
        return [
            await self._store.timeline(channel, quality, start_us=span.start_us, end_us=span.end_us)
            for span in ranges
        ]

    async def _container(self, channel: str, quality: str, segments: Sequence[Segment]) -> Container:
        """Of the first file. Facts need not know it."""
        if not segments:
            return Container.OTHER
        return sniff_container(await self._store.read_head(channel, quality, segments[0], _HEAD_BYTES))

    async def size_bytes(self, channel: str, quality: str, plan: RoughPlan) -> int | None:
        """How long the stream will be; None if that shows only at its end. Raises NotFound, StoreUnavailable."""
        if plan.repacked:
            return None
        return await self._store.size_bytes(channel, quality, plan.segments)

    def stream(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        """The bytes; each file is checked against its hash before anything of it goes out.

        Raises NotFound, Corrupt, StoreUnavailable, and what ``Media`` raises, also midway.
        """
        if plan.repacked:
            return self._media.rough_cut(channel, quality, plan)
        return self._joined(channel, quality, plan)

    async def _joined(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        for segment in plan.segments:
            yield await self._store.read(channel, quality, segment)


def sound_qualities(qualities: Sequence[str], quality: str) -> list[str]:
    """Those that hold separate sound of a quality, what plays by default first."""
    return sorted(one for one in qualities if (audio_of(one) or ("",))[0] == quality)
