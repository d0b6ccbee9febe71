"""Processes killed with SIGKILL while they write: what they acknowledged is there, and what is there is whole."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import AlreadyRunning
from longtake.core.segments import parse_segment_name

CHILD = Path(__file__).with_name("child.py")
DEADLINE_S = 20
KILLS = 20
CHECKED_EVERY = 50
MOST_LINES = 40


@asynccontextmanager
async def child(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, CHILD, *arguments, stdin=PIPE, stdout=PIPE)
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_of(process: Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.endswith("\n"), "the child ended by itself"
    return line.strip()


async def rest_of(process: Process) -> list[str]:
    """Whole lines only: the last one may be torn."""
    assert process.stdout is not None
    return (await process.stdout.read()).decode().split("\n")[:-1]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DiskStore]:
    store = DiskStore(tmp_path)
    yield store
    store.close()


async def recall(store: DiskStore) -> str:
    async with store.open_writer("demo", "source", "capture") as writer:
        return await writer.recall() or ""


async def open_and_close(store: DiskStore) -> None:
    async with store.open_writer("demo", "source", "capture"):
        pass


@pytest.mark.parametrize("kills", [KILLS, pytest.param(3000, marks=pytest.mark.soak)])
async def test_what_was_acknowledged_survives_a_kill_at_any_moment(
    tmp_path: Path, store: DiskStore, kills: int
) -> None:
    dice = random.Random()
    acknowledged: set[str] = set()
    remembered = ""
    for kill in range(kills):
        async with child("keep", str(tmp_path), str(kill)) as process:
            said = [await line_of(process) for _ in range(dice.randint(1, MOST_LINES))]
            process.kill()
            said.extend(await rest_of(process))
        acknowledged.update(line for line in said if not line.startswith("="))
        remembered = max([remembered, *(line[2:] for line in said if line.startswith("="))])
        found = await recall(store)
        assert found >= remembered
        assert found == found[:12] * 100 or not found
        if (kill + 1) % CHECKED_EVERY == 0 or kill == kills - 1:
            assert len(acknowledged) > 2 * (kill % CHECKED_EVERY)
            await check_and_clear(store, tmp_path / "demo" / "source", acknowledged)
            acknowledged.clear()
    await open_and_close(store)
    assert list(tmp_path.glob("*/*/.longtake/temp/*/*")) == []


async def check_and_clear(store: DiskStore, folder: Path, acknowledged: set[str]) -> None:
    hours = await store.hours("demo", "source")
    visible = {f"{path.parent.name}/{path.name}" for path in folder.glob("[!.]*/*.ts")}
    assert acknowledged <= visible
    for path in visible:
        digest = hashlib.sha256((folder / path).read_bytes()).digest()
        assert parse_segment_name(*path.split("/")).digest == digest, path
    facts = await store.facts("demo", "source", hours)
    assert {path.partition("/")[2] for path in acknowledged} <= set(facts)
    for hour in hours:
        await store.remove_hour("demo", "source", hour)


async def test_another_process_holds_the_lock_until_it_is_killed(tmp_path: Path, store: DiskStore) -> None:
    async with child("hold", str(tmp_path)) as process:
        assert await line_of(process) == "open"
        with pytest.raises(AlreadyRunning, match=rf"demo/source .*process {process.pid}$"):
            await open_and_close(store)
        temp = tmp_path / "demo" / "source" / ".longtake" / "temp" / "capture"
        assert len(list(temp.iterdir())) == 1
        process.kill()
        await process.wait()
        async with store.open_writer("demo", "source", "capture"):
            assert list(temp.iterdir()) == []
    assert await store.hours("demo", "source") == []


def meanings(lines: Iterable[str]) -> dict[int, str]:
    """Which name each number was shown for; one that was shown for two fails."""
    found: dict[int, str] = {}
    for line in lines:
        sequence, name = line.split(" ")
        assert found.setdefault(int(sequence), name) == name
    return found


async def test_two_processes_show_one_ledger(tmp_path: Path) -> None:
    async with child("show", str(tmp_path), "200") as one, child("show", str(tmp_path), "200") as other:
        assert [await line_of(one), await line_of(other)] == ["ready", "ready"]
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.write(b"go\n")
        said = [await rest_of(one), await rest_of(other)]
        assert (await one.wait(), await other.wait()) == (0, 0)
    shown = meanings([*said[0], *said[1]])
    assert len(shown) == 200
    assert max(shown) - min(shown) == 199


async def test_numbers_survive_kills(tmp_path: Path) -> None:
    """At any moment: also in the middle of a line, and before what was shown was written."""
    said: list[str] = []
    for kill in range(5):
        async with child("show", str(tmp_path), "500") as process:
            assert await line_of(process) == "ready"
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            said += [await line_of(process) for _ in range(25 * (kill + 1))]
            process.kill()
            said += await rest_of(process)
            await process.wait()
    shown = meanings(said)
    names = [shown[sequence] for sequence in sorted(shown)]
    assert names == sorted(names)
    assert len(set(names)) == len(names)


async def test_a_ledger_that_could_not_be_written_whole_is_written_later(tmp_path: Path) -> None:
    async with child("show-to-the-limit", str(tmp_path), "70") as process:
        meanwhile, *believed = await rest_of(process)
        assert await process.wait() == 0
    assert meanwhile == "70 shown"
    (written,) = (tmp_path / "demo" / ".longtake" / "ledger" / "source").iterdir()
    lines = written.read_text().splitlines()
    assert written.stat().st_size > 3001
    assert lines[1:] == [line.split(" ")[1] for line in believed]
    async with child("show", str(tmp_path), "71") as process:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        again = meanings((await rest_of(process))[1:])
    assert len(again) == 71
    assert again.items() >= meanings(believed).items()
