"""The text of playlists, hour by hour, for all who ask for the same hours.

A uniform hour is rendered whenever it is needed, since that takes no longer than a millisecond's part and its text a third of a
megabyte. The others are rendered in a thread, once for all who want them, and kept as far as memory goes.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass

from longtake.core.hour_entries import HourEntries
from longtake.core.hour_text import HourText, render_hour, render_uniform_hour, room_for_an_hour
from longtake.core.playlist_range import PlaylistRange, Stretch
from longtake.core.playlist_text import render_head, render_insert, render_tail
from longtake.kit.weighed import Weighed

Render = Callable[[HourEntries, str], HourText]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A text, and what it was made of: that may go without waiting for it."""

    hour: weakref.ref[HourEntries]
    text: HourText


class HourTexts:
    """``memory_bytes`` bounds what is kept; ``render`` makes the text of an hour that is not uniform, in a thread."""

    def __init__(self, *, memory_bytes: int, render: Render = render_hour) -> None:
        self._make = render
        self._kept: Weighed[str, _Kept] = Weighed(memory_bytes)
        self._rendering: dict[HourEntries, asyncio.Task[HourText]] = {}
        self._scratch = room_for_an_hour()

    @property
    def weight_bytes(self) -> int:
        """About what is kept."""
        return self._kept.weight

    @property
    def under_way(self) -> int:
        """How many hours are being rendered."""
        return len(self._rendering)

    async def pieces(self, listed: PlaylistRange, folder: str) -> AsyncGenerator[bytes, None]:
        """All of a playlist. ``folder`` is the URL of its quality's folder, as it stands before hours."""
        yield render_head(listed)
        for stretch in listed.stretches:
            async for piece in self.stretch(stretch, folder):
                yield piece
        if tail := render_tail(listed):
            yield tail

    async def stretch(self, stretch: Stretch, folder: str) -> AsyncGenerator[bytes, None]:
        """The lines of a stretch.

        Others have their turn before each: the hours of a week in a row would hold them up for a tenth of a second.
        """
        await asyncio.sleep(0)
        if stretch.first == stretch.last:
            text = None
        else:
            text = await self._text(stretch.entries, f"{folder}{stretch.entries.columns.hour}/")
        for number, piece in enumerate(_joined(stretch, text, folder)):
            if number:
                await asyncio.sleep(0)
            yield piece

    async def _text(self, hour: HourEntries, folder: str) -> HourText:
        uniform = render_uniform_hour(hour, folder, self._scratch)
        if uniform is not None:
            return uniform
        kept = self._kept.get(folder)
        if kept is not None and kept.hour() is hour:
            return kept.text
        return await asyncio.shield(self._render(hour, folder))

    def _render(self, hour: HourEntries, folder: str) -> asyncio.Task[HourText]:
        """Those who want the same hour wait for the same task; who leaves does not end it for the others."""
        task = self._rendering.get(hour)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._make, hour, folder), name="render-hour")
            self._rendering[hour] = task
            task.add_done_callback(lambda done: self._rendered(hour, folder, done))
        return task

    def _rendered(self, hour: HourEntries, folder: str, task: asyncio.Task[HourText]) -> None:
        del self._rendering[hour]
        if not task.cancelled() and task.exception() is None:
            text = task.result()
            self._kept.put(folder, _Kept(weakref.ref(hour), text), text.weight_bytes)


def _joined(stretch: Stretch, text: HourText | None, folder: str) -> Iterator[bytes]:
    """The entries, and what stands between them; few pieces."""
    place = stretch.first
    lines: list[bytes] = []
    for insert in stretch.inserts:
        if text is not None and insert.place > place:
            lines.append(text.part(place, insert.place))
            place = insert.place
        for piece in render_insert(insert, folder):
            lines.append(piece)
            if insert.gaps:  # these may be many
                yield b"".join(lines)
                lines = []
    if text is not None and stretch.last > place:
        lines.append(text.part(place, stretch.last))
    if lines:
        yield lines[0] if len(lines) == 1 else b"".join(lines)
