"""What happened lately: kinds of trouble, and how many bits there were to a second of media."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from longtake.core.times import SECOND_US, format_us

_KINDS = 8
_LONGEST_REASON = 300
_WINDOW_US = 60 * SECOND_US
_PATH = re.compile(r"(\w+://[^/\s]+)/\S*")
_NUMBER = re.compile(r"(?<!HTTP )\b\d[\d.,:]*")


def shown(reason: str) -> str:
    """A reason fit to be shown: one line, of bounded length."""
    line = "".join(character if character.isprintable() else " " for character in reason)
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"


@dataclass(slots=True, kw_only=True)
class _Kind:
    reason: str
    count: int
    last_us: int


class RecentTroubles:
    """The last kinds of trouble. Of one kind are reasons that differ in numbers and paths alone; HTTP statuses matter."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def note(self, reason: str, *, now_us: int) -> None:
        """Once more, or for the first time; ``reason`` is shown in its last form."""
        key = _NUMBER.sub("#", _PATH.sub(r"\1", reason))
        kind = self._kinds.pop(key, None) or _Kind(reason=reason, count=0, last_us=now_us)
        kind.reason, kind.count, kind.last_us = reason, kind.count + 1, now_us
        self._kinds[key] = kind
        if len(self._kinds) > _KINDS:
            del self._kinds[next(iter(self._kinds))]

    def as_status(self) -> list[dict[str, object]]:
        """The last first."""
        return [
            {"reason": kind.reason, "count": kind.count, "last": format_us(kind.last_us)}
            for kind in reversed(self._kinds.values())
        ]


class MediaRate:
    """Of the newest minute of media that was recorded, by the durations that the source stated."""

    def __init__(self) -> None:
        self._parts: deque[tuple[int, int]] = deque()
        self._total_us = 0
        self._total_bytes = 0

    def add(self, duration_us: int, size_bytes: int) -> float | None:
        """One more segment. Bits per second by now; None if nothing has a duration."""
        self._parts.append((duration_us, size_bytes))
        self._total_us += duration_us
        self._total_bytes += size_bytes
        while len(self._parts) > 1 and self._total_us - self._parts[0][0] >= _WINDOW_US:
            oldest_us, oldest_bytes = self._parts.popleft()
            self._total_us -= oldest_us
            self._total_bytes -= oldest_bytes
        return self._total_bytes * 8 * SECOND_US / self._total_us if self._total_us > 0 else None
