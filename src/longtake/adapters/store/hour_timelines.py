"""Prebuilt hours of the timeline, by folder: made anew only when their names, their facts or their borders changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from longtake.adapters.store.hour_index import HourIndex
from longtake.adapters.store.known_paths import path_below
from longtake.adapters.store.one_look import HourReader, OneLook
from longtake.core.timeline import HourContent, HourTimeline, build_hour, neighbours, still_holds
from longtake.kit.weighed import Weighed

FactsOf = Callable[[str], Path]
"""An hour's facts file."""


class HourTimelines:
    """Of all qualities of a store. Thread-safe; blocks on the disk. ``memory_bytes`` bounds what is kept, contents included."""

    def __init__(self, index: HourIndex, *, memory_bytes: int) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._kept: Weighed[Path, HourTimeline] = Weighed(memory_bytes)

    def read(
        self,
        folder: Path,
        facts_of: FactsOf,
        hours: Iterable[str],
        present: Collection[str],
        look: HourReader | None = None,
    ) -> list[HourTimeline]:
        """The timelines of ``hours`` of the quality in ``folder``, of which ``present`` are all. Raises OSError.

        Each hour is looked at once, though it is a neighbour of two others. ``look``: what that is part of.
        """
        look = look or OneLook(self._index)
        contents: dict[str, HourContent | None] = {}

        def content(hour: str) -> HourContent | None:
            if hour not in contents:  # to compose its paths takes as long as to look at it
                there = hour in present
                contents[hour] = look.read(path_below(folder, hour), facts_of(hour), hour) if there else None
            return contents[hour]

        found = []
        for hour in hours:
            before, after = neighbours(hour)
            own = content(hour)
            if own is not None:
                earlier = content(before) if before is not None else None
                found.append(self._timeline(folder, own, earlier, content(after)))
        return found

    def _timeline(
        self, folder: Path, own: HourContent, before: HourContent | None, after: HourContent | None
    ) -> HourTimeline:
        at = path_below(folder, own.listing.hour)
        with self._lock:
            known = self._kept.get(at)
        if known is not None and still_holds(known, own, before, after):
            return known
        timeline = build_hour(own, before, after, sizes=_sizes(folder, own, before, after))
        with self._lock:
            self._kept.put(at, timeline, timeline.weight_bytes + own.weight_bytes)
        return timeline


def _sizes(folder: Path, *contents: HourContent | None) -> Mapping[str, int]:
    """Of the files whose size decides; of most hours there are none."""
    paths = {path for content in contents if content is not None for path in content.listing.ambiguous()}
    return {path: _size_or_zero(folder / path) for path in paths}


def _size_or_zero(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
