"""When each segment of the streams of the capture benchmark begins to be listed: one rule for the origin and the measure.

Channels are told apart by when their segments end, evenly spread, and each segment is late by chance: by up to
``JITTER_S``. The same seed gives the same chance to both processes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

SEGMENT_S = 2
SEGMENT_US = SEGMENT_S * 1_000_000
JITTER_S = 0.3
WINDOW = 15
"""Segments in a playlist: half a minute, as large sites have it."""
_MOST_SEGMENTS = 3600


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Of one channel: its segment 0 shows from ``start_us`` on, and is listed once it is over."""

    channel: str
    start_us: int

    @cached_property
    def _late_us(self) -> list[int]:
        chance = random.Random(self.channel)
        return [round(chance.uniform(0, JITTER_S) * 1e6) for _ in range(_MOST_SEGMENTS)]

    def shows_us(self, sequence: int) -> int:
        """When its first picture shows: the stated time."""
        return self.start_us + sequence * SEGMENT_US

    def listed_us(self, sequence: int) -> int:
        """From when on a playlist has it."""
        return self.shows_us(sequence + 1) + self._late_us[sequence]

    def newest(self, now_us: int) -> int:
        """The newest that is listed; -1 if none."""
        sequence = (now_us - self.start_us) // SEGMENT_US - 1
        return sequence if sequence < 0 or self.listed_us(sequence) <= now_us else sequence - 1

    def listed_between(self, from_s: float, until_s: float) -> range:
        """The sequence numbers that come to be listed within this time."""
        return range(self.newest(round(from_s * 1e6)) + 1, self.newest(round(until_s * 1e6)) + 1)


def schedules(channels: int, start_us: int) -> list[Schedule]:
    """Of all channels."""
    return [
        Schedule(channel=f"channel{number}", start_us=start_us + number * SEGMENT_US // channels)
        for number in range(channels)
    ]
