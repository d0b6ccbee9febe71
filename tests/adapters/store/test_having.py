"""What is here already, while others add, remove and suppress."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longtake.adapters.store.having import HadSegments
from longtake.core.names import tombstone_of
from longtake.kit.files import SystemFileOps

SECOND_NS = 1_000_000_000
PREFIX = "10:00.000000-2.0"
NAME = f"{PREFIX}-full-{'A' * 43}.ts"
OTHER = f"{PREFIX}-full-{'B' * 43}.ts"


class Counting(SystemFileOps):
    """How often folders were listed."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = 0

    def names(self, folder: Path) -> list[str]:
        self.listed += 1
        return super().names(folder)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.ops = Counting()
        self.folder = folder
        self.now_ns = 1000 * SECOND_NS
        self.had = HadSegments(self.ops, lambda: self.now_ns)

    def put(self, name: str) -> None:
        (self.folder / name).touch()
        os.utime(self.folder, ns=(self.now_ns, self.now_ns))

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()
        os.utime(self.folder, ns=(self.now_ns, self.now_ns))

    def later(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND_NS)

    def has(self, prefix: str = PREFIX) -> bool:
        return self.had.has(self.folder, prefix)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_an_hour_that_nobody_changes_is_listed_once(bench: Bench) -> None:
    bench.put(NAME)
    bench.later(5)
    for index in range(1000):
        assert bench.has()
        assert not bench.has(f"10:00.{index:06}-3.0")
        bench.later(10)
    assert bench.ops.listed == 1


def test_what_one_keeps_oneself_is_known_without_a_look(bench: Bench) -> None:
    assert not bench.has()
    bench.put(NAME)
    bench.had.kept(bench.folder / NAME)
    assert bench.has()
    assert bench.ops.listed == 1


def test_an_hour_that_one_records_into_is_listed_once_a_second_at_most(bench: Bench) -> None:
    for index in range(1000):
        assert not bench.has(f"20:00.{index:06}-2.0")
        name = NAME.replace("000000", f"{index:06}")
        bench.put(name)
        bench.had.kept(bench.folder / name)
        bench.later(0.01)
    assert bench.ops.listed <= 11


def test_what_another_process_adds_is_seen_within_a_second(bench: Bench) -> None:
    assert not bench.has()
    bench.put(NAME)
    bench.later(1)
    assert bench.has()


def test_what_is_added_in_the_tick_of_the_clock_in_which_it_was_listed_is_seen_too(bench: Bench) -> None:
    bench.put("another.ts")
    assert not bench.has()
    bench.put(NAME)
    bench.later(60)
    assert bench.has()
    bench.later(60)
    assert bench.has()
    assert bench.ops.listed == 2


def test_what_another_process_removes_or_suppresses_is_seen_at_once(bench: Bench) -> None:
    bench.put(NAME)
    bench.later(60)
    assert bench.has()
    bench.put(tombstone_of(NAME))
    assert not bench.has()
    bench.put(OTHER)
    bench.later(1)
    assert bench.has()
    bench.remove(OTHER)
    assert not bench.has()
    bench.remove(tombstone_of(NAME))
    assert bench.has()
    bench.remove(NAME)
    assert not bench.has()


def test_an_hour_that_is_not_there_yet_or_no_more_has_nothing(bench: Bench) -> None:
    bench.folder = bench.folder / "hour"
    assert not bench.has()
    bench.folder.mkdir()
    bench.put(NAME)
    assert bench.has()
    bench.remove(NAME)
    bench.folder.rmdir()
    assert not bench.has()
    bench.later(5)
    assert not bench.has()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(NAME.replace("full", "suspect"), id="a suspect one"),
        pytest.param(f"{PREFIX}-partial-{'A' * 20}-full-{'A' * 17}.ts", id="one whose hash says so"),
        pytest.param(f"{NAME}.temp", id="one in flight"),
        pytest.param(f"{PREFIX}0-full-{'A' * 43}.ts", id="one of another duration"),
    ],
)
def test_other_files_do_not_count(bench: Bench, name: str) -> None:
    bench.put(name)
    assert not bench.has()


def test_few_hours_are_kept_and_not_for_long(bench: Bench, tmp_path: Path) -> None:
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert not bench.had.has(folder, PREFIX)
        bench.later(1)
    assert len(bench.had._hours) == 8
    bench.had.kept(tmp_path / "49" / NAME)
    assert bench.had.has(tmp_path / "49", PREFIX) is False
    bench.later(60)
    bench.had.kept(tmp_path / "49" / NAME)
    assert len(bench.had._hours) == 0
