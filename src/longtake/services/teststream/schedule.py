"""Which segment of the test stream comes when: the grid of two seconds since the Unix epoch, as arithmetic.

Segment ``k`` holds ``[2k, 2k + 2)`` seconds. It may be encoded as soon as it begins, and is published when it is
over, as a real encoder would. Waiting and encoding are ``origin``'s.
"""

from __future__ import annotations

SEGMENT_US = 2_000_000
MAX_LATE_SEGMENTS = 1
"""How many segments publishing may lie behind before the missing ones are dropped: coding is faster than life, so a
short stall is caught up with."""


def index_at(now_us: int) -> int:
    """The segment that is going on at a time."""
    return now_us // SEGMENT_US


def due_us(index: int) -> int:
    """When a segment is over, and published."""
    return (index + 1) * SEGMENT_US


def next_index(last_index: int, now_us: int) -> int:
    """The segment to encode after ``last_index``: the one after it, or, too late for that, the one going on now.

    Never goes back, whatever the clock does.
    """
    following, going_on = last_index + 1, index_at(now_us)
    return going_on if going_on - following > MAX_LATE_SEGMENTS else following
