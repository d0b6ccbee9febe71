"""Room on the disk, in hours of recording: when to warn, and when to stop short of filling it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RoomVerdict(StrEnum):
    """What the recorder makes of the room that is left."""

    ENOUGH = "enough"
    LOW = "low"
    """Under the warning time of room: say so, go on."""
    NONE = "none"
    """At the reserve: stop recording until there is room again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """``hours`` until the reserve is reached at the present rate; None while the rate is unknown or nothing comes."""

    free_bytes: int
    hours: float | None
    verdict: RoomVerdict


def assess_room(*, free_bytes: int, reserve_bytes: int, bytes_per_s: float, warn_hours: float) -> Room:
    """Judges the free space of the store's file system against the rate at which this node writes."""
    usable = max(0, free_bytes - reserve_bytes)
    hours = usable / bytes_per_s / 3600 if bytes_per_s > 0 else None
    if usable == 0:
        verdict = RoomVerdict.NONE
    elif hours is not None and hours < warn_hours:
        verdict = RoomVerdict.LOW
    else:
        verdict = RoomVerdict.ENOUGH
    return Room(free_bytes=free_bytes, hours=hours, verdict=verdict)
