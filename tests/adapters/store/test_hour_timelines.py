"""Prebuilt hours of a folder: the same object while nothing changes, and always what would be made from scratch."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us

from longtake.adapters.store.hour_index import HourIndex
from longtake.adapters.store.hour_timelines import HourTimelines
from longtake.core.hour_notes import NO_NOTES
from longtake.core.listing import read_listing
from longtake.core.segments import Segment
from longtake.core.timeline import HourContent, HourTimeline, Timeline, join_contents, join_hours

HOURS = ["2024-11-09T03", "2024-11-09T04", "2024-11-09T05"]
START_US, END_US = us("03:00:00"), us("06:00:00")
NOW_NS = 2_000_000_000_000_000_000
"""Long after all that is changed here, whose times are set by hand: so readings are trusted, and counts are exact."""


class Folder:
    """A quality's folder and its timelines. Each change takes place a second after the one before."""

    def __init__(self, path: Path, *, memory_bytes: int = 1 << 20) -> None:
        self.path = path
        self._changed_ns = 10**18
        self.failing: str | None = None
        self.index = HourIndex(
            memory_bytes=memory_bytes, now_ns=lambda: NOW_NS, list_names=partial(_listed, self)
        )
        self._timelines = HourTimelines(self.index, memory_bytes=memory_bytes)

    def put(self, *segments: Segment, size_bytes: int = 0) -> None:
        for segment in segments:
            (self.path / segment.hour).mkdir(exist_ok=True)
            (self.path / segment.path).write_bytes(bytes(size_bytes))
            self._changed(segment)

    def remove(self, segment: Segment) -> None:
        (self.path / segment.path).unlink(missing_ok=True)
        self._changed(segment)

    def _changed(self, segment: Segment) -> None:
        self._changed_ns += 10**9
        if (self.path / segment.hour).exists():
            os.utime(self.path / segment.hour, ns=(self._changed_ns, self._changed_ns))

    def present(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}

    def read(self, hours: Sequence[str] = HOURS) -> list[HourTimeline]:
        return self._timelines.read(self.path, self._facts, hours, self.present())

    def timeline(self) -> Timeline:
        return join_hours(self.read(), start_us=START_US, end_us=END_US).timeline()

    def from_scratch(self) -> Timeline:
        contents = {
            hour: HourContent(
                listing=read_listing(hour, [path.name for path in (self.path / hour).iterdir()]),
                notes=NO_NOTES,
            )
            for hour in self.present()
        }
        sizes = {
            f"{hour}/{path.name}": path.stat().st_size
            for hour in contents
            for path in (self.path / hour).iterdir()
        }
        return join_contents(contents, start_us=START_US, end_us=END_US, sizes=sizes).timeline()

    def _facts(self, hour: str) -> Path:
        return self.path.with_name(f"facts-{hour}.jsonl")


def _listed(folder: Folder, path: Path) -> list[str]:
    if path.name == folder.failing:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
    return [found.name for found in path.iterdir()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "source").mkdir()
    return Folder(tmp_path / "source")


def test_hours_that_are_unchanged_are_the_same_objects(folder: Folder) -> None:
    folder.put(*a_run("03:00:00"), *a_run("04:00:00"), *a_run("05:00:00"))
    before = folder.read()
    assert [hour.columns.hour for hour in before] == HOURS
    assert all(one is other for one, other in zip(folder.read(), before, strict=True))
    assert folder.index.state().read == 3


def test_a_change_far_from_the_borders_makes_its_own_hour_anew_alone(folder: Folder) -> None:
    folder.put(*a_run("03:30:00"), *a_run("04:30:00"), *a_run("05:30:00"))
    before = folder.read()
    folder.put(a_segment("04:31:00"))
    after = folder.read()
    assert [one is other for one, other in zip(after, before, strict=True)] == [True, False, True]


