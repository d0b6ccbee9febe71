"""Processes that tests start and kill: ``python child.py hold|keep|note|show PLACE …``; they say on stdout what is done."""

from __future__ import annotations

import asyncio
import hashlib
import random
import resource
import sys
from functools import partial
from itertools import count
from pathlib import Path

from longtake.adapters.store import incoming
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.facts_log import FactsLog
from longtake.adapters.store.interface import SegmentWriter
from longtake.core.facts import SegmentFacts
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import HOUR_US, SECOND_US, hour_name
from longtake.kit.files import SystemFileOps

BEGAN_US = 1_731_193_800 * SECOND_US
"""2024-11-09T23:10:00Z."""


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def hold(root: Path) -> None:
    """Opens the writer, leaves a temp file, and stays."""
    async with DiskStore(root).open_writer("demo", "source", "capture") as writer:
        await writer.begin().add(bytes(9 << 20))
        say("open")
        await asyncio.to_thread(sys.stdin.readline)


async def keep(root: Path, seed: int) -> None:
    """Keeps random segments, four at a time, small and spilled, and says what was acknowledged: ``PATH`` or ``= TEXT``.

    A fifth one remembers texts, ever greater numbers.
    """
    dice = random.Random(seed)
    incoming._ONE_MAY_HOLD = 60_000
    async with (
        DiskStore(root).open_writer("demo", "source", "capture") as writer,
        asyncio.TaskGroup() as tasks,
    ):
        for worker in range(4):
            tasks.create_task(_keep_on(writer, dice, seed * 4 + worker), name=f"worker {worker}")
        tasks.create_task(_remember_on(writer, seed), name="memory")


async def _keep_on(writer: SegmentWriter, dice: random.Random, lane: int) -> None:
    start_us = BEGAN_US + lane * 100_000
    while True:
        one = writer.begin()
        for _ in range(dice.randrange(4)):
            await one.add(dice.randbytes(dice.randrange(100_000)))
        if dice.random() < 0.1:
            await one.discard()
            continue
        segment = await one.keep(partial(_settle, start_us))
        say(segment.path)
        start_us += 700 * SECOND_US


async def _remember_on(writer: SegmentWriter, seed: int) -> None:
    for number in count():
        text = f"{seed * 1_000_000 + number:012}" * 100
        await writer.remember(text)
        say(f"= {text}")


def _settle(start_us: int, content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
    segment = named_segment(start_us=start_us, duration_s=2.0, type=SegmentType.FULL, digest=digest)
    return segment, SegmentFacts(name=segment.name, size_bytes=len(content))


def note(path: Path, who: str, times: int) -> None:
    """Says something of the same thirty segments again and again."""
    log = FactsLog(SystemFileOps())
    path.parent.mkdir(exist_ok=True)
    for number in range(times):
        log.append(path, [SegmentFacts(name=f"{who}{number % 30}.ts", size_bytes=number)])


async def show(root: Path, count: int) -> None:
    """Records segments of 2 s up to so many in all, and looks at what viewers are shown after each: ``SEQUENCE NAME`` of what is new."""
    store = DiskStore(root)
    say("ready")
    sys.stdin.readline()
    said = 0
    while _record_next(root, count):
        for sequence, name in await _shown(store):
            if sequence > said:
                say(f"{sequence} {name}")
                said = sequence
    store.close()


async def show_to_the_limit(root: Path, count: int) -> None:
    """The same beyond what a file may grow to; then there is room, and it looks once more. Says only what it shows then."""
    store = DiskStore(root)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3001, hard))
    while _record_next(root, count):
        shown = await _shown(store)
    say(f"{len(shown)} shown")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    for sequence, name in await _shown(store):
        say(f"{sequence} {name}")
    store.close()


def _record_next(root: Path, count: int) -> bool:
    """The first segment that is not there yet, unless there are so many; others may be at it too."""
    folder = root / "demo" / "source" / hour_name(BEGAN_US)
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.iterdir()))
    if number >= count:
        return False
    segment = named_segment(
        start_us=BEGAN_US + number * 2 * SECOND_US,
        duration_s=2.0,
        type=SegmentType.FULL,
        digest=hashlib.sha256(str(number).encode()).digest(),
    )
    (folder / segment.name).touch()
    return True


async def _shown(store: DiskStore) -> list[tuple[int, str]]:
    shown = await store.shown("demo", "source", now_us=BEGAN_US + HOUR_US, start_us=BEGAN_US)
    return [
        (hour.head.sequence + place, name)
        for hour in shown.hours
        for place, name in enumerate(hour.entries.columns.names())
    ]


if __name__ == "__main__":
    what, place, *more = sys.argv[1:]
    if what == "hold":
        asyncio.run(hold(Path(place)))
    elif what == "keep":
        asyncio.run(keep(Path(place), int(more[0])))
    elif what == "note":
        note(Path(place), more[0], int(more[1]))
    elif what == "show":
        asyncio.run(show(Path(place), int(more[0])))
    elif what == "show-to-the-limit":
        asyncio.run(show_to_the_limit(Path(place), int(more[0])))
