from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.room import Room, RoomVerdict, assess_room

ENOUGH, LOW, NONE = RoomVerdict.ENOUGH, RoomVerdict.LOW, RoomVerdict.NONE
GIB = 1 << 30
HOURLY = GIB / 3600  # bytes per second

# free, reserve, rate, warn below -> hours, verdict
ROOMS: dict[str, tuple[int, int, float, float, float | None, RoomVerdict]] = {
    "plenty": (102 * GIB, 2 * GIB, HOURLY, 24, 100, ENOUGH),
    "just at the warning time": (26 * GIB, 2 * GIB, HOURLY, 24, 24, ENOUGH),
    "just below it": (26 * GIB - 1, 2 * GIB, HOURLY, 24, 24, LOW),
    "a byte above the reserve": (2 * GIB + 1, 2 * GIB, HOURLY, 24, 0, LOW),
    "at the reserve": (2 * GIB, 2 * GIB, HOURLY, 24, 0, NONE),
    "below the reserve": (GIB, 2 * GIB, HOURLY, 24, 0, NONE),
    "full, without a reserve": (0, 0, HOURLY, 24, 0, NONE),
    "the rate is unknown": (3 * GIB, 2 * GIB, 0, 24, None, ENOUGH),
    "the rate is unknown, at the reserve": (2 * GIB, 2 * GIB, 0, 24, None, NONE),
    "no warning is wanted": (2 * GIB + 1, 2 * GIB, HOURLY, 0, 0, ENOUGH),
    "twice the rate is half the time": (50 * GIB, 2 * GIB, 2 * HOURLY, 25, 24, LOW),
}


@pytest.mark.parametrize(
    ("free", "reserve", "rate", "warn_hours", "hours", "verdict"), ROOMS.values(), ids=ROOMS.keys()
)
def test_rooms(
    free: int, reserve: int, rate: float, warn_hours: float, hours: float | None, verdict: RoomVerdict
) -> None:
    room = assess_room(free_bytes=free, reserve_bytes=reserve, bytes_per_s=rate, warn_hours=warn_hours)
    assert room == Room(free_bytes=free, hours=room.hours, verdict=verdict)
    assert room.hours == (None if hours is None else pytest.approx(hours, abs=1e-6))


sizes = st.integers(0, 1 << 50)
ORDER = [NONE, LOW, ENOUGH]


@quick
@given(sizes, sizes, sizes, st.floats(0, 1e9), st.floats(0, 1e4))
def test_more_room_is_never_a_worse_verdict(
    free: int, more: int, reserve: int, rate: float, warn_hours: float
) -> None:
    before, after = (
        assess_room(free_bytes=size, reserve_bytes=reserve, bytes_per_s=rate, warn_hours=warn_hours).verdict
        for size in (free, free + more)
    )
    assert ORDER.index(before) <= ORDER.index(after)
    assert (before is NONE) == (free <= reserve)
