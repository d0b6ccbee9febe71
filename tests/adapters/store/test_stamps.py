"""Stamps of hours: equal only while nothing can have changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longtake.adapters.store.interface import HourStamp
from longtake.adapters.store.stamps import read_stamps

SECOND_NS = 1_000_000_000
THEN_NS = 1_700_000_000 * SECOND_NS


@pytest.fixture
def hour(tmp_path: Path) -> tuple[Path, Path]:
    folder, facts = tmp_path / "2024-11-09T04", tmp_path / "2024-11-09T04.jsonl"
    folder.mkdir()
    facts.write_text("{}\n")
    os.utime(folder, ns=(THEN_NS, THEN_NS))
    return folder, facts


def stamp(hour: tuple[Path, Path], now_ns: int) -> HourStamp:
    return read_stamps([hour], now_ns=now_ns)[0]


def test_an_hour_that_was_left_alone_has_the_same_stamp_for_ever(hour: tuple[Path, Path]) -> None:
    first = stamp(hour, THEN_NS + SECOND_NS)
    assert first == HourStamp(names_ns=THEN_NS, facts_bytes=3)
    assert stamp(hour, THEN_NS + 10**6 * SECOND_NS) == first


def test_what_changed_within_the_last_second_may_change_again_unseen(hour: tuple[Path, Path]) -> None:
    stamps = [stamp(hour, THEN_NS + after_ns) for after_ns in (1, SECOND_NS // 2, SECOND_NS - 1, SECOND_NS)]
    assert len(set(stamps)) == len(stamps)


def test_more_facts_make_another_stamp(hour: tuple[Path, Path]) -> None:
    now_ns = THEN_NS + 5 * SECOND_NS
    before = stamp(hour, now_ns)
    with hour[1].open("a") as facts:
        facts.write("{}\n")
    assert stamp(hour, now_ns) != before


def test_what_is_not_there_is_zero(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    assert stamp((nothing, nothing), THEN_NS) == HourStamp(names_ns=0, facts_bytes=0)


def test_a_disk_that_fails_is_no_empty_hour(hour: tuple[Path, Path]) -> None:
    with pytest.raises(OSError, match="Not a directory"):
        stamp((hour[1] / "below a file", hour[1]), THEN_NS)
