"""ETags of past ranges, by the hours that they are made of: whoever asks again is told 304 without making them again."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Hashable, Iterable

from longtake.core.timeline import HourTimeline

_MOST = 200
"""Of a week each takes 1.4 kB."""


class KnownTags:
    """An hour is another object once anything of it changed; those that are forgotten meanwhile are made anew."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[list[weakref.ref[HourTimeline]], str]] = OrderedDict()

    def get(self, asked: Hashable, hours: Iterable[HourTimeline]) -> str | None:
        """The ETag of what was asked for, if it was made of just these hours."""
        found = self._known.get(asked)
        if found is None:
            return None
        made_of, tag = found
        if list(map(weakref.ref, hours)) != made_of:
            return None
        self._known.move_to_end(asked)
        return tag

    def put(self, asked: Hashable, hours: Iterable[HourTimeline], tag: str) -> None:
        """What was asked for has that ETag while it is made of these hours."""
        self._known[asked] = (list(map(weakref.ref, hours)), tag)
        self._known.move_to_end(asked)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
