"""A small model of nodes that pull from each other: an hour is a set of names, a pull is a plan carried out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from tests.builders import us

from longtake.core.digests import HourDigest, digest_hour
from longtake.core.listing import HourListing, read_listing
from longtake.core.names import stem
from longtake.core.replication.hours import hours_to_compare
from longtake.core.replication.plan import HourPlan, plan_hour
from longtake.core.replication.settled import Settled, listed_digest
from longtake.core.times import HOUR_US, SECOND_US, hour_name, hour_start_us

NOW = us("12:00:00")


@lru_cache(maxsize=1000)
def _listing(hour: str, names: frozenset[str]) -> HourListing:
    return read_listing(hour, names)


_digest = lru_cache(maxsize=1000)(digest_hour)


class ModelledNode:
    """``hours``: the names of its files and tombstones. ``planned``: each hour that it planned, in order."""

    def __init__(self, number: int, hours: Mapping[str, set[str]], *, is_chat: bool = False) -> None:
        self.number = number
        self.hours = defaultdict(set, {hour: set(names) for hour, names in hours.items()})
        self.planned: list[str] = []
        self.fetched = 0
        self._is_chat = is_chat
        self._settled: dict[int, Settled] = defaultdict(Settled)

    def listing(self, hour: str) -> HourListing:
        return _listing(hour, frozenset(self.hours[hour]))

    def shown(self, hour: str) -> list[str]:
        """What it lists for a peer that asks for tombstones, too."""
        listing = self.listing(hour)
        return [*listing.names, *listing.tombstones]

    def digests(self) -> list[HourDigest]:
        return [_digest(self.listing(hour)) for hour, names in sorted(self.hours.items()) if names]

    def restart(self) -> None:
        """It knows of no settled hour any more."""
        self._settled.clear()

    def pull(self, peer: ModelledNode, *, steps: int | None = None) -> None:
        """One pass, which is cut off after some steps."""
        hours = hours_to_compare(
            self.digests(), peer.digests(), self._settled[peer.number], since_us=0, now_us=NOW
        )
        steps_left = iter(range(steps)) if steps is not None else None
        for hour in hours:
            if not self._pull_hour(peer, hour, steps_left):
                return

    def _pull_hour(self, peer: ModelledNode, hour: str, steps_left: Iterator[int] | None) -> bool:
        self.planned.append(hour)
        ours, theirs = self.listing(hour), peer.shown(hour)
        plan = self._plan(ours, theirs)
        if plan.is_done:
            self._settled[peer.number].note(hour, _digest(ours).digest, listed_digest(hour, theirs))
        for name in self._in_order(plan):
            if steps_left is not None and next(steps_left, None) is None:
                return False
            self.hours[hour].add(name)
        return True

    def _plan(self, ours: HourListing, theirs: Sequence[str]) -> HourPlan:
        start_us = hour_start_us(ours.hour)
        return plan_hour(
            ours,
            theirs,
            is_chat=self._is_chat,
            now_us=NOW,
            recent_us=120 * SECOND_US,
            since_us=0,
            seed=bytes([self.number]),
            neighbours=[self.listing(hour_name(start_us + step)) for step in (-HOUR_US, HOUR_US)],
        )

    def _in_order(self, plan: HourPlan) -> Iterator[str]:
        """Of a second name whose content is not there any more the file is fetched, like any other."""
        yield from plan.tombstones
        for second in plan.second_names:
            self.fetched += second.of.name not in self.hours[second.of.hour]
            yield second.segment.name
        for name in [segment.name for segment in plan.fetches] + [batch.name for batch in plan.chat]:
            self.fetched += 1
            yield name

    def remove_suppressed(self) -> None:
        """Somebody wants the room of what nobody sees."""
        for hour, names in self.hours.items():
            gone = {stem(tombstone) for tombstone in self.listing(hour).tombstones}
            names -= {name for name in names if stem(name) in gone and not name.endswith(".tombstone")}
