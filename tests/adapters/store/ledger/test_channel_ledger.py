"""The ledgers of a channel: what viewers were shown does not depend on when the process began anew, and is cheap to look at."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from tests.builders import a_run, a_segment, us
from tests.fakes.listed import text_of
from tests.fakes.memory_ledger import MemoryLedgerFolder
from tests.fakes.memory_store import MemoryDisk, MemoryStore

from longtake.core.ledger import Shown, shown_range
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

QUALITIES = ("source", "480p", "source.audio")
WINDOW_US = 60 * SECOND_US
FOREVER_US = 1 << 62


class View(NamedTuple):
    """A playlist: (sequence, discontinuity number) of each path in it."""

    target_s: int
    numbers: dict[str, tuple[int, int]]


def view_of(shown: Shown, *, holes: bool) -> View:
    listed = shown_range(shown, start_us=shown.start_us, end_us=FOREVER_US, holes=holes, grows=True)
    sequence, number = listed.sequence, listed.discontinuity_sequence
    numbers = {}
    for line in text_of(listed).splitlines():
        number += line == "#EXT-X-DISCONTINUITY"
        if not line.startswith("#"):
            numbers[line] = (sequence, number)
            sequence += 1
    return View(listed.target_s, numbers)


@dataclass
class Script:
    """A channel that is recorded with all sorts of trouble, onto two disks: of one the node begins anew now and then."""

    dice: random.Random
    now_us: int
    steady: MemoryStore = field(default_factory=MemoryStore)
    restarted: MemoryStore = field(default_factory=MemoryStore)
    late: list[tuple[str, Segment]] = field(default_factory=list)
    told: dict[tuple[str, str, bool], tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int) -> Script:
        dice = random.Random(seed)
        return cls(dice=dice, now_us=us(dice.choice(["04:00:00", "04:30:00", "04:58:00"])))

    def goes_on(self, step: int) -> None:
        self.now_us += self.dice.choice([2, 2, 2, 2, 30, 900]) * SECOND_US
        for quality in QUALITIES[: 1 + step // 8]:  # one after the other
            kind = "full" if self.dice.random() < 0.95 else "partial"
            duration_s = self.dice.choice([2.0, 2.0, 2.0, 3.4])
            segment = a_segment(self.now_us - 2 * SECOND_US, duration_s, kind, f"{quality}{step}")
            if self.dice.random() < 0.9:
                self._put(quality, segment)
            else:
                self.late.append((quality, segment))
        while self.late and self.dice.random() < 0.2:
            self._put(*self.late.pop(0))

    async def looks(self) -> None:
        quality, holes = self.dice.choice(QUALITIES), self.dice.random() < 0.5
        back_s = self.dice.choice([None, None, None, 30, 300, 4000, 9000])
        start_us = None if back_s is None else self.now_us - back_s * SECOND_US
        views = [
            view_of(
                await store.shown(
                    "demo", quality, now_us=self.now_us, start_us=start_us, window_us=WINDOW_US
                ),
                holes=holes,
            )
            for store in (self.steady, self.restarted)
        ]
        assert views[0] == views[1]
        for path, numbers in views[0].numbers.items():
            assert self.told.setdefault((quality, path, holes), numbers) == numbers

    def begins_anew(self) -> None:
        self.restarted = MemoryStore(self.restarted.disk)

    def _put(self, quality: str, segment: Segment) -> None:
        for store in (self.steady, self.restarted):
            store.disk.put("demo", quality, segment.hour, segment.name)


@pytest.mark.parametrize("seeds", [range(6), pytest.param(range(1000), marks=pytest.mark.soak)])
def test_a_node_that_begins_anew_shows_what_one_that_stays_shows_and_no_number_changes(
    seeds: Iterable[int],
) -> None:
    async def play(script: Script) -> None:
        for step in range(60):
            script.goes_on(step)
            if script.dice.random() < 0.5:
                if script.dice.random() < 0.4:
                    script.begins_anew()
                await script.looks()

    for seed in seeds:
        asyncio.run(play(Script.of(seed)))


@dataclass(slots=True)
class CountingFolder(MemoryLedgerFolder):
    """Counts what is done with it."""

    done: Counter[str] = field(default_factory=Counter)

    def names(self) -> list[str]:
        self.done["names"] += 1
        return super(CountingFolder, self).names()

    def read(self, name: str) -> bytes:
        self.done[f"read {name[:13]}"] += 1
        return super(CountingFolder, self).read(name)

    def append(self, name: str, at: int, data: bytes) -> None:
        self.done["append"] += 1
        super(CountingFolder, self).append(name, at, data)

    def put(self, name: str, data: bytes, *, durable: bool) -> None:
        self.done["put"] += 1
        super(CountingFolder, self).put(name, data, durable=durable)


def a_counted_disk() -> tuple[MemoryDisk, CountingFolder]:
    """With five hours of a minute each; the folder is that of ``source``."""
    disk = MemoryDisk(ledgers=defaultdict(CountingFolder))
    for hour in range(5):
        for segment in a_run(f"0{hour}:59:00", 30):
            disk.put("demo", "source", segment.hour, segment.name)
    folder = disk.ledgers["demo", "source"]
    assert isinstance(folder, CountingFolder)
    return disk, folder


async def look(store: MemoryStore, now: str, start: str | None = None) -> int:
    """How many entries are in the hours that were looked at."""
    start_us = None if start is None else us(start)
    shown = await store.shown("demo", "source", now_us=us(now), start_us=start_us, window_us=WINDOW_US)
    return sum(map(len, shown.hours))


async def test_who_asks_again_and_nothing_is_new_costs_no_file() -> None:
    disk, folder = a_counted_disk()
    store = MemoryStore(disk)
    await look(store, "05:00:00", "00:00:00")
    folder.done.clear()
    for _ in range(10):
        assert await look(store, "05:00:00") >= 30
    assert folder.done == {}


async def test_what_is_new_is_appended_once_and_nothing_is_read() -> None:
    disk, folder = a_counted_disk()
    store = MemoryStore(disk)
    await look(store, "05:00:00", "00:00:00")
    folder.done.clear()
    for segment in a_run("05:00:00", 3):
        disk.put("demo", "source", segment.hour, segment.name)
        await look(store, "05:00:10")
    assert folder.done == {"put": 1, "append": 2}


async def test_a_node_that_begins_anew_reads_the_ends_and_not_what_is_between() -> None:
    disk, folder = a_counted_disk()
    await look(MemoryStore(disk), "05:00:00", "00:00:00")
    folder.done.clear()
    store = MemoryStore(disk)
    for _ in range(10):
        await look(store, "05:00:00")
    assert folder.done["read 2024-11-09T01"] == 0
    assert folder.done["names"] == 1
    assert max(folder.done.values()) == 1


async def test_what_is_removed_by_age_leaves_at_the_front_and_the_numbers_stay() -> None:
    disk, folder = a_counted_disk()
    store = MemoryStore(disk)

    async def numbers() -> dict[str, tuple[int, int]]:
        start_us = us("00:00:00")
        shown = await store.shown("demo", "source", now_us=us("05:01:00"), start_us=start_us)
        return view_of(shown, holes=False).numbers

    before = await numbers()
    for hour in ("2024-11-09T00", "2024-11-09T01", "2024-11-09T02"):
        del disk.hours["demo", "source"][hour]
    for again in (False, True):
        store = MemoryStore(disk) if again else store
        after = await numbers()
        assert list(after) == list(before)[90:]
        assert after.items() <= before.items()
    for segment in a_run("05:00:00", 3):
        disk.put("demo", "source", segment.hour, segment.name)
    await look(store, "05:01:00")  # with a new hour the files of the old ones go, but for the last of them
    hours = sorted(name[:13] for name in folder.files)
    assert hours == [f"2024-11-09T0{hour}" for hour in (2, 3, 4, 5)]
