"""One quality of one peer: which of its hours differ from ours, newest first, pass by pass.

A node of ours says it in one answer, by digests. Of an older one each hour is listed: the newest two with each pass, others the more seldom the
older they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from longtake.core.digests import HourDigest
from longtake.core.errors import InvalidTime
from longtake.core.names import CHAT
from longtake.core.replication.hours import hours_to_compare, hours_to_list
from longtake.core.replication.settled import Settled
from longtake.core.times import HOUR_US, hour_start_us
from longtake.services.replicate.hour import Compared, HourPull
from longtake.services.replicate.later import Later
from longtake.services.replicate.places import Place
from longtake.services.replicate.stumbles import Stumbles
from longtake.services.replicate.tools import PeerTools

Pair = tuple[bytes, bytes]
_NOTHING = b""
_TIMES_A_PASS = 3
_RECENT_HOURS = 2


class QualityPasses:
    """Keeps what was found between passes."""

    def __init__(self, peer: PeerTools, place: Place) -> None:
        self._peer = peer
        self._tools = peer.tools
        self._place = place
        self._hour = HourPull(peer, place, Later())
        self._theirs: Mapping[str, HourDigest] = {}
        self._tag: str | None = None
        self._settled = Settled()
        self._looked_us: dict[str, int] = {}
        self._newest: str | None = None
        self._stumbled: set[str] = set()
        """Hours with which something went wrong the last time."""

    async def once(self) -> None:
        """One pass: until nothing is left that can be done now. Raises SourceError, StoreUnavailable, AlreadyRunning."""
        try:
            if self._peer.is_ours:
                await self._by_digests()
            else:
                await self._by_listings()
        finally:
            self._peer.report.to_do(self._place, hours=0, segments=0)

    # Of our nodes

    async def _by_digests(self) -> None:
        """Older hours make way, every now and then, for what is new since the pass began.

        A pass ends with a round in which nothing was done: a peer whose digests are others each time is asked no more often for it.
        """
        tried: dict[str, Pair] = {}
        times: Counter[str] = Counter()
        stumbles = Stumbles()
        while pairs := self._round(await self._differing(), tried, times):
            until_s = self._tools.clock.monotonic_s() + self._tools.rules.every_s
            did_anything = False
            for number, (hour, pair) in enumerate(pairs.items()):
                tried[hour] = pair
                times[hour] += 1
                with self._over(stumbles, hour):
                    did_anything |= await self._compare(hour, hours_left=len(pairs) - number)
                if self._tools.clock.monotonic_s() >= until_s:
                    break
            else:
                if not did_anything:
                    break
        stumbles.tell()

    def _round(
        self, differing: Mapping[str, Pair], tried: Mapping[str, Pair], times: Mapping[str, int]
    ) -> dict[str, Pair]:
        """What to compare now: hours that failed the last time come last; each thrice in a pass, but what is recorded now as
        long as others are left to do.
        """
        changed = {hour: pair for hour, pair in differing.items() if tried.get(hour) != pair}
        left = {hour for hour in changed if times.get(hour, 0) < _TIMES_A_PASS}
        hours = left | set(sorted(changed)[-_RECENT_HOURS:]) if left else set[str]()
        return {hour: changed[hour] for hour in self._in_order(hours)}

    def _in_order(self, hours: Iterable[str]) -> list[str]:
        newest_first = sorted(hours, reverse=True)
        return sorted(newest_first, key=lambda hour: hour in self._stumbled)

    @contextmanager
    def _over(self, stumbles: Stumbles, hour: str) -> Iterator[None]:
        """Remembers whether the hour was to blame, so that it holds up no others in the passes to come."""
        self._stumbled.add(hour)
        with stumbles.over():
            yield
            self._stumbled.discard(hour)

    async def _differing(self) -> dict[str, Pair]:
        """The hours that are to be compared, newest first."""
        sent = await self._peer.api.digests(*self._place, self._tag)
        if sent is not None:
            self._theirs, self._tag = {one.hour: one for one in sent.hours}, sent.tag
        ours = {one.hour: one for one in await self._tools.store.digests(*self._place)}
        both = ours.keys() | self._theirs.keys()
        self._newest = max(both, default=None)
        self._settled.forget_others(both)
        self._stumbled &= both
        now_us = self._tools.clock.now_us()
        hours = hours_to_compare(
            ours.values(),
            self._theirs.values(),
            self._settled,
            since_us=self._since_us(now_us),
            now_us=now_us,
        )
        return {hour: (_digest(ours, hour), _digest(self._theirs, hour)) for hour in hours}

    async def _compare(self, hour: str, *, hours_left: int) -> bool:
        """Whether anything was done. What differs on purpose is gone through once, and not again until it changes."""
        compared = await self._pull(hour, hours_left)
        if compared.settled is not None:
            self._settled.note(hour, *compared.settled)
        return compared.did > 0

    # Of older ones

    async def _by_listings(self) -> None:
        theirs = [hour for hour in await self._peer.api.hours(*self._place) if is_hour(hour)]
        self._newest = max((*theirs, *await self._tools.store.hours(*self._place)), default=None)
        self._stumbled.intersection_update(theirs)
        self._looked_us = {hour: us for hour, us in self._looked_us.items() if hour in set(theirs)}
        now_us = self._tools.clock.now_us()
        hours = hours_to_list(theirs, self._looked_us, now_us=now_us, since_us=self._since_us(now_us))
        stumbles = Stumbles()
        for number, hour in enumerate(self._in_order(hours)):
            with self._over(stumbles, hour):
                if (await self._pull(hour, len(hours) - number)).is_done:
                    self._looked_us[hour] = now_us
        stumbles.tell()

    # Of both

    async def _pull(self, hour: str, hours_left: int) -> Compared:
        since_us = self._since_us(self._tools.clock.now_us())
        return await self._hour.run(hour, since_us=since_us, hours_left=hours_left)

    def _since_us(self, now_us: int) -> int:
        """Also: nothing that would be removed here by age, or it would come and go for ever."""
        rules = self._tools.rules
        limit_us = rules.since_us(now_us=now_us)
        if rules.keep_us is None or self._newest is None or self._place[1] == CHAT:
            return limit_us
        newest_end_us = min(now_us, hour_start_us(self._newest) + HOUR_US)
        return max(limit_us, newest_end_us - rules.keep_us)


def _digest(hours: Mapping[str, HourDigest], hour: str) -> bytes:
    return hours[hour].digest if hour in hours else _NOTHING


def is_hour(name: str) -> bool:
    """Whether a peer's word is an hour at all."""
    try:
        hour_start_us(name)
    except InvalidTime:
        return False
    return True
