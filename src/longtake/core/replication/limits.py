"""How far back replication goes."""

from __future__ import annotations

import re
from datetime import timedelta

from longtake.core.errors import InvalidTime
from longtake.core.times import SECOND_US, parse_duration, parse_time, to_us

_HOURS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_MOST_HOURS = 10_000_000
"""Over a thousand years."""


def parse_since(text: str) -> timedelta | int:
    """``36``, ``1.5``: hours; ``14d``: a duration; else a time, in microseconds. Raises InvalidTime."""
    stripped = text.strip()
    if _HOURS.fullmatch(stripped):
        return _hours(float(stripped))
    try:
        if "-" in stripped:
            return to_us(parse_time(stripped))
        return parse_duration(stripped)
    except InvalidTime as error:
        raise InvalidTime(
            f"{text[:40]!r} is no limit: write hours (36), a duration (14d) or a time (2026-11-24T04:00:00Z)"
        ) from error


def _hours(hours: float) -> timedelta:
    if hours > _MOST_HOURS:
        raise InvalidTime("a limit of over ten million hours is none; leave it out")
    return timedelta(hours=hours)


def since_us(limit: timedelta | int | None, *, now_us: int) -> int:
    """The moment before which nothing is pulled; 0 for no limit."""
    if limit is None:
        return 0
    if isinstance(limit, timedelta):
        return max(0, now_us - round(limit.total_seconds() * SECOND_US))
    return limit
