"""Notes of hours on disk: they spare reading facts again, and never stand for other facts than those that are there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, quick

from longtake.adapters.store.facts_log import FactsLog
from longtake.adapters.store.hour_index import HourIndex
from longtake.adapters.store.notes_files import notes_file
from longtake.adapters.store.removal import Removal
from longtake.core.facts import Container, SegmentFacts, encode_facts
from longtake.core.hour_notes import HourNotes, read_notes
from longtake.core.notes_bytes import FactsStamp, encode_notes
from longtake.kit.files import SystemFileOps

HOUR = "2024-11-09T04"
RUN = a_run(count=200)
HOUR_NS = 3600 * 10**9
OTHER_NOTES = HourNotes(target_duration_s=77)


class Quality:
    """A quality with one hour, and a clock that is so much ahead of the disk's."""

    def __init__(self, folder: Path) -> None:
        self.hour = folder / HOUR
        self.facts = folder / ".longtake" / "facts" / f"{HOUR}.jsonl"
        self.kept = folder / ".longtake" / "notes" / HOUR
        self.hour.mkdir(parents=True)
        self.facts.parent.mkdir(parents=True)
        self.ahead_ns = 2 * HOUR_NS
        self.index = self.started_anew()

    def started_anew(self) -> HourIndex:
        self.index = HourIndex(memory_bytes=1 << 20, now_ns=lambda: time.time_ns() + self.ahead_ns)
        return self.index

    def note(self, *facts: SegmentFacts) -> None:
        with self.facts.open("a") as file:
            file.writelines(f"{encode_facts(one)}\n" for one in facts)

    def read(self) -> HourNotes:
        return self.index.read(self.hour, self.facts, HOUR).notes

    def read_after_a_start(self) -> HourNotes:
        self.started_anew()
        return self.read()

    def plain(self) -> HourNotes:
        return read_notes(self.facts.read_bytes())

    def keep(self, notes: HourNotes) -> None:
        """Others than those of the facts, as if they were: whoever reads these has not read the facts."""
        found = self.facts.stat()
        stamp = FactsStamp(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        self.kept.parent.mkdir(exist_ok=True)
        self.kept.write_bytes(encode_notes(notes, stamp))


def looked_into(at: int, sets: str = "first") -> SegmentFacts:
    return SegmentFacts(
        name=RUN[at].name,
        size_bytes=700_000,
        container=Container.MPEG_TS,
        target_duration_s=2,
        codecs="avc1.64001f,mp4a.40.2",
        parameter_sets=sets,
        first_pts=at * 180_000,
        starts_with_idr=True,
        doubt=None,
        recorded_us=RUN[at].end_us,
    )


@pytest.fixture
def quality(tmp_path: Path) -> Quality:
    quality = Quality(tmp_path / "channel" / "source")
    quality.note(*map(looked_into, range(200)))
    return quality


def test_notes_of_an_hour_that_is_over_are_kept_when_it_is_read_first(quality: Quality) -> None:
    assert quality.read() == quality.plain()
    assert quality.kept.stat().st_size * 10 < quality.facts.stat().st_size
    assert [path.name for path in quality.kept.parent.iterdir()] == [HOUR]
    assert quality.read_after_a_start() == quality.plain()


def test_kept_notes_are_read_in_the_place_of_the_facts(quality: Quality) -> None:
    quality.keep(OTHER_NOTES)
    assert quality.read() == OTHER_NOTES


def test_facts_that_are_young_or_few_are_not_worth_it(quality: Quality) -> None:
    quality.ahead_ns = HOUR_NS - 60 * 10**9
    quality.read()
    assert not quality.kept.exists()
    quality.facts.write_text(encode_facts(looked_into(1)) + "\n")
    quality.ahead_ns = 5 * HOUR_NS
    quality.read()
    assert not quality.kept.exists()


def test_notes_that_are_in_memory_are_kept_once_an_hour_has_passed(quality: Quality) -> None:
    quality.ahead_ns = 10 * 10**9
    content = quality.index.read(quality.hour, quality.facts, HOUR)
    os.utime(quality.hour, ns=(10**18, 10**18))
    content = quality.index.read(quality.hour, quality.facts, HOUR)
    quality.ahead_ns = 2 * HOUR_NS
    assert quality.index.read(quality.hour, quality.facts, HOUR) is content
    assert quality.kept.exists()
    assert quality.read_after_a_start() == content.notes


def wait_for_the_next_tick(quality: Quality) -> None:
    """Of the file system's clock: the next change of the facts has another time."""
    probe = quality.facts.with_name("probe")
    probe.touch()
    while probe.stat().st_ctime_ns <= quality.facts.stat().st_ctime_ns:
        probe.touch()


def append(quality: Quality) -> None:
    quality.note(looked_into(7, "second"))


def append_in_secret(quality: Quality) -> None:
    found = quality.facts.stat()
    append(quality)
    os.utime(quality.facts, ns=(found.st_atime_ns, found.st_mtime_ns))


def write_over(quality: Quality) -> None:
    """As long as before, and as old by its mtime."""
    found = quality.facts.stat()
    content = quality.facts.read_text().replace("first", "other", 9)
    quality.facts.write_text(content)
    os.utime(quality.facts, ns=(found.st_atime_ns, found.st_mtime_ns))


def make_anew(quality: Quality) -> None:
    found = quality.facts.stat()
    FactsLog(SystemFileOps()).replace(quality.facts, [looked_into(at, "other") for at in range(200)])
    os.utime(quality.facts, ns=(found.st_atime_ns, found.st_mtime_ns))


def remove(quality: Quality) -> None:
    quality.facts.unlink()
    quality.facts.touch()


@pytest.mark.parametrize("change", [append, append_in_secret, write_over, make_anew, remove])
@pytest.mark.parametrize("started", [False, True], ids=["in the same process", "after a start"])
def test_facts_that_change_later_count(
    quality: Quality, change: Callable[[Quality], None], started: bool
) -> None:
    before = quality.read()
    assert quality.kept.exists()
    wait_for_the_next_tick(quality)
    change(quality)
    if not started and change is not write_over:  # what is in memory goes by mtime and size alone
        assert quality.read() == quality.plain() != before
    assert quality.read_after_a_start() == quality.plain() != before
    assert quality.read_after_a_start() == quality.plain()


def test_what_is_read_from_the_disk_goes_on_with_what_is_appended(quality: Quality) -> None:
    quality.read()
    quality.started_anew()
    quality.read()
    quality.note(replace(looked_into(3), discontinuity=True))
    assert quality.read().discontinuities == {RUN[3].name}
    quality.note(replace(looked_into(4), discontinuity=True))
    assert quality.read().discontinuities == {RUN[3].name, RUN[4].name}
    assert quality.read() == quality.plain()


@pytest.mark.parametrize("damage", [b"", b"longtake notes   2 ", b"\0" * 5000, None])
def test_kept_notes_that_are_damaged_are_made_anew(quality: Quality, damage: bytes | None) -> None:
    quality.read()
    whole = quality.kept.read_bytes()
    quality.kept.write_bytes(whole[:-9] if damage is None else damage)
    assert quality.read_after_a_start() == quality.plain()
    assert quality.kept.read_bytes() == whole


def test_a_disk_that_takes_nothing_does_no_harm_and_is_not_asked_all_the_time(quality: Quality) -> None:
    quality.kept.parent.touch()  # nothing can be written below a file
    content = quality.index.read(quality.hour, quality.facts, HOUR)
    assert content.notes == quality.plain()
    quality.kept.parent.unlink()
    assert quality.index.read(quality.hour, quality.facts, HOUR) is content
    assert not quality.kept.exists()
    quality.ahead_ns += HOUR_NS
    assert quality.index.read(quality.hour, quality.facts, HOUR) is content
    assert quality.kept.exists()


def test_a_folder_in_the_place_of_kept_notes_does_no_harm(quality: Quality) -> None:
    quality.kept.mkdir(parents=True)
    assert quality.read() == quality.plain()
    assert [path.name for path in quality.kept.parent.iterdir()] == [HOUR]


def test_notes_go_with_their_hour(quality: Quality) -> None:
    ops = SystemFileOps()
    removal = Removal(ops, FactsLog(ops))
    quality.read()
    removal.hour(quality.hour, quality.facts)
    assert list(quality.kept.parent.iterdir()) == []
    removal.hour(quality.hour, quality.facts)


def test_facts_elsewhere_have_no_place_for_notes(tmp_path: Path) -> None:
    assert notes_file(tmp_path / "x.jsonl") is None


steps = st.lists(
    st.tuples(st.sampled_from(["append", "anew", "over", "start", "read", "age"]), st.integers(0, 199)),
    max_size=12,
)


@quick
@given(steps)
def test_whatever_is_done_to_facts_they_count(did: Sequence[tuple[str, int]]) -> None:
    with TemporaryDirectory() as root:
        quality = Quality(Path(root) / "source")
        quality.note(*map(looked_into, range(200)))
        modified_ns = 10**18
        for what, at in did:
            modified_ns += 10**9
            if what == "append":
                quality.note(looked_into(at, "second"))
            elif what == "anew":
                FactsLog(SystemFileOps()).replace(
                    quality.facts, [looked_into(one, f"x{at}") for one in range(200)]
                )
            elif what == "over":
                quality.facts.write_text(quality.facts.read_text().replace("first", f"{at:05}"))
            elif what == "start":
                quality.started_anew()
            elif what == "age":
                quality.ahead_ns += HOUR_NS
            if what in ("append", "anew", "over"):
                os.utime(quality.facts, ns=(modified_ns, modified_ns))
            if what == "read":
                assert quality.read() == quality.plain()
        assert quality.read() == quality.plain()
        assert quality.read_after_a_start() == quality.plain()
