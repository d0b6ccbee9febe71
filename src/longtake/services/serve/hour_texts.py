"""Hours of playlists as text, for all ranges that have them.

A uniform hour is rendered whenever it is needed, since that takes no longer than a millisecond's part and its text a third of a
megabyte. The others are rendered in a thread, once for all who want them, and kept as far as memory goes.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from longtake.core.hour_text import (
    HourText,
    is_torn,
    render_hour,
    render_uniform_hour,
    room_for_an_hour,
)
from longtake.core.timeline import HourPart, HourTimeline, JoinedHours
from longtake.kit.weighed import Weighed

Render = Callable[[HourTimeline, str], HourText]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A text, and what it was made of: that may go without waiting for it."""

    hour: weakref.ref[HourTimeline]
    text: HourText


class HourTexts:
    """``memory_bytes`` bounds what is kept; ``render`` makes the text of an hour that is not uniform, in a thread."""

    def __init__(self, *, memory_bytes: int, render: Render = render_hour) -> None:
        self._make = render
        self._kept: Weighed[str, _Kept] = Weighed(memory_bytes)
        self._rendering: dict[HourTimeline, asyncio.Task[HourText]] = {}
        self._scratch = room_for_an_hour()

    @property
    def weight_bytes(self) -> int:
        """About what is kept."""
        return self._kept.weight

    @property
    def under_way(self) -> int:
        """How many hours are being rendered."""
        return len(self._rendering)

    async def entries(self, joined: JoinedHours, folder: str) -> AsyncGenerator[bytes, None]:
        """The entries of a range, hour by hour. ``folder`` is the URL of its quality's folder, as it stands before hours."""
        for number, part in enumerate(joined.parts):
            await asyncio.sleep(
                0
            )  # the hours of a week in a row would hold up everybody else for a tenth of a second
            text = await self._text(part, f"{folder}{part.hour.columns.hour}/")
            for piece in text.part(part.first, part.last, torn=number > 0 and is_torn(part)):
                yield piece

    async def _text(self, part: HourPart, folder: str) -> HourText:
        uniform = render_uniform_hour(part.hour, folder, self._scratch)
        if uniform is not None:
            return uniform
        kept = self._kept.get(folder)
        if kept is not None and kept.hour() is part.hour:
            return kept.text
        return await asyncio.shield(self._render(part.hour, folder))

    def _render(self, hour: HourTimeline, folder: str) -> asyncio.Task[HourText]:
        """Those who want the same hour wait for the same task; who leaves does not end it for the others."""
        task = self._rendering.get(hour)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._make, hour, folder), name="render-hour")
            self._rendering[hour] = task
            task.add_done_callback(lambda done: self._rendered(hour, folder, done))
        return task

    def _rendered(self, hour: HourTimeline, folder: str, task: asyncio.Task[HourText]) -> None:
        del self._rendering[hour]
        if not task.cancelled() and task.exception() is None:
            text = task.result()
            self._kept.put(folder, _Kept(weakref.ref(hour), text), text.weight_bytes)
