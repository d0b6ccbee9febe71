"""Plans of one hour, as the tests of replication want them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.builders import us

from longtake.core.listing import HourListing, read_listing
from longtake.core.replication.plan import HourPlan, plan_hour
from longtake.core.times import SECOND_US

HOUR = "2024-11-09T04"
NOW = us("12:00:00")
CUTOFF = 120 * SECOND_US


def plan(
    ours: Iterable[str] = (),
    theirs: Iterable[str] = (),
    *,
    hour: str = HOUR,
    is_chat: bool = False,
    now_us: int = NOW,
    since_us: int = 0,
    seed: bytes = b"north",
    neighbours: Iterable[HourListing] = (),
) -> HourPlan:
    """Of names here and names there."""
    return plan_hour(
        read_listing(hour, ours),
        list(theirs),
        is_chat=is_chat,
        now_us=now_us,
        recent_us=CUTOFF,
        since_us=since_us,
        seed=seed,
        neighbours=neighbours,
    )


def fetched(of: HourPlan) -> set[str]:
    """Their names."""
    return {segment.name for segment in of.fetches}


def seconds(of: HourPlan) -> dict[str, str]:
    """Second name -> what is here."""
    return {second.segment.name: second.of.name for second in of.second_names}
