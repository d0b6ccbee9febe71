"""Which tombstone suppresses a file. Only segments and chat batches have one: nothing else is listed."""

from __future__ import annotations

from longtake.core.chat_names import parse_chat_name
from longtake.core.errors import InvalidName
from longtake.core.names import (
    CHAT,
    CHAT_EXTENSION,
    SEGMENT_EXTENSION,
    TOMBSTONE_EXTENSION,
    check_part,
    tombstone_of,
)
from longtake.core.segments import SegmentType, parse_segment_name


def suppressed_by(quality: str, name: str) -> str:
    """The name of the file that a tombstone is for; any other name is that of the file itself."""
    extension = CHAT_EXTENSION if quality == CHAT else SEGMENT_EXTENSION
    original = name.removesuffix(TOMBSTONE_EXTENSION)
    return name if original == name else original + extension


def tombstone_for(quality: str, hour: str, name: str) -> str:
    """The tombstone of a segment, or in ``chat`` of a batch; given the file's name or the tombstone's own.

    Raises InvalidName for what is no such name, for an older node's file in flight, and if the tombstone's name would be too
    long; InvalidTime for the hour.
    """
    file = suppressed_by(quality, name)
    if quality == CHAT:
        parse_chat_name(hour, file)
    elif parse_segment_name(hour, file).type is SegmentType.TEMP:
        raise InvalidName(f"{file[:80]!r} is a file in flight: it has no tombstone")
    return check_part(tombstone_of(file), "tombstone")
