"""Processes that tests start and kill: ``python child.py hold|keep|note|append PLACE …``; they say on stdout what is done."""

from __future__ import annotations

import asyncio
import random
import resource
import sys
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path

from longtake.adapters.store import incoming
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.facts_log import FactsLog
from longtake.adapters.store.interface import SegmentWriter
from longtake.adapters.store.ledger_file import LedgerFile
from longtake.core.facts import SegmentFacts
from longtake.core.ledger import Entry
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US
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


def append(path: Path, times: int) -> None:
    """Appends to a ledger what follows on its last entry, so many times."""
    ledger = LedgerFile(path)
    say("ready")
    sys.stdin.readline()
    for _ in range(times):
        say(str(ledger.extend(lambda last: [following(last)])[-1].sequence))


def append_to_the_limit(path: Path) -> None:
    """Appends to a ledger beyond what the file may grow to, then makes room; says how many entries it believes in."""
    ledger = LedgerFile(path)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (777, hard))
    for _ in range(10):
        shown = ledger.extend(three_more)
    say(f"{len(shown)} shown, {path.stat().st_size} bytes written")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    say(" ".join(str(entry.sequence) for entry in ledger.extend(three_more)))


def three_more(last: Entry | None) -> Iterable[Entry]:
    """The three entries that follow."""
    first = following(last)
    second = following(first)
    return [first, second, following(second)]


def following(last: Entry | None) -> Entry:
    """The entry after ``last``, 2 s later."""
    sequence = last.sequence + 1 if last else 0
    segment = named_segment(
        start_us=BEGAN_US + sequence * 2 * SECOND_US, duration_s=2.0, type=SegmentType.FULL, digest=bytes(32)
    )
    return Entry(segment=segment, sequence=sequence, discontinuity_sequence=0, discontinuity=False)


if __name__ == "__main__":
    what, place, *more = sys.argv[1:]
    if what == "hold":
        asyncio.run(hold(Path(place)))
    elif what == "keep":
        asyncio.run(keep(Path(place), int(more[0])))
    elif what == "note":
        note(Path(place), more[0], int(more[1]))
    elif what == "append":
        append(Path(place), int(more[0]))
    elif what == "append-to-the-limit":
        append_to_the_limit(Path(place))
