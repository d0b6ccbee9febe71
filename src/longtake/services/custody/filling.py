"""Fills in facts: of files that came from elsewhere, and of those that an older version looked into.

A survey finds what is to be done, newest hours first; it costs what changed, since hours whose names and facts are as they were
when nothing was left to do are passed over. Then the newest hour is filled, at a bounded rate and in slices, so that
something newer comes first soon.

==============================  ============================================  ========================================
what happens                    state left                                    who acts
==============================  ============================================  ========================================
a file is not what it should    no facts; logged and shown as damaged         a look again once its hour changes
a file is not understood        facts that say so                             nobody: it is not looked at again
a file is gone                  nothing                                       nobody
a file cannot be read           no facts; logged and shown as damaged         a look again after a minute
the disk fails                  what was looked at and not noted is lost      the next survey, half a minute later
kill                            the same                                      the next start
==============================  ============================================  ========================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import CollectorRegistry

from longtake.adapters.store.interface import HourStamp, SegmentStore
from longtake.core.errors import Corrupt, LongtakeError, NotFound, StoreUnavailable
from longtake.core.facts import Container, SegmentFacts
from longtake.core.listing import HourListing
from longtake.core.names import CHAT
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US
from longtake.kit.clock import Clock
from longtake.kit.pace import Pace
from longtake.services.custody.looking import joined, look, needs_look
from longtake.services.custody.progress import Place, Progress
from longtake.services.custody.skews import Skews

_EVERY_S = 30
"""A survey, and the longest slice of filling between two."""
_BYTES_PER_S = 16 << 20
"""A few hundredths of a processor and of a disk; a day of 3 Mbit/s takes half an hour."""
_RECORDERS_OWN_US = 60 * SECOND_US
"""What is younger is being recorded perhaps; whoever records it looks into it."""
_NOTED_AT_ONCE = 32
_LOOKED_AGAIN_AFTER_S = 60
_UNREADABLE = 3
"""So many files in a row that cannot be read are a failing disk."""
_ANY_TIME = -1
_RECENT_HOURS = 2

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Damage:
    """When a file was found to be damaged, and how its hour's folder stood then; ``_ANY_TIME``: it may be well again."""

    names_ns: int
    at_s: float


@dataclass(slots=True)
class _Quality:
    """What is known of one quality. ``settled``: hours in which nothing was left to do, and their stamps."""

    settled: dict[str, HourStamp] = field(default_factory=dict)
    stamps: dict[str, HourStamp] = field(default_factory=dict)
    damage: dict[str, _Damage] = field(default_factory=dict)


def _none() -> Sequence[str]:
    return ()


