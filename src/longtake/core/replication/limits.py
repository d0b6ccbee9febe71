"""How far back replication goes."""

from __future__ import annotations

from datetime import timedelta

from longtake.core.errors import InvalidTime
from longtake.core.times import SECOND_US, parse_duration, parse_time, to_us


def parse_since(text: str) -> timedelta | int:
    """``36``: hours; ``14d``: a duration; else a time, in microseconds. Raises InvalidTime."""
    stripped = text.strip()
    try:
        if stripped.isascii() and stripped.isdigit():
            return timedelta(hours=int(stripped))
        if not stripped[:1].isdigit() or "-" not in stripped:
            return parse_duration(stripped)
    except OverflowError as error:
        raise InvalidTime(f"{text[:20]} hours are too many") from error
    return to_us(parse_time(stripped))


def since_us(limit: timedelta | int | None, *, now_us: int) -> int:
    """The moment before which nothing is pulled; 0 for no limit."""
    if limit is None:
        return 0
    if isinstance(limit, timedelta):
        return max(0, now_us - round(limit.total_seconds() * SECOND_US))
    return limit
