"""Times, hours, durations and sizes: their text forms, both ways.

Inside longtake a moment is an aware UTC ``datetime``, or, where there are many, an integer of microseconds since the
Unix epoch (``…_us``): names on disk have microseconds, and integers add up exactly. Text with another offset becomes
UTC at once. The range of years is bounded, so that arithmetic on any accepted time cannot overflow.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from longtake.core.errors import InvalidInput, InvalidTime

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_MICROSECOND = timedelta(microseconds=1)
# What fromisoformat would also take (weeks, ordinal days, basic form) is more often a slip than a wish.
_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_HOUR = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d)", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_UNIT_US = {
    "ms": 1000,
    "s": SECOND_US,
    "m": 60 * SECOND_US,
    "h": HOUR_US,
    "d": 24 * HOUR_US,
    "w": 168 * HOUR_US,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?", re.ASCII | re.IGNORECASE)
_LONGEST_S = 1_000_000_000
_LARGEST_BYTES = 2**63 - 1


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch. A naive datetime is a programmer's error (TypeError)."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The aware UTC datetime of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=us)


def parse_time(text: str) -> datetime:
    """ISO 8601 with any offset; none means UTC. Date alone means its midnight. Raises InvalidTime."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise InvalidTime(f"{_shown(text)} is no time; write it like 2026-11-24T04:16:03.5Z")
    clock = match["clock"] or "00:00"
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    zone = (match["zone"] or "Z").upper()
    full_clock = clock if len(clock) > 5 else clock + ":00"
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{full_clock}.{fraction}{zone}")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidTime(f"{_shown(text)} is no time: {error}") from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise InvalidTime(f"{_shown(text)} is out of range; years go from {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment


def parse_utc_time(text: str) -> datetime:
    """A time in a URL: UTC, written without a zone or with ``Z``.

    Another offset is refused, since a ``+`` easily becomes a space on its way. Raises InvalidTime.
    """
    match = _ISO.fullmatch(text.strip())
    if match is not None and (match["zone"] or "Z").upper() != "Z":
        raise InvalidTime(f"{_shown(text)} has an offset; times in URLs are UTC, like 2026-11-24T04:16:03.5Z")
    return parse_time(text)


def format_time(moment: datetime, *, digits: int = 6) -> str:
    """``2026-11-24T04:16:03.500000Z``, with 0, 3 or 6 digits of fraction (cut off, not rounded)."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return (text[: -6 + digits] if digits else text[:-7]) + "Z" if digits < 6 else text + "Z"


def format_us(us: int, *, digits: int = 6) -> str:
    """``format_time`` of microseconds since the epoch."""
    return format_time(from_us(us), digits=digits)


def hour_name(us: int) -> str:
    """The UTC hour folder that a moment lies in: ``2024-11-09T23``."""
    return from_us(us).strftime("%Y-%m-%dT%H")


@lru_cache(maxsize=20_000)  # two years of hours, asked for again and again
def hour_start_us(name: str) -> int:
    """The start of an hour folder's hour. Raises InvalidTime for what is no hour, or out of the range of years."""
    match = _HOUR.fullmatch(name)
    if match is None:
        raise InvalidTime(f"{_shown(name)} is no hour; hours are written like 2024-11-09T23")
    year, month, day, hour = map(int, match.groups())
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidTime(f"{_shown(name)} is out of range; years go from {_FIRST_YEAR} to {_LAST_YEAR}")
    try:
        return to_us(datetime(year, month, day, hour, tzinfo=UTC))
    except ValueError as error:
        raise InvalidTime(f"{_shown(name)} is no hour: {error}") from error


def parse_duration(text: str) -> timedelta:
    """``90s``, ``1h30m``, ``250ms``, ``2d``; a bare number is seconds. Raises InvalidTime."""
    compact = text.strip().replace(" ", "")
    if re.fullmatch(r"\d+(\.\d+)?", compact, re.ASCII):
        compact += "s"
    parts = list(_DURATION_PART.finditer(compact))
    if not parts or "".join(part[0] for part in parts) != compact:
        raise InvalidTime(f"{_shown(text)} is no duration; write it like 90s, 1h30m or 2d")
    seconds = sum(float(part[1]) * _UNIT_US[part[2]] / SECOND_US for part in parts)
    if seconds > _LONGEST_S:
        raise InvalidTime(f"{_shown(text)} is too long a duration")
    return timedelta(seconds=seconds)


def format_duration(span: timedelta) -> str:
    """In the largest units, exact, as ``parse_duration`` reads it back: ``1h30m``, ``2.5s``, ``0s``."""
    us = span // _MICROSECOND
    parts = []
    for unit in ("d", "h", "m"):
        count, us = divmod(us, _UNIT_US[unit])
        if count:
            parts.append(f"{count}{unit}")
    if us or not parts:
        parts.append(f"{us / SECOND_US:.6f}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)


def parse_size(text: str) -> int:
    """``2GiB``, ``500 MB``, ``1024``: bytes. Raises InvalidInput."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"{_shown(text)} is no size; write it like 2GiB or 500MB")
    unit = (match[2] or "").upper()
    base = 1024 if unit.endswith("I") else 1000
    power = "KMGT".index(unit[0]) + 1 if unit else 0
    size = float(match[1]) * base**power
    if size > _LARGEST_BYTES:
        raise InvalidInput(f"{_shown(text)} is too large a size")
    return int(size)


def format_size(size_bytes: int) -> str:
    """For people: ``734 MiB``. At least two significant digits, so it does not read back exactly."""
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
