"""Facts made anew: every segment is read, checked against its hash and looked into, beside whatever else runs.

===============================  ==========================================  ============================
what happens                     state left                                  who acts
===============================  ==========================================  ============================
a file is damaged or unreadable  its old facts, if there are any; counted    a person
a file goes meanwhile            nothing of it                               nobody
the disk takes no facts          the hour's old facts; StoreUnavailable      a person: start it again
kill                             whole hours, old or new                     a person: start it again
===============================  ==========================================  ============================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import Corrupt, NotFound, StoreUnavailable
from longtake.core.facts import Container, SegmentFacts
from longtake.core.names import tombstone_of
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US, hour_start_us
from longtake.kit.clock import Clock
from longtake.services.custody.looking import joined, look

_AT_ONCE = 4
_MAY_GROW_US = 600 * SECOND_US
"""So long after its end an hour may still be recorded into."""

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """What was done. ``dropped``: facts of segments that are gone. ``damaged``: paths below the store."""

    hours: int = 0
    segments: int = 0
    bytes: int = 0
    not_understood: int = 0
    gone: int = 0
    dropped: int = 0
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildHour:
    """One hour to be done."""

    channel: str
    quality: str
    hour: str
    segments: int


class FactsRebuild:
    """Of one store."""

    def __init__(self, store: SegmentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.done = Rebuilt()

    async def hours(
        self, channels: Sequence[str], qualities: Sequence[str] | None, *, since_us: int
    ) -> list[RebuildHour]:
        """What there is to do, oldest first. ``qualities`` None: all. Raises InvalidName, StoreUnavailable."""
        found = []
        for channel in channels:
            for quality in await self._store.qualities(channel) if qualities is None else qualities:
                for hour in await self._store.hours(channel, quality):
                    if hour_start_us(hour) + HOUR_US > since_us:
                        listing = await self._store.listing(channel, quality, hour)
                        found.append(
                            RebuildHour(
                                channel=channel, quality=quality, hour=hour, segments=len(listing.segments)
                            )
                        )
        return found

    async def rebuild(self, wanted: RebuildHour, on_segment: Callable[[], None]) -> None:
        """One hour; ``on_segment`` is told of each segment that was gone through. Raises StoreUnavailable."""
        listing = await self._store.listing(wanted.channel, wanted.quality, wanted.hour)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(segment: Segment) -> tuple[Segment, SegmentFacts | None]:
            async with slots:
                facts = await self._look(wanted, segment)
            on_segment()
            return segment, facts

        seen = await asyncio.gather(*(one(segment) for segment in listing.segments))
        await self._note(wanted, {segment.name: (segment, facts) for segment, facts in seen if facts})
        self.done.hours += 1

    async def _look(self, wanted: RebuildHour, segment: Segment) -> SegmentFacts | None:
        try:
            content = await self._store.read(wanted.channel, wanted.quality, segment)
        except NotFound:
            self.done.gone += 1
            return None
        except (Corrupt, StoreUnavailable) as error:
            path = f"{wanted.channel}/{wanted.quality}/{segment.path}"
            _log.debug("a file is damaged", path=path, reason=str(error))
            self.done.damaged.append(path)
            return None
        facts = await asyncio.to_thread(look, segment, content, now_us=self._clock.now_us())
        self.done.segments += 1
        self.done.bytes += len(content)
        self.done.not_understood += facts.container is Container.OTHER
        return facts

    async def _note(self, wanted: RebuildHour, seen: dict[str, tuple[Segment, SegmentFacts]]) -> None:
        """An hour that grows is appended to, so that nothing is lost which its recorder notes in this very moment."""
        place = (wanted.channel, wanted.quality)
        known = await self._store.facts(*place, [wanted.hour])
        listing = await self._store.listing(*place, wanted.hour)
        here = set(listing.segments.names())
        facts = [
            joined(segment, one, known.get(name)) for name, (segment, one) in seen.items() if name in here
        ]
        if hour_start_us(wanted.hour) + HOUR_US + _MAY_GROW_US > self._clock.now_us():
            await self._store.note_facts(*place, wanted.hour, facts)
            return
        here |= {name for name in known if tombstone_of(name) in listing.tombstones}  # they may come back
        kept = [one for name, one in known.items() if name in here and name not in seen]
        self.done.dropped += sum(name not in here for name in known)
        await self._store.replace_facts(*place, wanted.hour, [*kept, *facts])
