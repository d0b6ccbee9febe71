"""Suspicions on disk: noted once, bounded, there after a restart, and nothing that lies there disturbs."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from tests.builders import digest_of
from tests.fakes.failing_disk import Failure, WatchedDisk
from tests.fakes.forgetful_disk import ForgetfulDisk

from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.core.errors import Busy, StoreUnavailable
from longtake.core.names import hash_text
from longtake.core.suspicions import Suspicion, parse_suspicion
from longtake.kit.files import FileOps

HOUR = "2024-11-09T23"


class PowerCutError(Exception):
    """The process is not there any more."""


def suspicion(number: int = 0) -> Suspicion:
    """Another one for each number."""
    name = f"59:{number % 60:02}.5-2.0-full-{hash_text(digest_of(str(number)))}.ts"
    return parse_suspicion("demo", "source", HOUR, name)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def folder_of(root: Path) -> Path:
    return root / ".longtake" / "suspicions"


async def test_where_nothing_was_noted_nothing_is_listed_nor_made(root: Path) -> None:
    kept = DiskSuspicions(root)
    assert await kept.listed() == []
    await kept.drop(suspicion())
    assert not root.exists()


async def test_what_was_noted_is_listed_until_it_is_dropped_also_by_others(root: Path) -> None:
    kept = DiskSuspicions(root)
    assert await kept.note(suspicion(2))
    assert await kept.note(suspicion(1))
    assert not await kept.note(suspicion(2))
    later = DiskSuspicions(root)
    assert not await later.note(suspicion(1))
    assert await later.listed() == [suspicion(1), suspicion(2)]
    await later.drop(suspicion(1))
    await later.drop(suspicion(1))
    assert await kept.listed() == [suspicion(2)]
    assert await kept.note(suspicion(1))


async def test_the_longest_names_have_room(root: Path) -> None:
    long = parse_suspicion("c" * 255, "q" * 255, HOUR, suspicion().file.name)
    kept = DiskSuspicions(root)
    assert await kept.note(long)
    assert await kept.listed() == [long]


async def test_they_are_bounded_and_known_ones_count_once(root: Path) -> None:
    kept = DiskSuspicions(root, most=3)
    notes = [kept.note(suspicion(number)) for number in (0, 1, 2, 0, 1, 2)]
    assert sorted(await asyncio.gather(*notes)) == [False] * 3 + [True] * 3
    with pytest.raises(Busy, match="3 suspicions"):
        await kept.note(suspicion(3))
    assert not await kept.note(suspicion(0))
    await kept.drop(suspicion(0))
    assert await kept.note(suspicion(3))


async def test_many_at_once_are_no_more_than_the_bound(root: Path) -> None:
    kept = [DiskSuspicions(root, most=5) for _ in range(4)]
    notes = [each.note(suspicion(number)) for each in kept for number in range(8)]
    results = await asyncio.gather(*notes, return_exceptions=True)
    assert results.count(True) == 5
    assert {type(result) for result in results} <= {bool, Busy}
    assert len(await kept[0].listed()) == 5


async def test_what_is_none_of_ours_is_cleared_away_and_makes_room(root: Path) -> None:
    kept = DiskSuspicions(root, most=4)
    await kept.note(suspicion(1))
    (noted,) = (path for path in folder_of(root).iterdir() if not path.name.startswith("."))
    (folder_of(root) / "empty.json").touch()
    (folder_of(root) / "other.json").write_bytes(noted.read_bytes())  # under a name that is not its own
    (folder_of(root) / ".temp").write_text("half")
    assert await kept.listed() == [suspicion(1)]
    assert [await kept.note(suspicion(number)) for number in (2, 3, 4)] == [True] * 3
    assert sorted(path.suffix for path in folder_of(root).iterdir()) == ["", *[".json"] * 4]


async def test_what_the_disk_refuses_is_not_noted(root: Path) -> None:
    disk = WatchedDisk()
    kept = DiskSuspicions(root, disk)
    told: list[str] = []
    noted = False
    while not noted:
        disk.failure = Failure(at=len(told), error=28)
        try:
            noted = await kept.note(suspicion())
        except StoreUnavailable as error:
            told.append(str(error))
            assert await kept.listed() in ([], [suspicion()])
            await DiskSuspicions(root).drop(suspicion())
        assert disk.open_files == 0
    assert len(told) > 3
    assert all("the disk is full" in words for words in told)
    assert await kept.listed() == [suspicion()]


def note_directly(kept: DiskSuspicions, number: int) -> bool:
    """In this thread, so that every operation has its number."""
    return kept._note(suspicion(number))


def test_what_was_noted_survives_a_power_cut() -> None:
    """Before each operation: the first one, which was noted, is there; the second whole, or not at all."""
    root = Path("/srv/store")
    dice = random.Random(2)
    for at in range(100):
        disk = ForgetfulDisk({"/srv": None})
        kept = DiskSuspicions(root, disk)
        note_directly(kept, 1)
        left = at

        def cut() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCutError

        disk.before = cut
        done = True
        try:
            note_directly(kept, 2)
        except PowerCutError:
            done = False
        for state in disk.after_power_cut(100, dice):
            ops: FileOps = ForgetfulDisk(state)
            found = DiskSuspicions(root, ops)._listed()
            assert found in ([suspicion(1)], [suspicion(1), suspicion(2)])
            assert not done or len(found) == 2
        if done:
            break
    assert at > 4
