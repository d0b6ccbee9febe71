"""A ledger over its files: torn, damaged, gone, written by others too, or not taken by the disk; on a disk and in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.builders import a_run, us
from tests.fakes.memory_ledger import MemoryLedgerFolder

from longtake.adapters.store.ledger.folder import DiskLedgerFolder, LedgerFolder
from longtake.adapters.store.ledger.quality_ledger import KeptHours, QualityLedger
from longtake.core.ledger import LedgerHead, LedgerHour
from longtake.core.ledger.hours import NewEntries, with_more
from longtake.core.times import HOUR_US

KEPT = 1 << 20


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerFolder:
    return DiskLedgerFolder(tmp_path / "ledger") if request.param == "disk" else MemoryLedgerFolder()


def more(hour: LedgerHour, count: int) -> LedgerHour:
    """With so many entries at its end."""
    start_us = us(f"{hour.hour}:00:00") + len(hour) * 2_000_000
    run = [one for one in a_run(f"{hour.hour}:00:00", len(hour) + count) if one.start_us >= start_us]
    return with_more(
        hour,
        NewEntries(
            names=[one.name for one in run],
            starts_us=np.array([one.start_us for one in run]),
            durations_us=np.array([one.duration_us for one in run]),
            codes=np.zeros(count, dtype=np.uint8),
            tags=np.zeros(count, dtype=np.int64),
            inits={},
            target_s=2,
        ),
    )


def an_hour(hour: str, sequence: int, count: int) -> LedgerHour:
    head = LedgerHead(
        sequence=sequence,
        number=7,
        gaps=0,
        reach_us=us(f"2024-11-09T{hour}:00:00"),
        target_s=2,
        gap_us=2_000_000,
    )
    return more(LedgerHour.empty(f"2024-11-09T{hour}", head), count)


HOURS = [an_hour("04", 100, 3), an_hour("05", 103, 4), an_hour("06", 107, 2)]


def opened(folder: LedgerFolder, memory_bytes: int = KEPT) -> QualityLedger:
    ledger = QualityLedger(folder, KeptHours(memory_bytes))
    ledger.refresh()
    return ledger


def filled(folder: LedgerFolder) -> QualityLedger:
    ledger = opened(folder)
    for hour in HOURS:
        ledger.go_on([hour])
        ledger.write()
    return ledger


def told(hours: Iterator[LedgerHour]) -> list[tuple[int, list[str]]]:
    return [(hour.head.sequence, hour.entries.columns.names()) for hour in hours]


ALL = told(iter(HOURS[::-1]))


@pytest.mark.parametrize("memory_bytes", [0, KEPT])
def test_what_was_written_is_read_by_who_comes_after(folder: LedgerFolder, memory_bytes: int) -> None:
    ledger = filled(folder)
    again = opened(folder, memory_bytes)
    assert told(again.hours_back()) == told(ledger.hours_back()) == ALL
    for each in (ledger, again):
        assert each.oldest is not None
        assert each.newest is not None
        assert (each.oldest.head.sequence, each.newest.head.sequence) == (100, 107)


def test_two_who_take_turns_see_what_the_other_wrote(folder: LedgerFolder) -> None:
    one, other = filled(folder), opened(folder)
    newest = HOURS[-1]
    for ledger in (one, other, one, other):
        ledger.refresh()
        assert ledger.newest is not None
        assert ledger.newest.entries.columns == newest.entries.columns
        newest = more(newest, 2)
        ledger.go_on([newest])
        ledger.write()
    following = an_hour("07", newest.end_sequence, 1)
    other.go_on([following])
    other.write()
    one.refresh()
    assert told(one.hours_back())[0] == (following.head.sequence, following.entries.columns.names())


NEWEST = "2024-11-09T06.107"
DAMAGE: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "a torn line": (lambda content: content[:-20], 1),
    "zeros behind": (lambda content: content + bytes(300), 2),
    "nothing of the lines": (lambda content: content[: content.index(b"\n") + 1], 0),
}


@pytest.mark.parametrize(("damage", "left"), DAMAGE.values(), ids=DAMAGE.keys())
def test_what_a_kill_leaves_of_the_newest_hour_is_gone_on_from(
    folder: LedgerFolder, damage: Callable[[bytes], bytes], left: int
) -> None:
    filled(folder)
    folder.put(NEWEST, damage(folder.read(NEWEST)), durable=False)
    ledger = opened(folder)
    assert ledger.newest is not None
    assert len(ledger.newest) == left
    ledger.go_on([more(ledger.newest, 5 - left)])
    ledger.write()
    assert told(opened(folder).hours_back()) == told(ledger.hours_back())
    assert len(told(ledger.hours_back())[0][1]) == 5


@pytest.mark.parametrize("content", [b"", bytes(500), b"longtake-ledger 9 nothing\n"])
def test_a_newest_hour_of_which_nothing_can_be_read_is_made_anew(
    folder: LedgerFolder, content: bytes
) -> None:
    filled(folder)
    folder.put(NEWEST, content, durable=False)
    ledger = opened(folder)
    assert told(ledger.hours_back()) == ALL[1:]
    ledger.go_on([HOURS[-1]])
    ledger.write()
    assert told(opened(folder).hours_back()) == ALL


@pytest.mark.parametrize("lost", ["gone", "damaged", "short"])
def test_before_an_hour_that_is_lost_nothing_is_told(folder: LedgerFolder, lost: str) -> None:
    filled(folder)
    middle = "2024-11-09T05.103"
    if lost == "gone":
        folder.remove(middle)
    else:
        content = folder.read(middle)
        folder.put(middle, content[:-30] if lost == "short" else b"noise\n", durable=False)
    assert told(opened(folder).hours_back()) == ALL[:1]


def test_files_of_others_are_passed_over(folder: LedgerFolder) -> None:
    filled(folder)
    for name in ("notes.txt", "2024-11-09T07", "2024-11-09T07.x", "2024-11-09T07.1.bak"):
        folder.put(name, b"noise", durable=False)
    assert told(opened(folder).hours_back()) == ALL


def test_hours_are_forgotten_but_for_the_last_one_before(folder: LedgerFolder) -> None:
    ledger = filled(folder)
    ledger.forget_before("2024-11-09T06")
    assert told(ledger.hours_back()) == told(opened(folder).hours_back()) == ALL[:2]
    ledger.forget_before("2024-11-09T06")
    ledger.forget_before("2024-11-09T04")
    assert told(ledger.hours_back()) == ALL[:2]
    assert ledger.oldest is not None
    assert ledger.oldest.head.sequence == 103


def test_hours_that_are_put_before_come_first(folder: LedgerFolder) -> None:
    ledger = filled(folder)
    early = [an_hour("02", 95, 2), an_hour("03", 97, 3)]
    ledger.put_before(early)
    ledger.write()
    expected = [*ALL, *told(iter(early[::-1]))]
    assert told(ledger.hours_back()) == told(opened(folder).hours_back()) == expected
    assert ledger.oldest is not None
    assert ledger.oldest.end_us < us("04:00:00") - HOUR_US


def test_a_disk_that_takes_only_a_part_is_written_whole_later() -> None:
    folder = MemoryLedgerFolder()
    ledger = filled(folder)
    newest = HOURS[-1]
    for _ in range(3):
        folder.trouble = OSError("no room")
        ledger.refresh()
        newest = more(newest, 2)
        ledger.go_on([newest])
        with pytest.raises(OSError, match="no room"):
            ledger.write()
        folder.files[NEWEST] += newest.entries.columns.name(len(newest) - 2)[:9].encode()  # it took so much
        ledger.refresh()
        assert ledger.newest is newest
        folder.trouble = None
        ledger.write()
        assert told(opened(folder).hours_back()) == told(ledger.hours_back())
