"""Single frames of a recording, the same ones that a cut would begin with."""

from __future__ import annotations

from dataclasses import dataclass

from longtake.adapters.media.interface import Media, PictureForm
from longtake.adapters.store.interface import SegmentStore
from longtake.core.cutting import plan_picture
from longtake.core.errors import NotFound
from longtake.core.frames import minute_start_us
from longtake.services.cutting.cutter import LOOK_BACK_US, LOOK_ON_US
from longtake.services.cutting.insides import Insides


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A frame as a file, and the wall time of the frame."""

    content: bytes
    time_us: int


class StoredPictures:
    """Of one store."""

    def __init__(self, store: SegmentStore, media: Media, insides: Insides) -> None:
        self._store = store
        self._media = media
        self._insides = insides

    async def picture(
        self, channel: str, quality: str, at_us: int, *, form: str, width: int | None, keyframe: bool
    ) -> StoredPicture:
        """The first frame at or after a time; with ``keyframe`` the keyframe before it, which is cheaper.

        Raises NotFound, Incomplete where nothing is recorded, and what ``Media`` raises.
        """
        if not await self._store.hours(channel, quality):
            raise NotFound(f"nothing of {channel}/{quality} is recorded")
        begin_us = max(0, minute_start_us(at_us - LOOK_BACK_US))
        timeline = await self._store.timeline(channel, quality, start_us=begin_us, end_us=at_us + LOOK_ON_US)
        plan = await self._insides.plan(
            channel,
            quality,
            timeline.segments,
            lambda known: plan_picture(timeline, at_us, known, keyframe=keyframe),
        )
        content = await self._media.picture(channel, quality, plan, form=PictureForm(form), width=width)
        return StoredPicture(content=content, time_us=plan.time_us)
