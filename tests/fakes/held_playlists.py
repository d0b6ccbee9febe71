"""A channel that is recorded slot by slot, with all that goes wrong, while viewers hold playlists of it.

What viewers get is checked by ``tests.services.serve.playlist_rules``: each answer by itself, and with the last one of the same
URL. Who drives it chooses what happens: a state machine, or a script.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.builders import us
from tests.fakes.shown_playlists import CHANNEL, Node, SetClock, Shelves, shown_node
from tests.services.serve.playlist_rules.master_rules import rule_matching_discontinuities
from tests.services.serve.playlist_rules.snapshot import Snapshot
from tests.services.serve.playlist_rules.table import (
    OF_ONE_MASTER,
    violations,
    violations_over_time,
)
from tests.services.serve.playlist_rules.time_rules import rule_a_delta_tells_the_same

from longtake.core.facts import Container, SegmentFacts
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US, format_us

BASE_US = us("04:59:40")
"""Slot 0 begins there: twenty seconds before the hour."""
SLOT_S = 2.0
SLOT_US = 2 * SECOND_US
QUALITIES = ("source", "480p", "source.audio")
OUTCOMES = ("full", "lost", "late", "next", "partial", "suspect", "long", "jump", "page", "unknown")
"""Of a slot: it comes, never, when somebody fills it, after the next one, cut short, odd, with 5 s, not continuing, as a page, or
without a word (which comes later)."""
_SOUND_FIRST_US = 67_000
_MP4 = b"\0\0\0\x08ftyp\0\0\0\x08moof"
_TYPES = {"partial": SegmentType.PARTIAL, "suspect": SegmentType.SUSPECT}
_CUTOFF_US = 120 * SECOND_US
_ENDING_US = 30 * SECOND_US
_LAG = 8
"""So many entries may have another discontinuity number than those of other qualities at the same time, after each break: they were
shown before the other had it."""


@dataclass(slots=True, kw_only=True)
class Held:
    """A playlist that a viewer follows, of each quality: the last version of each. ``end_us`` of a range.

    Of ``gone`` qualities nothing is recorded now: what comes back must go on from the last version.
    """

    query: str
    end_us: int | None = None
    last: dict[str, Snapshot] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def path(self, quality: str, **more: str) -> str:
        """Of one quality."""
        words = [self.query, *(f"{name}={value}" for name, value in more.items())]
        query = "&".join(word for word in words if word)
        return f"/playlist/{CHANNEL}/{quality}.m3u8{'?' if query else ''}{query}"


class Broadcast:
    """``open`` it, and ``close`` it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SetClock(BASE_US)
        self.shelves = Shelves(folder / "store")
        self.slot = 0
        self.missing: list[tuple[str, int]] = []
        """(quality, slot) that may be filled."""
        self.doubtful: list[tuple[str, int]] = []
        self.unknown: list[tuple[str, Segment]] = []
        self.held: list[Held] = []
        self.puts = 0
        self._soon: list[tuple[str, int]] = []
        self._lives: list[tuple[AsyncExitStack, Node]] = []

    @property
    def node(self) -> Node:
        """The web process that is asked now."""
        return self._lives[-1][1]

    async def open(self) -> Self:
        """Starts a web process; another one if there is one, on the same folder."""
        life = AsyncExitStack()
        self._lives.append((life, await life.enter_async_context(shown_node(self.folder, self.clock))))
        return self

    async def close(self) -> None:
        """Ends all."""
        while self._lives:
            await self._lives.pop()[0].aclose()

    async def restart(self) -> None:
        """Another web process in the place of all."""
        await self.close()
        await self.open()

    async def ask_another(self) -> None:
        """The one that was asked least lately; there are two at most."""
        if len(self._lives) < 2:
            await self.open()
        else:
            self._lives.reverse()

    # What happens

    def record(self, outcomes: Sequence[str]) -> None:
        """One slot of all qualities; the clock stands a little behind its end then."""
        self.clock.now = BASE_US + (self.slot + 1) * SLOT_US + SECOND_US // 2
        soon, self._soon = self._soon, []
        for quality, outcome in zip(QUALITIES, outcomes, strict=True):
            where = (quality, self.slot)
            if outcome in ("late", "lost"):
                self.missing += [where] * (outcome == "late")
            elif outcome == "next":
                self._soon.append(where)
            else:
                self.put(*where, outcome)
                self.doubtful += [where] * (outcome in _TYPES)
        for where in soon:
            self.put(*where)
        self.slot += 1

    def put(self, quality: str, slot: int, outcome: str = "full") -> Segment:
        """A file comes now."""
        self.puts += 1
        start_us = BASE_US + slot * SLOT_US - (_SOUND_FIRST_US if quality == "source.audio" else 0)
        segment = named_segment(
            start_us=start_us,
            duration_s=5.0 if outcome == "long" else SLOT_S,
            type=_TYPES.get(outcome, SegmentType.FULL),
            digest=self.puts.to_bytes(32, "big"),
        )
        page, mp4 = outcome == "page", quality == "480p" and outcome != "page"
        facts = SegmentFacts(
            name=segment.name,
            size_bytes=len(_MP4),
            container=Container.OTHER if page else Container.FMP4 if mp4 else Container.MPEG_TS,
            init_bytes=8 if mp4 else None,
            target_duration_s=2,
            discontinuity=outcome == "jump",
            doubt="a page" if page else None,
            recorded_us=self.clock.now,
        )
        known = mp4 or outcome != "unknown"  # without a word nobody knows the init section
        self.shelves.put(
            segment, quality=quality, content=_MP4 if mp4 else b"G", facts=facts if known else None
        )
        self.unknown += [] if known else [(quality, segment)]
        return segment

    def learn(self, which: int) -> None:
        """Somebody looks into what came without a word, and finds that it does not continue what is before it."""
        if self.unknown:
            quality, segment = self.unknown.pop(which % len(self.unknown))
            facts = SegmentFacts(name=segment.name, size_bytes=1, discontinuity=True, target_duration_s=2)
            if segment.hour in self.shelves.hours(quality):
                self.shelves.note(facts, segment, quality=quality)

    def fill(self, which: int) -> str | None:
        """Somebody has what was missing: its name. Nothing happens if nothing was."""
        if not self.missing:
            return None
        return self.put(*self.missing.pop(which % len(self.missing))).name

    def replace(self, which: int) -> None:
        """Somebody has the whole of what is doubtful."""
        if self.doubtful:
            self.put(*self.doubtful.pop(which % len(self.doubtful)))

    def passes(self, seconds: float) -> None:
        """Time, and nothing is recorded."""
        self.clock.now += round(seconds * SECOND_US)
        self.slot = max(self.slot, (self.clock.now - BASE_US) // SLOT_US)

    async def remove_oldest_hour(self, qualities: Sequence[str]) -> None:
        """By age: the oldest hour of each, but never the newest one."""
        hours = sorted({hour for quality in QUALITIES for hour in self.shelves.hours(quality)})
        for quality in qualities:
            if len(hours) > 1 and hours[0] in self.shelves.hours(quality):
                await self.node.store.remove_hour(CHANNEL, quality, hours[0])
        gone = {where for where in (*self.missing, *self.doubtful) if not self._is_there(*where)}
        self.missing = [where for where in self.missing if where not in gone]
        self.doubtful = [where for where in self.doubtful if where not in gone]

    def _is_there(self, quality: str, slot: int) -> bool:
        return format_us(BASE_US + slot * SLOT_US)[:13] in self.shelves.hours(quality)

    def forget_ledgers(self) -> None:
        """What must never happen: for tests of the tests."""
        for path in self.shelves.root.glob("**/.longtake/ledger*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    # What viewers see

    def hold(self, query: str, *, end_us: int | None = None) -> None:
        """From now on somebody follows it."""
        if all(held.query != query for held in self.held):
            self.held.append(Held(query=query, end_us=end_us))

    def query(self, *, start_s: float, end_s: float | None = None, gaps: bool = False) -> None:
        """Holds a range by seconds from slot 0 on."""
        words = [f"start={format_us(BASE_US + round(start_s * SECOND_US))}"]
        end_us = None if end_s is None else BASE_US + round(end_s * SECOND_US)
        words += [] if end_us is None else [f"end={format_us(end_us)}"]
        self.hold("&".join([*words, *(["holes=gap"] if gaps else [])]), end_us=end_us)

    async def look(self) -> list[str]:
        """All that is held is asked for again. What is wrong with it, in words."""
        late_us = self.clock.now - _CUTOFF_US - _ENDING_US
        self.held = [held for held in self.held if held.end_us is None or held.end_us >= late_us]
        found = []
        for held in self.held:
            for quality in QUALITIES:
                found += [f"{held.path(quality)}: {word}" for word in await self._look(held, quality)]
            there = [held.last[quality] for quality in QUALITIES if quality not in held.gone]
            found += [f"{held.query}: {word}" for word in _together(there)]
        return found

    async def _look(self, held: Held, quality: str) -> list[str]:
        newer = await self.get(held.path(quality))
        if newer is None:
            held.gone.add(quality)
            return []
        held.gone.discard(quality)
        older = held.last.get(quality)
        held.last[quality] = newer
        again = await self.node.get(newer.path, {"if-none-match": newer.headers["etag"]})
        found = [] if again.status == 304 else [f"{again.status} for a known ETag"]
        if older is None:
            return found + violations(newer)
        if older.body != newer.body:
            found += violations(newer) + violations_over_time(older, newer)
            found += await self._look_at_update(older, newer, held.path(quality, _HLS_skip="YES"))
        return found

    async def _look_at_update(self, older: Snapshot, newer: Snapshot, path: str) -> list[str]:
        delta = await self.get(path)
        assert delta is not None
        if self._skips_unknown(older, delta):
            return violations(delta)
        told = rule_a_delta_tells_the_same(older, delta, newer)
        return violations(delta) + [f"{rule_a_delta_tells_the_same.__name__}: {word}" for word in told]

    @staticmethod
    def _skips_unknown(older: Snapshot, delta: Snapshot) -> bool:
        """A client whose version is older than the Skip Boundary asks for the whole (rfc8216bis 6.3.7)."""
        return (
            delta.skipped > 0 and delta.number("EXT-X-MEDIA-SEQUENCE") + delta.skipped > older.next_sequence
        )

    async def get(self, path: str) -> Snapshot | None:
        """None if nothing is recorded."""
        answer = await self.node.get(path)
        if answer.status == 404:
            return None
        assert answer.status == 200, (path, answer.status, answer.text)
        return Snapshot(path=path, body=answer.body, headers=answer.headers, resource=self.shelves.content)


def _together(playlists: Sequence[Snapshot]) -> list[str]:
    """What is wrong with the versions of all qualities that were got last, at one time."""
    others = [rule for rule in OF_ONE_MASTER if rule is not rule_matching_discontinuities]
    found = [f"{rule.__name__}: {word}" for rule in others for word in rule(playlists)]
    matching = rule_matching_discontinuities(playlists, edge=_LAG)
    return found + [f"{rule_matching_discontinuities.__name__}: {word}" for word in matching]
