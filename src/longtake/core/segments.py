"""One segment: the value, and its file name both ways.

``MM:SS.ffffff-DURATION-TYPE-HASH.ts`` in the folder of its UTC hour. The hash is over the bytes of the file. The form
is shared with older nodes; we write one form and read all that they have written. A name must be split on its first
three dashes only, because ``-`` is also in the hash's alphabet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from longtake.core.errors import InvalidName
from longtake.core.names import SEGMENT_EXTENSION, check_part, hash_text, parse_hash
from longtake.core.times import SECOND_US, from_us, hour_name, hour_start_us

_TIME = re.compile(r"([0-5]\d):([0-5]\d)(?:\.(\d{0,6}))?", re.ASCII)
_DURATION = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
_LONGEST_US = 24 * 3600 * SECOND_US


class SegmentType(StrEnum):
    """How far a segment's content is trusted; a property of its name alone."""

    FULL = "full"
    """Downloaded to its end, and nothing was odd."""
    SUSPECT = "suspect"
    """Looks whole, but something was odd: slow, empty, or its times jumped."""
    PARTIAL = "partial"
    """Known to be cut short."""
    TEMP = "temp"
    """An older node's file in flight: listed by it, never used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A recorded file of one channel and quality. ``digest`` is empty for TEMP alone."""

    hour: str
    name: str
    start_us: int
    duration_us: int
    type: SegmentType
    digest: bytes

    @property
    def end_us(self) -> int:
        """Start plus the duration that the source stated."""
        return self.start_us + self.duration_us

    @property
    def start(self) -> datetime:
        """The wall time of its first frame."""
        return from_us(self.start_us)

    @property
    def end(self) -> datetime:
        """See ``end_us``."""
        return from_us(self.end_us)

    @property
    def path(self) -> str:
        """Below its quality's folder: ``HOUR/NAME``."""
        return f"{self.hour}/{self.name}"


def named_segment(*, start_us: int, duration_s: float, type: SegmentType, digest: bytes) -> Segment:
    """A segment with the name that longtake writes.

    ``duration_s`` is the source's own number: its text goes into the name in the shortest round-trip form, as older
    nodes write it, so that two nodes give the same bytes the same name.
    """
    hour = hour_name(start_us)
    name = f"{name_prefix(start_us=start_us, duration_s=duration_s)}-{type}-{hash_text(digest)}{SEGMENT_EXTENSION}"
    return parse_segment_name(hour, name)


def name_prefix(*, start_us: int, duration_s: float) -> str:
    """``MM:SS.ffffff-DURATION``: what all the files of one segment, of whatever type and content, begin with."""
    minute, second_us = divmod(start_us % (3600 * SECOND_US), 60 * SECOND_US)
    second, fraction = divmod(second_us, SECOND_US)
    return f"{minute:02}:{second:02}.{fraction:06}-{duration_text(duration_s)}"


def duration_text(duration_s: float) -> str:
    """``2.0``, ``1.999``: the shortest decimal that gives the same double.

    Never an exponent: ``1e-05`` holds a dash, and no reader, old or new, could parse the name. Raises InvalidName
    for what is no duration: negative, infinite, over a day.
    """
    if not 0 <= duration_s <= _LONGEST_US / SECOND_US:
        raise InvalidName(f"a segment of {duration_s} seconds is refused")
    return format(Decimal(repr(duration_s + 0.0)), "f")  # + 0.0 makes 0.0 of -0.0


def parse_segment_name(hour: str, name: str) -> Segment:
    """The segment that a file name in an hour folder stands for. Raises InvalidName (InvalidTime for the hour)."""
    if not name.endswith(SEGMENT_EXTENSION):
        raise InvalidName(f"{name[:80]!r} does not end in {SEGMENT_EXTENSION}")
    parts = name.removesuffix(SEGMENT_EXTENSION).split("-", 3)
    if len(parts) != 4:
        raise InvalidName(f"{name[:80]!r} is not TIME-DURATION-TYPE-HASH{SEGMENT_EXTENSION}")
    time_text, duration, type_text, digest_text = parts
    try:
        segment_type = SegmentType(type_text)
    except ValueError as error:
        raise InvalidName(f"{type_text[:20]!r} is no segment type") from error
    if segment_type is SegmentType.TEMP:  # its last field may be anything, so it could lead out of its folder
        check_part(name, "segment")
    return Segment(
        hour=hour,
        name=name,
        start_us=hour_start_us(hour) + _parse_time_us(time_text),
        duration_us=_parse_duration_us(duration),
        type=segment_type,
        digest=b"" if segment_type is SegmentType.TEMP else parse_hash(digest_text),
    )


def _parse_time_us(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidName(f"{text[:20]!r} is no MM:SS.ffffff")
    fraction = (match[3] or "").ljust(6, "0")
    return (int(match[1]) * 60 + int(match[2])) * SECOND_US + int(fraction)


def _parse_duration_us(text: str) -> int:
    # Plain decimals only: float() would also take inf, nan, 1_0 and 1e9, none of which a recorder writes.
    if _DURATION.fullmatch(text) is None:
        raise InvalidName(f"{text[:20]!r} is no duration")
    duration_us = float(text) * SECOND_US  # infinite, for some hundred digits
    if duration_us > _LONGEST_US:
        raise InvalidName(f"{text[:20]!r} is too long a duration")
    return round(duration_us)
