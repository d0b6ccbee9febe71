"""The live ledger on disk; for several processes at once see ``test_killed``."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from longtake.adapters.store import ledger_file
from longtake.adapters.store.ledger_file import KEPT, LedgerFile
from longtake.core.ledger import Entry, encode_entry
from longtake.core.segments import SegmentType, named_segment
from longtake.core.times import SECOND_US, parse_time, to_us

BEGAN_US = to_us(parse_time("2024-11-09T23:10:00Z"))


def entry(sequence: int) -> Entry:
    segment = named_segment(
        start_us=BEGAN_US + sequence * 2 * SECOND_US, duration_s=2.0, type=SegmentType.FULL, digest=bytes(32)
    )
    return Entry(segment=segment, sequence=sequence, discontinuity_sequence=0, discontinuity=False)


def one_more(last: Entry | None) -> Iterable[Entry]:
    return [entry(0 if last is None else last.sequence + 1)]


def nothing(last: Entry | None) -> Iterable[Entry]:
    return ()


def numbers(entries: Iterable[Entry]) -> list[int]:
    return [entry.sequence for entry in entries]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ours" / "live.ledger"


def test_it_begins_empty_and_grows_at_its_end(path: Path) -> None:
    ledger = LedgerFile(path)
    assert ledger.extend(nothing) == []
    assert numbers(ledger.extend(one_more)) == [0]
    assert numbers(ledger.extend(lambda last: [entry(1), entry(2)])) == [0, 1, 2]
    assert ledger.extend(nothing) == [entry(0), entry(1), entry(2)]


def test_entries_are_the_same_for_a_reader_that_comes_later(path: Path) -> None:
    torn = replace(entry(8), discontinuity=True, discontinuity_sequence=4)
    written = LedgerFile(path).extend(lambda last: [entry(7), torn])
    assert LedgerFile(path).extend(nothing) == written == [entry(7), torn]


def test_two_that_take_turns_count_on_from_each_other(path: Path) -> None:
    one, other = LedgerFile(path), LedgerFile(path)
    for turn in range(6):
        assert numbers((one, other)[turn % 2].extend(one_more)) == list(range(turn + 1))
    assert one.extend(nothing) == other.extend(nothing) == LedgerFile(path).extend(nothing)


@pytest.mark.parametrize("cut", [1, 20, -2], ids=["after its first byte", "in its middle", "near its end"])
def test_a_line_torn_by_a_kill_was_never_shown_and_spoils_only_itself(path: Path, cut: int) -> None:
    watching = LedgerFile(path)
    watching.extend(one_more)
    with path.open("a") as file:
        file.write(f"\n{encode_entry(entry(1))}"[:cut])
    assert numbers(LedgerFile(path).extend(nothing)) == [0]
    assert numbers(watching.extend(one_more)) == [0, 1]
    assert numbers(watching.extend(one_more)) == [0, 1, 2]
    assert numbers(LedgerFile(path).extend(nothing)) == [0, 1, 2]


def test_lines_of_others_are_passed_over(path: Path) -> None:
    ledger = LedgerFile(path)
    ledger.extend(one_more)
    with path.open("ab") as file:
        file.write(b"nonsense\n1 0 - latest/x.ts\n-1 0 - \n\xff\xfe\n\n1 0 D 2024-11-09T23/x.ts\n")
    assert numbers(ledger.extend(nothing)) == numbers(LedgerFile(path).extend(nothing)) == [0]


def test_a_ledger_that_somebody_removed_begins_anew(path: Path) -> None:
    ledger = LedgerFile(path)
    for _ in range(3):
        ledger.extend(one_more)
    path.unlink()
    seen: list[Entry | None] = []

    def count_from_100(last: Entry | None) -> Iterable[Entry]:
        seen.append(last)
        return [entry(100)]

    assert numbers(ledger.extend(count_from_100)) == [100]
    assert seen == [None]
    assert numbers(LedgerFile(path).extend(nothing)) == [100]


def test_only_what_a_live_window_can_show_is_kept_in_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "KEPT", 20)
    monkeypatch.setattr(ledger_file, "_TAIL_BYTES", 20 * 150)
    growing = LedgerFile(path)
    growing.extend(lambda last: [entry(sequence) for sequence in range(199)])
    assert numbers(growing.extend(one_more)) == list(range(180, 200))
    assert numbers(LedgerFile(path).extend(nothing)) == list(range(180, 200))
    assert path.stat().st_size > 20 * 150


def test_only_the_end_of_a_long_ledger_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LedgerFile(path).extend(lambda last: [entry(sequence) for sequence in range(100)])
    monkeypatch.setattr(ledger_file, "_TAIL_BYTES", 1000)
    shown = numbers(LedgerFile(path).extend(one_more))
    assert 3 < len(shown) < 20
    assert shown == list(range(101 - len(shown), 101))


def test_what_is_kept_in_memory_is_more_than_the_longest_live_window() -> None:
    assert KEPT * 2 > 12 * 3600


def test_what_fails_while_extending_appends_nothing(path: Path) -> None:
    ledger = LedgerFile(path)
    ledger.extend(one_more)
    with pytest.raises(ZeroDivisionError):
        ledger.extend(lambda last: [entry(1 // 0)])
    assert numbers(LedgerFile(path).extend(one_more)) == [0, 1]
    assert numbers(ledger.extend(one_more)) == [0, 1, 2]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Makes writing to ledgers fail with an error, or work again."""
    system_open, system_write = os.open, os.write
    error: list[int] = []

    def open_(path: Path, flags: int, mode: int = 0o777) -> int:
        if error[-1:] == [errno.EROFS] and flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return system_open(path, flags, mode)

    def write(fd: int, data: memoryview) -> int:
        if not error:
            return system_write(fd, data)
        if len(data) > 150 and error[-1] == errno.ENOSPC:  # takes some, and is full
            return system_write(fd, data[:150])
        raise OSError(error[-1], os.strerror(error[-1]))

    monkeypatch.setattr(os, "open", open_)
    monkeypatch.setattr(os, "write", write)
    return lambda number: error.clear() if number is None else error.append(number)


