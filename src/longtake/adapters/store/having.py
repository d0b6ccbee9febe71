"""Which segments an hour has in full: listed once, and again when somebody else changed its folder.

That a segment is here is always looked up, so it is true at that moment. That none is here may be a second old: what
another process adds meanwhile is then fetched twice, as it would be had that process been a little later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from longtake.core.names import SEGMENT_EXTENSION, tombstone_of
from longtake.core.segments import SegmentType
from longtake.kit.files import FileOps

_SECOND_NS = 1_000_000_000
_KEPT_NS = 60 * _SECOND_NS
"""Who starts asks of many, and soon of none any more."""
_KEPT_HOURS = 8
_FULL = f"-{SegmentType.FULL}-"


@dataclass(slots=True, kw_only=True)
class _Hour:
    """``names`` of full segments by what they begin with; ``changed_ns`` is the folder's mtime before it was listed."""

    names: dict[str, list[str]]
    changed_ns: int
    listed_ns: int
    asked_ns: int

    def add(self, name: str) -> None:
        """Passes over what is no full segment."""
        if name.endswith(SEGMENT_EXTENSION) and (at := name.find(_FULL)) > 0:
            self.names.setdefault(name[:at], []).append(name)


class HadSegments:
    """Of the hours of one quality that were asked for last. Thread-safe; blocks on the disk."""

    def __init__(self, ops: FileOps, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._ops = ops
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._hours: dict[Path, _Hour] = {}

    def has(self, folder: Path, prefix: str) -> bool:
        """Whether a full segment with that time and duration is in the folder and not suppressed. Raises OSError."""
        with self._lock:
            hour = self._hours.get(folder)
        if hour is not None:
            hour.asked_ns = self._now_ns()
            if self._is_there(folder, hour, prefix):
                return True
            if not self._is_stale(folder, hour):
                return False
        return self._is_there(folder, self._list(folder), prefix)

    def kept(self, path: Path) -> None:
        """One more is there."""
        with self._lock:
            if not self._hours:
                return
            self._forget(self._now_ns())
            if (hour := self._hours.get(path.parent)) is not None:
                hour.add(path.name)

    def _forget(self, now_ns: int) -> None:
        kept = sorted(self._hours, key=lambda folder: self._hours[folder].asked_ns)[-_KEPT_HOURS:]
        self._hours = {
            folder: self._hours[folder]
            for folder in kept
            if abs(now_ns - self._hours[folder].asked_ns) < _KEPT_NS
        }

    def _is_there(self, folder: Path, hour: _Hour, prefix: str) -> bool:
        return any(
            self._ops.is_there(folder / name) and not self._ops.is_there(folder / tombstone_of(name))
            for name in tuple(hour.names.get(prefix, ()))
        )

    def _is_stale(self, folder: Path, hour: _Hour) -> bool:
        if abs(self._now_ns() - hour.listed_ns) < _SECOND_NS:
            return False
        was_settled = (
            hour.listed_ns - hour.changed_ns >= _SECOND_NS
        )  # see ``listings`` for why younger ones are not
        return not was_settled or self._changed_ns(folder) != hour.changed_ns

    def _list(self, folder: Path) -> _Hour:
        now_ns = self._now_ns()
        hour = _Hour(names={}, changed_ns=self._changed_ns(folder), listed_ns=now_ns, asked_ns=now_ns)
        try:
            names = self._ops.names(folder)
        except FileNotFoundError:
            return hour
        for name in names:
            hour.add(name)
        with self._lock:
            self._hours[folder] = hour
            self._forget(now_ns)
        return hour

    def _changed_ns(self, folder: Path) -> int:
        try:
            return self._ops.changed_ns(folder)
        except FileNotFoundError:
            return 0
