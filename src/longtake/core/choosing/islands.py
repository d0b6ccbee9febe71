"""Stretches of rivals between clean joints, which can be looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from longtake.core.choosing.rivals import JITTER_US, Rival


def islands(rivals: Sequence[Rival]) -> list[list[Rival]]:
    """Parts the rivals, which are sorted, at the clean joints.

    A joint is clean where whatever is chosen on its sides makes one chain: nothing before reaches over the next start
    by more than the jitter, nothing after starts or ends before what lies before it does. So a short one within the
    end of another belongs to the same island.
    """
    if not rivals:
        return []
    first_end_us = list(accumulate((rival.end_us for rival in reversed(rivals)), min))[::-1]
    parts = [[rivals[0]]]
    started_us, reach_us = rivals[0][:2]
    for rival, earliest_us in zip(rivals[1:], first_end_us[1:], strict=True):
        start_us, end_us = rival[:2]
        if start_us >= reach_us - JITTER_US and earliest_us > reach_us and start_us > started_us:
            parts.append([rival])
        else:
            parts[-1].append(rival)
        started_us, reach_us = start_us, max(reach_us, end_us)
    return parts


def reach_us(island: Sequence[Rival]) -> int:
    """Where the last of it ends."""
    return max(rival.end_us for rival in island)
