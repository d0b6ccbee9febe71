from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from tests.fakes.failing_disk import Failure, WatchedDisk

from longtake.adapters.store.facts_log import FactsLog, FactsReader
from longtake.core.facts import Container, Dating, SegmentFacts, encode_facts
from longtake.kit.files import SystemFileOps

CHILD = Path(__file__).with_name("child.py")


def facts_of(name: str, size_bytes: int = 1) -> SegmentFacts:
    return SegmentFacts(name=name, size_bytes=size_bytes)


def append_facts(path: Path, facts: SegmentFacts) -> None:
    FactsLog(SystemFileOps()).append(path, [facts])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts" / "2024-11-09T23.jsonl"


def append_text(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write(text)


def test_what_was_appended_is_read(path: Path) -> None:
    whole = SegmentFacts(
        name="a.ts",
        size_bytes=1,
        container=Container.MPEG_TS,
        init_bytes=2,
        source_sequence=3,
        discontinuity=True,
        target_duration_s=4,
        dating=Dating.STATED,
        codecs='avc1 "ä"\n',
        width=5,
        height=6,
        frame_rate=29.97,
        recorded_us=7,
        verified_us=8,
    )
    append_facts(path, whole)
    append_facts(path, facts_of("b.ts"))
    assert FactsReader().read(path) == {"a.ts": whole, "b.ts": facts_of("b.ts")}


def test_no_file_has_no_facts_until_it_comes(path: Path) -> None:
    reader = FactsReader()
    assert reader.read(path) == {}
    append_facts(path, facts_of("a.ts"))
    assert set(reader.read(path)) == {"a.ts"}
    path.unlink()
    assert reader.read(path) == {}


def test_a_file_made_anew_is_read_anew_though_it_is_as_long_and_ends_the_same(path: Path) -> None:
    """As when facts are made again, and only the middle of a file comes out otherwise."""
    reader, log = FactsReader(), FactsLog(SystemFileOps())
    end = [facts_of(f"{number}.ts") for number in range(10)]
    log.replace(path, [facts_of("a.ts", 1), *end])
    assert reader.read(path)["a.ts"].size_bytes == 1
    log.replace(path, [facts_of("a.ts", 2), *end])
    assert reader.read(path)["a.ts"].size_bytes == 2


def test_it_is_read_on_from_where_it_was_read_to(path: Path) -> None:
    reader = FactsReader()
    append_facts(path, facts_of("a.ts"))
    first = reader.read(path)
    second = replace(facts_of("b.ts"), doubt="b" * 100)
    append_facts(path, second)
    assert reader.read(path) == {"a.ts": facts_of("a.ts"), "b.ts": second}
    assert set(first) == {"a.ts"}
    # What was read before is not looked at again: a change there goes unseen.
    path.write_text(path.read_text().replace("a.ts", "X.ts"))
    append_facts(path, facts_of("c.ts"))
    assert set(reader.read(path)) == {"a.ts", "b.ts", "c.ts"}


def test_the_last_word_on_a_segment_holds(path: Path) -> None:
    reader = FactsReader()
    append_facts(path, facts_of("a.ts", 1))
    assert reader.read(path)["a.ts"].size_bytes == 1
    append_facts(path, facts_of("a.ts", 2))
    append_facts(path, facts_of("a.ts", 3))
    assert reader.read(path)["a.ts"].size_bytes == 3


@pytest.mark.parametrize(
    "cut", [1, 10, -1], ids=["after its first byte", "in its middle", "before its newline"]
)
def test_a_line_torn_by_a_kill_spoils_only_itself(path: Path, cut: int) -> None:
    append_facts(path, facts_of("a.ts"))
    append_text(path, (encode_facts(facts_of("torn.ts")) + "\n")[:cut])
    append_facts(path, facts_of("b.ts"))
    append_facts(path, facts_of("c.ts"))
    assert set(FactsReader().read(path)) - {"torn.ts"} == {"a.ts", "b.ts", "c.ts"}
    assert ("torn.ts" in FactsReader().read(path)) == (cut == -1)
    assert all(path.read_text().splitlines())


def test_a_line_that_is_still_being_written_is_read_once_it_is_whole(path: Path) -> None:
    reader = FactsReader()
    append_facts(path, facts_of("a.ts"))
    line = encode_facts(facts_of("ä.ts")) + "\n"
    append_text(path, line[:10])
    assert set(reader.read(path)) == {"a.ts"}
    append_text(path, line[10:20])
    assert set(reader.read(path)) == {"a.ts"}
    append_text(path, line[20:])
    assert set(reader.read(path)) == {"a.ts", "ä.ts"}


def test_a_file_made_anew_is_read_from_its_beginning(path: Path) -> None:
    reader = FactsReader()
    for name in ("a.ts", "b.ts"):
        append_facts(path, facts_of(name))
    assert set(reader.read(path)) == {"a.ts", "b.ts"}
    path.unlink()
    append_facts(path, facts_of("c.ts"))
    assert set(reader.read(path)) == {"c.ts"}


def test_a_file_made_anew_that_is_as_long_or_longer_is_read_from_its_beginning(path: Path) -> None:
    log, reader = FactsLog(SystemFileOps()), FactsReader()
    for names in (["a.ts", "b.ts"], ["c.ts", "d.ts"], ["a.ts", "b.ts"], ["e.ts", "b.ts", "c.ts"], ["f.ts"]):
        log.replace(path, [facts_of(name) for name in names])
        log.append(path, [facts_of("last.ts")])
        assert set(reader.read(path)) == {*names, "last.ts"}


def test_lines_of_others_are_passed_over(path: Path) -> None:
    lines = [
        "",
        "nonsense",
        "[]",
        "null",
        "17",
        '"a.ts"',
        "{}",
        '{"name":"nameless"}',
        '{"name":5,"size_bytes":1}',
        '{"size_bytes":1}',
        "[" * 100_000,
        '{"name":"newer.ts","size_bytes":2,"colour":"red","width":"wide"}',
        '{"name":"odd.ts","size_bytes":3,"container":"scroll"}',
    ]
    append_text(path, "\n".join(lines) + "\n")
    with path.open("ab") as file:
        file.write(b"\xff\xfe\x00\n")
    append_facts(path, facts_of("a.ts"))
    found = FactsReader().read(path)
    assert found["a.ts"] == facts_of("a.ts")
    assert found["newer.ts"] == facts_of("newer.ts", 2)
    assert set(found) <= {"a.ts", "newer.ts", "odd.ts"}


def test_writers_and_readers_at_once_lose_and_invent_nothing(path: Path) -> None:
    reader = FactsReader()
    seen: list[set[str]] = []

    def write(lane: int) -> None:
        for number in range(100):
            append_facts(path, facts_of(f"{lane}-{number}.ts", number))

    threads = [threading.Thread(target=write, args=(lane,)) for lane in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.append(set(reader.read(path)))
    for thread in threads:
        thread.join()
    assert reader.read(path) == {
        f"{lane}-{number}.ts": facts_of(f"{lane}-{number}.ts", number)
        for lane in range(3)
        for number in range(100)
    }
    assert all(earlier <= later for earlier, later in pairwise(seen))


def test_hours_that_went_long_unused_are_forgotten_and_read_again(tmp_path: Path) -> None:
    reader = FactsReader(kept_hours=2)
    paths = [tmp_path / f"{number}.jsonl" for number in range(4)]
    for path in paths:
        append_facts(path, facts_of(path.name))
        assert set(reader.read(path)) == {path.name}
    assert len(reader._kept) == 2
    assert set(reader.read(paths[0])) == {paths[0].name}


class TestBounded:
    """Files of facts do not grow with what is said again and again."""

    def test_many_words_on_few_segments_keep_the_last_ones(self, path: Path) -> None:
        log, reader = FactsLog(SystemFileOps()), FactsReader()
        largest = 0
        for number in range(3000):
            log.append(path, [facts_of(f"{number % 50}.ts", number), facts_of(f"a{number // 10}.ts", number)])
            if number % 100 == 0:
                known = reader.read(path)
                assert (
                    known[f"{number % 50}.ts"].size_bytes == known[f"a{number // 10}.ts"].size_bytes == number
                )
            largest = max(largest, path.stat().st_size)
        known = reader.read(path)
        assert known == FactsReader().read(path)
        assert len(known) == 350
        assert {known[f"{index}.ts"].size_bytes for index in range(50)} == set(range(2950, 3000))
        lines = path.read_bytes().count(b"\n")
        assert lines < 6000 / 2
        assert largest < 2 * 64 << 10
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_what_is_said_once_is_never_written_anew(self, path: Path) -> None:
        log = FactsLog(SystemFileOps())
        log.append(path, [facts_of("first.ts")])
        inode = path.stat().st_ino
        for number in range(2000):
            log.append(path, [replace(facts_of(f"{number}.ts"), doubt="x" * 100)])
        assert path.stat().st_ino == inode

    def test_what_a_newer_version_wrote_stays_and_what_nobody_can_read_goes(self, path: Path) -> None:
        log = FactsLog(SystemFileOps())
        newer = '{"name":"newer.ts","size_bytes":2,"colour":"red"}'
        append_text(path, f'{newer}\nnonsense\n{{"size_bytes":3,"name":"odd order.ts"}}\n')
        for number in range(4000):
            log.append(path, [facts_of("a.ts", number)])
        text = path.read_text()
        assert newer in text
        assert "nonsense" not in text
        assert FactsReader().read(path).keys() == {"newer.ts", "odd order.ts", "a.ts"}

    def test_a_temp_that_a_kill_left_is_in_nobodys_way(self, path: Path) -> None:
        log = FactsLog(SystemFileOps())
        log.append(path, [facts_of("a.ts")])
        (path.parent / f".{path.name}.temp").write_text("half")
        log.replace(path, [facts_of("b.ts")])
        assert set(FactsReader().read(path)) == {"b.ts"}
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_a_disk_that_is_full_leaves_the_old_file(self, path: Path) -> None:
        disk = WatchedDisk()
        log = FactsLog(disk)
        log.append(path, [facts_of("a.ts")])
        for at in range(4):
            disk.failure = Failure(at=at, error=errno.ENOSPC)
            with pytest.raises(OSError, match="No space"):
                log.replace(path, [facts_of("b.ts")])
            assert set(FactsReader().read(path)) == {"a.ts"}
        assert disk.open_files == 0

    def test_a_file_that_cannot_be_written_anew_is_appended_to_nevertheless(self, path: Path) -> None:
        disk = WatchedDisk()
        disk.failure = Failure(at=0, error=errno.ENOSPC, for_good=True)
        log = FactsLog(disk)
        path.parent.mkdir()
        for number in range(3000):
            log.append(path, [facts_of("a.ts", number)])
        assert path.read_bytes().count(b"\n") == 3000
        disk.failure = None
        for number in range(3000, 6000):
            log.append(path, [facts_of("a.ts", number)])
        assert path.read_bytes().count(b"\n") < 3000


class TestSeveralProcesses:
    def test_one_who_waits_for_a_file_that_is_replaced_meanwhile_appends_to_the_new_one(
        self, path: Path
    ) -> None:
        log = FactsLog(SystemFileOps())
        log.append(path, [facts_of("old.ts")])
        waiting = threading.Event()

        class Waits(SystemFileOps):
            def lock(self, fd: int) -> None:
                waiting.set()
                super().lock(fd)

        with path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            thread = threading.Thread(target=FactsLog(Waits()).append, args=(path, [facts_of("waited.ts")]))
            thread.start()
            assert waiting.wait(10)
            new = path.with_name("new")
            new.write_text(encode_facts(facts_of("new.ts")) + "\n")
            new.replace(path)
        thread.join()
        assert set(FactsReader().read(path)) == {"new.ts", "waited.ts"}

    def test_what_two_processes_note_is_all_there_however_often_the_file_is_written_anew(
        self, path: Path
    ) -> None:
        command = [sys.executable, str(CHILD), "note", str(path)]
        children = [subprocess.Popen([*command, who, "1500"]) for who in "ab"]
        log, reader, number = FactsLog(SystemFileOps()), FactsReader(), 0
        path.parent.mkdir(exist_ok=True)
        while any(child.poll() is None for child in children) or number < 1500:
            log.append(path, [facts_of(f"c{number % 30}.ts", number)])
            assert reader.read(path)[f"c{number % 30}.ts"].size_bytes == number
            number += 1
        assert [child.wait() for child in children] == [0, 0]
        known = reader.read(path)
        assert known == FactsReader().read(path)
        assert {known[f"{who}{index}.ts"].size_bytes for who in "ab" for index in range(30)} == set(
            range(1470, 1500)
        )
        assert path.stat().st_size < 3 * 64 << 10