class FactsFilling:
    """Runs until cancelled; measures skews on its way, since it reads what they are told from.

    ``also_damaged``: paths of damaged files that have no facts, to be shown beside the others.
    """

    def __init__(
        self,
        store: SegmentStore,
        clock: Clock,
        *,
        registry: CollectorRegistry,
        bytes_per_s: int = _BYTES_PER_S,
        also_damaged: Callable[[], Sequence[str]] = _none,
    ) -> None:
        self._store = store
        self._clock = clock
        self._pace = Pace(clock, bytes_per_s=bytes_per_s)
        self._progress = Progress(registry)
        self._also_damaged = also_damaged
        self._skews = Skews(registry)
        self._qualities: dict[Place, _Quality] = {}
        self._unreadable = 0

    def details(self) -> dict[str, object]:
        """For the status."""
        facts = self._progress.as_status(self._also_damaged())
        return {"facts": facts, "skews": self._skews.as_status()}

    async def run(self) -> None:
        """Surveys and fills, for ever."""
        while True:
            try:
                trouble = await self._surveyed()
                busy = await self.fill()
                self._tell(trouble)
            except LongtakeError as error:
                self._tell(str(error))
                busy = False
            except Exception:  # noqa: BLE001 - whatever a file does to us, what is too old must still be removed
                _log.exception("filling in facts failed")
                busy = False
            if not busy:
                await self._clock.sleep(_EVERY_S)

    async def _surveyed(self) -> str | None:
        """What one disk keeps from us; what others hold is filled all the same."""
        try:
            await self.survey()
        except StoreUnavailable as error:
            return str(error)
        return None

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and self._progress.trouble is None:
            _log.warning("facts cannot be filled in", reason=trouble)
        self._progress.trouble = trouble

    # What is to be done

    async def survey(self) -> None:
        """Looks at all that changed since the last time.

        Raises StoreUnavailable; of a quality alone once the others were looked at.
        """
        places = [
            (channel, quality)
            for channel in await self._store.channels()
            for quality in await self._store.qualities(channel)
            if quality != CHAT
        ]
        for place in set(self._qualities) - set(places):
            del self._qualities[place]
        trouble: StoreUnavailable | None = None
        for place in places:
            try:
                await self._survey_quality(place, self._qualities.setdefault(place, _Quality()))
            except StoreUnavailable as error:
                trouble = error
                self._progress.to_do.pop(place, None)
        self._progress.show(set(places))
        self._skews.forget(places)
        if trouble is not None:
            raise trouble

    async def _survey_quality(self, place: Place, state: _Quality) -> None:
        hours = await self._store.hours(*place)
        stamps = dict(zip(hours, await self._store.stamps(*place, hours), strict=True))
        recent = hours[-_RECENT_HOURS:]
        if any(stamps[hour] != state.stamps.get(hour) for hour in recent):
            await self._measure_skew(place, recent)
        state.stamps = stamps
        state.settled = {hour: stamp for hour, stamp in state.settled.items() if hour in stamps}
        to_do = {}
        for hour in reversed(hours):
            if state.settled.get(hour) != stamps[hour] and (wanted := await self._wanted(place, state, hour)):
                to_do[hour] = len(wanted)
        self._progress.hours[place] = len(hours)
        self._progress.to_do[place] = to_do
        damaged = {path for path in state.damage if path.partition("/")[0] in stamps}
        self._progress.damaged[place] = damaged
        state.damage = {path: state.damage[path] for path in damaged}

    async def _measure_skew(self, place: Place, hours: Iterable[str]) -> None:
        listings = [await self._store.listing(*place, hour) for hour in hours]
        self._skews.measure(*place, listings, await self._store.facts(*place, hours))

    async def _wanted(self, place: Place, state: _Quality, hour: str) -> list[Segment]:
        """What is to be looked into now. The hour is settled if nothing is, now or soon."""
        listing = await self._store.listing(*place, hour)
        facts = await self._store.facts(*place, [hour])
        missing = [
            listing.segments[row]
            for row, name in enumerate(listing.segments.names())
            if needs_look(facts.get(name))
        ]
        self._healed(state, listing, missing)
        now_us, names_ns = self._clock.now_us(), state.stamps[hour].names_ns
        bad = {segment.path for segment in missing if self._is_bad(state, segment, names_ns)}
        waiting = {segment.path for segment in missing if self._must_wait(state, segment, names_ns, now_us)}
        wanted = [segment for segment in missing if segment.path not in bad and segment.path not in waiting]
        if not wanted and not waiting:
            state.settled[hour] = state.stamps[hour]
        return wanted

    def _healed(self, state: _Quality, listing: HourListing, missing: list[Segment]) -> None:
        """What has facts again, or is gone, is not damaged any more."""
        still = {segment.path for segment in missing}
        for path in [path for path in state.damage if path.startswith(f"{listing.hour}/")]:
            if path not in still:
                del state.damage[path]

    def _is_bad(self, state: _Quality, segment: Segment, names_ns: int) -> bool:
        """Known to be damaged, and nothing changed in its folder since."""
        damage = state.damage.get(segment.path)
        return damage is not None and damage.names_ns == names_ns

    def _must_wait(self, state: _Quality, segment: Segment, names_ns: int, now_us: int) -> bool:
        damage = state.damage.get(segment.path)
        if damage is not None and damage.names_ns != names_ns:
            return self._clock.monotonic_s() - damage.at_s < _LOOKED_AGAIN_AFTER_S
        return abs(now_us - segment.end_us) < _RECORDERS_OWN_US

    # Doing it

    async def fill(self) -> bool:
        """One slice of the newest hour that is not done. False if none is left. Raises StoreUnavailable."""
        left = [(hour, place) for place, hours in self._progress.to_do.items() for hour in hours]
        if not left:
            return False
        hour, place = max(left)
        state = self._qualities[place]
        until_s = self._clock.monotonic_s() + _EVERY_S
        self._unreadable = 0
        seen: list[tuple[Segment, SegmentFacts]] = []
        for segment in reversed(await self._wanted(place, state, hour)):
            facts = await self._look(place, state, segment)
            if facts is not None:
                seen.append((segment, facts))
                await self._pace.after(facts.size_bytes)
            if len(seen) >= _NOTED_AT_ONCE:
                await self._note(place, hour, seen)
                seen = []
            if self._clock.monotonic_s() >= until_s:
                break
        await self._note(place, hour, seen)
        return True

    async def _look(self, place: Place, state: _Quality, segment: Segment) -> SegmentFacts | None:
        try:
            content = await self._store.read(*place, segment)
            self._unreadable = 0
        except NotFound:
            return None
        except Corrupt as error:
            self._damaged(place, state, segment, error, names_ns=state.stamps[segment.hour].names_ns)
            return None
        except StoreUnavailable as error:
            self._unreadable += 1
            self._damaged(place, state, segment, error, names_ns=_ANY_TIME)
            if self._unreadable >= _UNREADABLE:
                raise
            return None
        return await asyncio.to_thread(look, segment, content, now_us=self._clock.now_us())

    def _damaged(
        self, place: Place, state: _Quality, segment: Segment, error: LongtakeError, *, names_ns: int
    ) -> None:
        if segment.path not in state.damage:
            channel, quality = place
            _log.error(
                "a file is damaged", channel=channel, quality=quality, path=segment.path, reason=str(error)
            )
        state.damage[segment.path] = _Damage(names_ns=names_ns, at_s=self._clock.monotonic_s())

    async def _note(self, place: Place, hour: str, seen: list[tuple[Segment, SegmentFacts]]) -> None:
        """Appends, with what a recorder or somebody else noted meanwhile; not of what was removed meanwhile."""
        if not seen:
            return
        known = await self._store.facts(*place, [hour])
        here = set((await self._store.listing(*place, hour)).segments.names())
        facts = [
            joined(segment, one, known.get(segment.name))
            for segment, one in seen
            if segment.name in here and needs_look(known.get(segment.name))
        ]
        await self._store.note_facts(*place, hour, facts)
        for one in facts:
            self._progress.looked(place, understood=one.container is not Container.OTHER)