def test_a_change_at_a_border_makes_the_neighbour_anew_too(folder: Folder) -> None:
    folder.put(*a_run("03:30:00"), *a_run("04:00:00"), *a_run("05:30:00"))
    before = folder.read()
    folder.put(a_segment("03:59:58", 4.0))
    after = folder.read()
    assert [one is other for one, other in zip(after, before, strict=True)] == [False, False, True]
    assert folder.timeline() == folder.from_scratch()


def test_a_neighbour_that_goes_gives_back_what_it_hid(folder: Folder) -> None:
    run = a_run("04:00:00")
    folder.put(a_segment("03:59:58", 4.0), *run)
    assert folder.timeline().segments[1:] == tuple(run[1:])
    shutil.rmtree(folder.path / "2024-11-09T03")
    assert folder.timeline().segments == tuple(run)


def test_hours_that_are_not_there_are_left_out(folder: Folder) -> None:
    folder.put(*a_run("04:00:00"))
    (folder.path / "2024-11-09T05").write_text("a file")
    assert [hour.columns.hour for hour in folder.read() if len(hour)] == ["2024-11-09T04"]


def test_each_hour_is_looked_at_once_though_it_is_a_neighbour_of_two(folder: Folder) -> None:
    folder.put(*a_run("03:00:00"), *a_run("04:00:00"), *a_run("05:00:00"))
    folder.read()
    kept = folder.index.state().kept
    folder.read()
    assert folder.index.state().kept == kept + 3


def test_where_all_else_is_equal_the_size_decides(folder: Folder) -> None:
    small, large = a_segment("04:00:00", content="small"), a_segment("04:00:00", content="large")
    folder.put(small, size_bytes=10)
    folder.put(large, size_bytes=20)
    assert folder.timeline().segments == (large,)
    assert folder.from_scratch().segments == (large,)


def test_an_error_of_the_disk_goes_to_the_caller_and_leaves_nothing_wrong(folder: Folder) -> None:
    folder.put(*a_run("03:00:00"), *a_run("04:00:00"))
    folder.failing = "2024-11-09T04"
    with pytest.raises(OSError, match="Input/output error"):
        folder.read()
    folder.failing = None
    assert folder.timeline() == folder.from_scratch()


def test_a_failing_neighbour_is_an_error_too(folder: Folder) -> None:
    """Without it, what is chosen could be wrong, and would be kept."""
    folder.put(a_segment("03:59:58", 4.0), *a_run("04:00:00"))
    folder.failing = "2024-11-09T03"
    with pytest.raises(OSError, match="Input/output error"):
        folder.read(["2024-11-09T04"])
    folder.failing = None
    assert folder.timeline() == folder.from_scratch()


@pytest.mark.parametrize("memory_bytes", [0, 20_000], ids=["no memory", "memory for one hour"])
def test_with_little_memory_all_is_right(tmp_path: Path, memory_bytes: int) -> None:
    (tmp_path / "source").mkdir()
    folder = Folder(tmp_path / "source", memory_bytes=memory_bytes)
    folder.put(a_segment("03:59:58", 4.0), *a_run("04:00:00"), *a_run("05:00:00"))
    for _ in range(2):
        assert folder.timeline() == folder.from_scratch()
    assert folder.index.state().weight_bytes <= memory_bytes


CLOCKS = ["03:59:56", "03:59:58", "03:59:59", "04:00:00", "04:00:01", "04:30:00", "04:59:58", "05:00:00"]
ACTIONS = st.lists(
    st.tuples(
        st.booleans(), st.sampled_from(CLOCKS), st.sampled_from([1.0, 2.0, 4.0, 60.0]), st.sampled_from("ab")
    ),
    max_size=25,
)


@quick
@given(ACTIONS)
def test_whatever_comes_and_goes_it_is_what_would_be_made_from_scratch(
    actions: list[tuple[bool, str, float, str]],
) -> None:
    with TemporaryDirectory() as name:
        folder = Folder(Path(name))
        for comes, clock, duration, content in actions:
            segment = a_segment(clock, duration, content=content)
            if comes:
                folder.put(segment, size_bytes=len(content))
            else:
                folder.remove(segment)
            assert folder.timeline() == folder.from_scratch()
