"""All that is pulled from one peer: who it is, what it has of what is wanted, and a unit of work for each of that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from longtake.core.errors import SourceError, SourceUnreachable
from longtake.core.names import is_part
from longtake.kit.backoff import Backoff
from longtake.kit.tasks import TaskSet
from longtake.services.replicate.extras import ExtraPasses
from longtake.services.replicate.places import Place
from longtake.services.replicate.pulling import failure_of
from longtake.services.replicate.quality import QualityPasses
from longtake.services.replicate.report import PeerState
from longtake.services.replicate.tools import PeerTools
from longtake.services.replicate.unit import Unit

_ASKED_WHO_EVERY_S = 600
"""An older node may have become one of ours, or another node may answer there."""
_MOST_PLACES = 1000
_IN_A_ROW = 3
"""A peer that answers for none of so many channels is not asked for the rest."""
_WHO = "who it is"

_log = structlog.get_logger()


class PeerWork:
    """``own_id`` is this node's: a peer of that id is this node itself."""

    def __init__(self, peer: PeerTools, *, own_id: str | None) -> None:
        self._peer = peer
        self._own_id = own_id
        self._log = _log.bind(peer=peer.report.peer.name)
        self._units: dict[str, Unit] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks = TaskSet()
        self._asked_who_s: float | None = None
        self._known: set[Place] = set()
        self.is_itself = False

    async def run(self) -> None:
        """Until cancelled; then all units have ended, too."""
        backoff = Backoff(first_s=5, longest_s=80)
        clock, every_s = self._peer.tools.clock, self._peer.tools.rules.every_s
        try:
            while True:
                found = await self._found()
                if found:
                    backoff.reset()
                await clock.sleep(every_s if found else backoff.next_delay_s())
        finally:
            await self._tasks.drain(grace_s=0)

    async def once(self) -> None:
        """Everything, to its end, one time. What goes wrong is in the report."""
        if await self._look():
            async with asyncio.TaskGroup() as units:
                for unit in self._units.values():
                    units.create_task(unit.attempt(), name=f"replicate {unit.name}")

    async def _found(self) -> bool:
        """Looks what there is, and sees that each of it is worked at, and nothing else."""
        if not await self._look():
            return False
        for name in self._running.keys() - self._units.keys():
            self._running.pop(name).cancel()
        for name in self._units.keys() - self._running.keys():
            self._running[name] = self._tasks.start(self._units[name].run(), f"replicate {name}")
        return True

    async def _look(self) -> bool:
        """Whether it told what it has."""
        report = self._peer.report
        try:
            await self._ask_who()
            places = set() if self.is_itself else await self._places()
        except SourceError as error:
            self._note(_WHO, error)
            self._asked_who_s = None
            return False
        if not self.is_itself:
            report.well(_WHO)
        self._set_units(places)
        return True

    def _note(self, what: str, error: SourceError) -> None:
        """The log has it once, until that is well again."""
        report = self._peer.report
        if not report.has_trouble(what):
            self._log.warning("a peer does not say what it has", reason=str(error))
        unreachable = isinstance(error, SourceUnreachable)
        report.trouble(what, PeerState.UNREACHABLE if unreachable else PeerState.REFUSED, str(error))
        report.failed(failure_of(error))

    async def _ask_who(self) -> None:
        now_s = self._peer.tools.clock.monotonic_s()
        if self._asked_who_s is not None and now_s - self._asked_who_s < _ASKED_WHO_EVERY_S:
            return
        node = await self._peer.api.node()
        self._asked_who_s = now_s
        self._peer.is_ours = node is not None
        self._peer.report.kind = "older" if node is None else f"longtake {node.version[:20]}"
        self.is_itself = node is not None and node.id is not None and node.id == self._own_id
        if self.is_itself:
            words = "this is the node itself; if its store was copied from there, remove .longtake/node-id in one of the two"
            self._peer.report.trouble(_WHO, PeerState.ITSELF, words)
            self._log.warning("a peer is this node itself: nothing is pulled from it")

    async def _places(self) -> set[Place]:
        """What is known of channels that cannot be asked for stays. Raises SourceError if that is nothing, and all of them."""
        channels, found = await self._channels(), set[Place]()
        troubles: list[SourceError] = []
        for number, channel in enumerate(channels[:_MOST_PLACES], 1):
            try:
                found.update(await self._places_of(channel))
            except SourceError as error:
                troubles.append(error)
                self._note(f"{channel}/", error)
                found.update(place for place in self._known if place[0] == channel)
            else:
                self._peer.report.well(f"{channel}/")
            if len(troubles) == number >= _IN_A_ROW:
                found.update(self._known)
                break
        if troubles and not found:
            raise troubles[0]
        if max(len(channels), len(found)) > _MOST_PLACES:
            self._log.warning("a peer has more than can be wanted", most=_MOST_PLACES)
        return set(sorted(found)[:_MOST_PLACES])

    async def _channels(self) -> Sequence[str]:
        channels = self._peer.tools.rules.channels
        return self._usable(await self._peer.api.channels()) if channels is None else list(channels)

    async def _places_of(self, channel: str) -> set[Place]:
        wanted = self._peer.tools.rules.qualities
        qualities = self._usable(await self._peer.api.qualities(channel))
        return {(channel, quality) for quality in qualities if wanted is None or quality in wanted}

    def _usable(self, names: Iterable[str]) -> list[str]:
        """Names that can be folders, and none of what lies beside the channels."""
        extra = self._peer.tools.rules.not_channels
        return sorted({name for name in names if is_part(name) and name not in extra})

    def _set_units(self, places: set[Place]) -> None:
        self._known = self._peer.report.places = places
        folders = () if self.is_itself else self._peer.tools.rules.extra_folders
        wanted = {f"{channel}/{quality}": (channel, quality) for channel, quality in places}
        for name in self._units.keys() - wanted.keys() - set(folders):
            del self._units[name]
            self._peer.report.left(name)
        for name in wanted.keys() - self._units.keys():
            passes = QualityPasses(self._peer, wanted[name])
            self._units[name] = Unit(peer=self._peer, name=name, once=passes.once)
        for name in set(folders) - self._units.keys():
            self._units[name] = Unit(peer=self._peer, name=name, once=ExtraPasses(self._peer, name).once)
