"""The listing cache. That a listing is *the same object* shows that its folder was not read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longtake.adapters.store.listings import ListingCache
from longtake.core.errors import InvalidTime
from longtake.core.names import hash_text

HOUR = "2024-11-09T23"
SECOND_NS = 1_000_000_000
TICK_NS = 1_731_196_800 * SECOND_NS
"""The moment at which the folder changed."""


class Clock:
    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


def name_at(second: int) -> str:
    return f"10:{second:02}.000000-2.0-full-{hash_text(bytes(32))}.ts"


def add(folder: Path, name: str, *, changed_ns: int = TICK_NS) -> None:
    """A name comes, and the folder's clock says when."""
    (folder / name).touch()
    os.utime(folder, ns=(changed_ns, changed_ns))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / HOUR
    folder.mkdir()
    add(folder, name_at(0))
    return folder


def test_a_folder_that_is_unchanged_is_not_read_again(folder: Path) -> None:
    clock = Clock(TICK_NS + SECOND_NS)
    cache = ListingCache(clock)
    first = cache.read(folder, HOUR)
    assert first.names == (name_at(0),)
    clock.now_ns += 3600 * SECOND_NS
    assert cache.read(folder, HOUR) is first
    assert ListingCache(clock).read(folder, HOUR) is not first


def test_a_folder_that_changed_is_read_again(folder: Path) -> None:
    cache = ListingCache(Clock(TICK_NS + 10 * SECOND_NS))
    cache.read(folder, HOUR)
    add(folder, name_at(2), changed_ns=TICK_NS + 1)
    assert cache.read(folder, HOUR).names == (name_at(0), name_at(2))
    (folder / name_at(0)).unlink()
    os.utime(folder, ns=(TICK_NS + 2, TICK_NS + 2))
    assert cache.read(folder, HOUR).names == (name_at(2),)


@pytest.mark.parametrize(
    "age_ns",
    [
        pytest.param(0, id="in the same tick"),
        pytest.param(SECOND_NS - 1, id="within a second"),
        pytest.param(-5 * SECOND_NS, id="by a clock that was set back since"),
    ],
)
def test_a_second_change_within_the_tick_of_the_first_is_seen(folder: Path, age_ns: int) -> None:
    clock = Clock(TICK_NS + age_ns)
    cache = ListingCache(clock)
    assert cache.read(folder, HOUR).names == (name_at(0),)
    add(folder, name_at(2))
    assert cache.read(folder, HOUR).names == (name_at(0), name_at(2))
    clock.now_ns = TICK_NS + SECOND_NS
    trusted = cache.read(folder, HOUR)
    assert cache.read(folder, HOUR) is trusted


def test_a_change_while_the_folder_is_being_read_is_seen_the_next_time(folder: Path) -> None:
    class Meddler(Clock):
        """By the time that the folder is read, a name has come that the listing may or may not have."""

        def __call__(self) -> int:
            add(folder, name_at(2), changed_ns=TICK_NS + 30 * SECOND_NS)
            return super().__call__()

    clock = Clock(TICK_NS + 30 * SECOND_NS)
    cache = ListingCache(Meddler(clock.now_ns))
    cache.read(folder, HOUR)
    add(folder, name_at(4), changed_ns=TICK_NS + 30 * SECOND_NS)
    assert name_at(4) in cache.read(folder, HOUR).names


def test_a_folder_that_is_not_there_is_empty_and_seen_once_it_is(tmp_path: Path) -> None:
    cache = ListingCache(Clock(TICK_NS + 10 * SECOND_NS))
    folder = tmp_path / HOUR
    assert cache.read(folder, HOUR).names == ()
    folder.mkdir()
    add(folder, name_at(0))
    assert cache.read(folder, HOUR).names == (name_at(0),)
    (folder / name_at(0)).unlink()
    folder.rmdir()
    assert cache.read(folder, HOUR).names == ()
    folder.touch()
    assert cache.read(folder, HOUR).names == ()


def test_what_is_no_hour_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidTime):
        ListingCache().read(folder, "latest")


def test_hours_that_went_long_unused_are_forgotten(tmp_path: Path) -> None:
    folders = [tmp_path / f"2024-11-09T{hour:02}" for hour in range(5)]
    for folder in folders:
        folder.mkdir()
        os.utime(folder, ns=(TICK_NS, TICK_NS))
    cache = ListingCache(Clock(TICK_NS + 10 * SECOND_NS), kept_hours=3)
    kept = {folder: cache.read(folder, folder.name) for folder in folders[:3]}
    assert cache.read(folders[0], folders[0].name) is kept[folders[0]]
    for folder in folders[3:]:
        cache.read(folder, folder.name)
    assert cache.read(folders[0], folders[0].name) is kept[folders[0]]
    assert cache.read(folders[1], folders[1].name) is not kept[folders[1]]