@pytest.mark.parametrize(
    "number", [errno.EROFS, errno.ENOSPC, errno.EIO], ids=["read-only", "full", "failing"]
)
def test_a_disk_that_takes_nothing_ends_no_live_viewing_and_gets_it_all_later(
    path: Path, refused: Callable[[int | None], None], number: int
) -> None:
    ledger = LedgerFile(path)
    ledger.extend(one_more)
    refused(number)
    assert numbers(ledger.extend(one_more)) == [0, 1]
    assert numbers(ledger.extend(lambda last: [entry(2), entry(3), entry(4)])) == [0, 1, 2, 3, 4]
    assert numbers(ledger.extend(nothing)) == [0, 1, 2, 3, 4]
    refused(None)
    assert ledger.extend(one_more) == [entry(sequence) for sequence in range(6)]
    assert LedgerFile(path).extend(nothing) == [entry(sequence) for sequence in range(6)]


def test_a_process_that_starts_on_a_read_only_disk_shows_what_was_shown(
    path: Path, refused: Callable[[int | None], None]
) -> None:
    LedgerFile(path).extend(lambda last: [entry(0), entry(1)])
    refused(errno.EROFS)
    ledger = LedgerFile(path)
    assert numbers(ledger.extend(nothing)) == [0, 1]
    assert numbers(ledger.extend(one_more)) == [0, 1, 2]
    assert numbers(LedgerFile(path.with_name("none")).extend(one_more)) == [0]


def test_what_another_process_wrote_meanwhile_counts(
    path: Path, refused: Callable[[int | None], None]
) -> None:
    ledger = LedgerFile(path)
    ledger.extend(one_more)
    refused(errno.EIO)
    assert numbers(ledger.extend(lambda last: [entry(1), entry(2)])) == [0, 1, 2]
    refused(None)
    torn = replace(entry(1), discontinuity=True, discontinuity_sequence=1)
    LedgerFile(path).extend(lambda last: [torn])
    assert ledger.extend(nothing) == [entry(0), torn]
    assert LedgerFile(path).extend(nothing) == [entry(0), torn]
