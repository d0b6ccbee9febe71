"""The index of hours. That a value is *the same object* shows that nothing was made anew; counts show what was read."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.adapters.store.hour_index import HourIndex, ListNames
from longtake.core.errors import InvalidTime
from longtake.core.facts import SegmentFacts, encode_facts
from longtake.core.hour_notes import NO_NOTES, read_notes
from longtake.core.listing import read_listing
from longtake.core.names import hash_text, tombstone_of

HOUR = "2024-11-09T23"
SECOND_NS = 1_000_000_000
TICK_NS = 1_731_196_800 * SECOND_NS
"""The moment at which the folder changed."""


class Clock:
    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


def index_at(
    clock: Callable[[], int], *, memory_bytes: int = 1 << 20, list_names: ListNames = os.listdir
) -> HourIndex:
    return HourIndex(memory_bytes=memory_bytes, now_ns=clock, list_names=list_names)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def facts_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.jsonl")


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
    index = index_at(clock)
    first = index.read(folder, facts_of(folder), HOUR)
    assert first.listing.names == (name_at(0),)
    clock.now_ns += 3600 * SECOND_NS
    assert index.read(folder, facts_of(folder), HOUR) is first
    assert index_at(clock).read(folder, facts_of(folder), HOUR) is not first


def test_a_folder_that_changed_is_read_again(folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    index.read(folder, facts_of(folder), HOUR)
    add(folder, name_at(2), changed_ns=TICK_NS + 1)
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(0), name_at(2))
    (folder / name_at(0)).unlink()
    os.utime(folder, ns=(TICK_NS + 2, TICK_NS + 2))
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(2),)


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
    index = index_at(clock)
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(0),)
    add(folder, name_at(2))
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(0), name_at(2))
    clock.now_ns = TICK_NS + SECOND_NS
    trusted = index.read(folder, facts_of(folder), HOUR)
    assert index.read(folder, facts_of(folder), HOUR) is trusted


def test_a_change_while_the_folder_is_being_read_is_seen_the_next_time(folder: Path) -> None:
    class Meddler(Clock):
        """By the time that the folder is read, a name has come that the listing may or may not have."""

        def __call__(self) -> int:
            add(folder, name_at(2), changed_ns=TICK_NS + 30 * SECOND_NS)
            return super().__call__()

    clock = Clock(TICK_NS + 30 * SECOND_NS)
    index = index_at(Meddler(clock.now_ns))
    index.read(folder, facts_of(folder), HOUR)
    add(folder, name_at(4), changed_ns=TICK_NS + 30 * SECOND_NS)
    assert name_at(4) in index.read(folder, facts_of(folder), HOUR).listing.names


def test_a_folder_that_is_not_there_is_empty_and_seen_once_it_is(tmp_path: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    folder = tmp_path / HOUR
    assert index.read(folder, facts_of(folder), HOUR).listing.names == ()
    folder.mkdir()
    add(folder, name_at(0))
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(0),)
    (folder / name_at(0)).unlink()
    folder.rmdir()
    assert index.read(folder, facts_of(folder), HOUR).listing.names == ()
    folder.touch()
    assert index.read(folder, facts_of(folder), HOUR).listing.names == ()


def test_a_link_is_no_hour_wherever_it_leads(tmp_path: Path, folder: Path) -> None:
    index, facts = index_at(Clock(TICK_NS + 2 * SECOND_NS)), facts_of(folder)
    link, loop = tmp_path / "link", tmp_path / "loop"
    link.symlink_to(folder)
    loop.symlink_to(loop)
    assert index.read(link, facts, HOUR).listing.names == ()
    assert index.read(loop, facts, HOUR).listing.names == ()
    assert index.read(folder, facts, HOUR).listing.names == (name_at(0),)


def test_a_file_in_place_of_an_hour_is_empty_and_takes_no_memory(tmp_path: Path, folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 2 * SECOND_NS))
    file = tmp_path / "2024-11-10T00"
    file.touch()
    assert index.read(file, facts_of(folder), "2024-11-10T00").listing.names == ()
    assert index.state().weight_bytes == 0


def test_what_is_no_hour_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidTime):
        index_at(Clock(TICK_NS)).read(folder, facts_of(folder), "latest")


def test_hours_that_went_long_unused_are_forgotten(tmp_path: Path) -> None:
    folders = [tmp_path / f"2024-11-09T{hour:02}" for hour in range(5)]
    for folder in folders:
        folder.mkdir()
        os.utime(folder, ns=(TICK_NS, TICK_NS))
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS), memory_bytes=3 * 8_000)
    kept = {folder: index.read(folder, facts_of(folder), folder.name) for folder in folders[:3]}
    assert index.read(folders[0], facts_of(folders[0]), folders[0].name) is kept[folders[0]]
    for folder in folders[3:]:
        index.read(folder, facts_of(folder), folder.name)
    assert index.read(folders[0], facts_of(folders[0]), folders[0].name) is kept[folders[0]]
    assert index.read(folders[1], facts_of(folders[1]), folders[1].name) is not kept[folders[1]]


def test_hours_that_are_not_there_push_out_none_that_are(tmp_path: Path, folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS), memory_bytes=3 * 8_000)
    kept = index.read(folder, facts_of(folder), HOUR)
    weight_bytes = index.state().weight_bytes
    for hour in range(10):
        missing = tmp_path / f"2023-01-01T{hour:02}"
        assert index.read(missing, facts_of(missing), missing.name).listing.names == ()
    assert index.read(folder, facts_of(folder), HOUR) is kept
    assert index.state().weight_bytes == weight_bytes


def test_an_hour_that_went_takes_no_memory(folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    index.read(folder, facts_of(folder), HOUR)
    (folder / name_at(0)).unlink()
    folder.rmdir()
    assert index.read(folder, facts_of(folder), HOUR).listing.names == ()
    assert index.state().weight_bytes == 0


# Facts


def note(folder: Path, *names: str, jump: bool = True, changed_ns: int = TICK_NS) -> None:
    """Lines of facts are appended."""
    with facts_of(folder).open("a") as file:
        for name in names:
            file.write(encode_facts(SegmentFacts(name=name, size_bytes=1, discontinuity=jump)) + "\n")
    os.utime(facts_of(folder), ns=(changed_ns, changed_ns))


def test_facts_that_come_are_seen_and_the_listing_stays(folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    first = index.read(folder, facts_of(folder), HOUR)
    assert first.notes == NO_NOTES
    note(folder, name_at(0))
    second = index.read(folder, facts_of(folder), HOUR)
    assert second.notes.discontinuities == {name_at(0)}
    assert second.listing is first.listing
    note(folder, name_at(2), changed_ns=TICK_NS + 1)
    assert index.read(folder, facts_of(folder), HOUR).notes.discontinuities == {name_at(0), name_at(2)}


def test_facts_that_say_nothing_new_make_nothing_new(folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    first = index.read(folder, facts_of(folder), HOUR)
    note(folder, name_at(0), jump=False)
    assert index.read(folder, facts_of(folder), HOUR) is first


def test_facts_that_are_made_anew_are_read_anew_though_their_size_and_end_are_the_same(folder: Path) -> None:
    note(folder, name_at(0), name_at(4))
    note(folder, name_at(6), jump=False)
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    index.read(folder, facts_of(folder), HOUR)
    content = facts_of(folder).read_text()
    written = folder.with_name("anew")
    written.write_text(content.replace(name_at(4), name_at(5)))
    os.utime(written, ns=(TICK_NS, TICK_NS))
    written.replace(facts_of(folder))
    assert index.read(folder, facts_of(folder), HOUR).notes.discontinuities == {name_at(0), name_at(5)}


def test_facts_that_are_written_over_are_read_anew_though_their_size_and_end_are_the_same(
    folder: Path,
) -> None:
    note(folder, name_at(0), name_at(4))
    note(folder, *map(name_at, range(10, 14)), jump=False)
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    index.read(folder, facts_of(folder), HOUR)
    facts_of(folder).write_text(facts_of(folder).read_text().replace(name_at(4), name_at(5)))
    os.utime(facts_of(folder), ns=(TICK_NS + 1, TICK_NS + 1))
    assert index.read(folder, facts_of(folder), HOUR).notes.discontinuities == {name_at(0), name_at(5)}


def test_facts_that_go_are_forgotten(folder: Path) -> None:
    note(folder, name_at(0))
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    index.read(folder, facts_of(folder), HOUR)
    facts_of(folder).unlink()
    assert index.read(folder, facts_of(folder), HOUR).notes == NO_NOTES


def test_a_folder_where_facts_should_be_spoils_nothing(folder: Path) -> None:
    facts_of(folder).mkdir()
    content = index_at(Clock(TICK_NS + 10 * SECOND_NS)).read(folder, facts_of(folder), HOUR)
    assert (content.listing.names, content.notes) == ((name_at(0),), NO_NOTES)


def test_half_a_line_is_read_once_it_is_whole(folder: Path) -> None:
    index = index_at(Clock(TICK_NS))
    note(folder, name_at(0), name_at(2))
    whole = facts_of(folder).read_bytes()
    facts_of(folder).write_bytes(whole[:-9])
    assert index.read(folder, facts_of(folder), HOUR).notes.discontinuities == {name_at(0)}
    facts_of(folder).write_bytes(whole)
    assert index.read(folder, facts_of(folder), HOUR).notes.discontinuities == {name_at(0), name_at(2)}


# Identity


def test_what_is_read_to_be_sure_and_says_the_same_stays_the_same_object(folder: Path) -> None:
    index = index_at(Clock(TICK_NS))
    first = index.read(folder, facts_of(folder), HOUR)
    (folder / ".hidden").touch()
    (folder / "notes.txt").touch()
    assert index.read(folder, facts_of(folder), HOUR) is first
    assert index.state().read == 2
    (folder / name_at(2)).touch()
    assert index.read(folder, facts_of(folder), HOUR) is not first


def test_a_folder_that_was_made_anew_is_another(folder: Path) -> None:
    index = index_at(Clock(TICK_NS + 10 * SECOND_NS))
    index.read(folder, facts_of(folder), HOUR)
    anew = folder.with_name("anew")
    anew.mkdir()
    add(anew, name_at(7))
    (folder / name_at(0)).unlink()
    folder.rmdir()
    anew.rename(folder)
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(7),)


# Trouble, and threads


def test_an_error_leaves_nothing_behind(folder: Path) -> None:
    fails = False

    def listed(path: Path) -> list[str]:
        if fails:
            raise OSError(errno.EIO, "the disk fails")
        return names_in(path)

    clock = Clock(TICK_NS + 10 * SECOND_NS)
    index = index_at(clock, list_names=listed)
    first = index.read(folder, facts_of(folder), HOUR)
    add(folder, name_at(2), changed_ns=TICK_NS + SECOND_NS)
    fails = True
    with pytest.raises(OSError, match="the disk fails"):
        index.read(folder, facts_of(folder), HOUR)
    fails = False
    assert index.read(folder, facts_of(folder), HOUR).listing.names == (name_at(0), name_at(2))
    assert first.listing.names == (name_at(0),)


def test_threads_that_want_the_same_hour_share_one_reading(folder: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    def listed(path: Path) -> list[str]:
        begun.set()
        assert go.wait(10)
        return names_in(path)

    index = index_at(Clock(TICK_NS + 10 * SECOND_NS), list_names=listed)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(index.read(folder, facts_of(folder), HOUR)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8 and len(set(map(id, found))) == 1
    assert (index.state().read, index.state().kept) == (1, 7)


def test_an_hour_that_hangs_holds_up_no_other(tmp_path: Path, folder: Path) -> None:
    go = threading.Event()

    def listed(path: Path) -> list[str]:
        if path == folder:
            assert go.wait(10)
        return names_in(path)

    index = index_at(Clock(TICK_NS + 10 * SECOND_NS), list_names=listed)
    hangs = threading.Thread(target=lambda: index.read(folder, facts_of(folder), HOUR))
    hangs.start()
    other = tmp_path / "2024-11-10T00"
    other.mkdir()
    add(other, name_at(1))
    assert index.read(other, facts_of(other), other.name).listing.names == (name_at(1),)
    go.set()
    hangs.join(10)


def test_a_name_that_goes_between_listing_and_reading_spoils_nothing(folder: Path) -> None:
    def listed(path: Path) -> list[str]:
        return [*names_in(path), name_at(9), "gone.ts", "10:00-inf-full-x.ts", "10:00-1e-05-full-x.ts"]

    listing = index_at(Clock(TICK_NS), list_names=listed).read(folder, facts_of(folder), HOUR).listing
    assert [segment.name for segment in listing.segments] == [name_at(0), name_at(9)]
    assert listing.skipped == 3


# Writers

steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "rename", "tombstone", "note", "read", "tick", "second"]),
        st.integers(0, 5),
    ),
    max_size=25,
)


@quick
@given(steps)
def test_a_reading_says_what_is_there_whatever_was_done_within_the_tick(did: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as root:
        folder = Path(root) / HOUR
        folder.mkdir()
        clock = Clock(TICK_NS)
        index = index_at(clock)
        for what, second in did:
            do(what, folder, second, clock)
            if what == "read":
                check(index, folder)
        check(index, folder)


def do(what: str, folder: Path, second: int, clock: Clock) -> None:
    """One step of a writer. Times of folders and files go by the clock, whose ticks the writer sees."""
    name, other = name_at(second), name_at(second + 10)
    if what == "add":
        (folder / name).touch()
    elif what == "remove":
        (folder / name).unlink(missing_ok=True)
    elif what == "rename" and (folder / name).exists():
        (folder / name).rename(folder / other)
    elif what == "tombstone":
        (folder / tombstone_of(name)).touch()
    elif what == "note":
        note(folder, name, changed_ns=clock.now_ns)
    elif what == "tick":
        clock.now_ns += 1_000_000
    elif what == "second":
        clock.now_ns += 2 * SECOND_NS
    if what in ("add", "remove", "rename", "tombstone"):
        os.utime(folder, ns=(clock.now_ns, clock.now_ns))


def check(index: HourIndex, folder: Path) -> None:
    content = index.read(folder, facts_of(folder), HOUR)
    fresh = read_listing(HOUR, names_in(folder))
    assert (content.listing.names, content.listing.tombstones) == (fresh.names, fresh.tombstones)
    facts = facts_of(folder).read_bytes() if facts_of(folder).exists() else b""
    assert content.notes == read_notes(facts)


def test_readers_beside_a_writer_see_what_was_done_before_they_asked(folder: Path) -> None:
    """Real threads, the real clock, and names that come as fast as they can: many within one tick."""
    index = HourIndex(memory_bytes=1 << 20)
    written: list[str] = []
    stop = threading.Event()
    missed: list[str] = []

    def read() -> None:
        while not stop.is_set():
            before = len(written)
            names = set(index.read(folder, facts_of(folder), HOUR).listing.names)
            missed.extend(name for name in written[:before] if name not in names)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(300):
        name = f"11:00.{number:06}-2.0-full-{hash_text(bytes(32))}.ts"
        (folder / f".{name}").touch()
        (folder / f".{name}").rename(folder / name)
        written.append(name)
    stop.set()
    for reader in readers:
        reader.join(10)
    assert missed == []
    assert len(index.read(folder, facts_of(folder), HOUR).listing.names) == 301
