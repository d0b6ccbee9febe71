"""What is asked for on behalf of segments: so many requests at a time to one source, by all who record it.

=========================================  ================================================================
a request                                  what is done
=========================================  ================================================================
any: each try for a segment, an init       holds a place as long as it lasts
section or a key
there is no place                          waits: what just appeared and what all wait for (init sections, keys)
                                           first, then the backlog, then what failed before
is silent, unanswered or a mere trickle,   is ended at once, to be tried again later
and others wait
the same, and nobody waits                 goes on, and gets a second try if a place is free for that
is slow, but will get there                keeps its place
=========================================  ================================================================

Why nobody waits for ever: who holds a place waits for no other place and for no slot, only for the source, with a limit, and
for its disk. A second try takes a place only if it is free at once. An init section or a key is fetched by a task of its own,
before the segment that needs it has a place. So places come free by themselves, and slots as places do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import BODY_LIMITS, Late, Limits, Pulse
from longtake.adapters.http.tries import Attempt, TwoTries
from longtake.core.hls.model import ByteRange
from longtake.kit.slots import PrioritySlots, Slot
from longtake.services.capture.job import Urgency

Result = TypeVar("Result")

_NO_LIMIT = 1 << 30
_MAKES_WAY = "does not get on, and others wait"


class PlacedTries(TwoTries[Result]):
    """Up to two tries, each in a place of its own. ``place`` is that of the first; all are given back."""

    def __init__(
        self,
        places: PrioritySlots,
        place: Slot,
        attempt: Attempt[Result],
        url: str,
        limits: Limits,
        on_late: Callable[[Late], bool] = lambda late: True,
    ) -> None:
        super().__init__(self._in_place, url, limits, self._is_late)
        self._places = places
        self._held = [place]
        self._work = attempt
        self._tell = on_late

    async def run(self) -> Result:
        """See ``TwoTries.run``."""
        try:
            return await super().run()
        finally:
            for place in self._held:
                place.give_back()

    async def _in_place(self, pulse: Pulse, fresh: bool) -> Result:
        place = self._held[1 if fresh else 0]
        try:
            return await self._work(pulse, fresh)
        finally:
            place.give_back()

    def _is_late(self, late: Late) -> bool:
        may_begin = self._tell(late)
        if late is not Late.SLOW:
            for place in self._held:
                place.offer(lambda: self.give_way(_MAKES_WAY))
        if may_begin and len(self._held) == 1 and (spare := self._places.take_if_free()) is not None:
            self._held.append(spare)
        return may_begin and len(self._held) > 1


class Requests:
    """Those of one recorder. ``places`` are shared by all who record the source; None for no limit."""

    def __init__(
        self, client: HttpClient, places: PrioritySlots | None = None, limits: Limits = BODY_LIMITS
    ) -> None:
        self.client = client
        self.places = places or PrioritySlots(_NO_LIMIT)
        self.limits = limits

    async def small(
        self,
        url: str,
        *,
        largest_bytes: int,
        headers: Mapping[str, str],
        byte_range: ByteRange | None = None,
    ) -> bytes:
        """A whole body that many may wait for. Raises SourceError, InvalidInput."""
        async with self.places.slot(Urgency.LIVE) as place:

            def tries(attempt: Attempt[bytes], url: str, limits: Limits) -> TwoTries[bytes]:
                return PlacedTries(self.places, place, attempt, url, limits)

            return await self.client.get_bytes(
                url,
                largest_bytes=largest_bytes,
                byte_range=byte_range,
                headers=headers,
                limits=self.limits,
                tries=tries,
            )
