"""What a real store holds, as ``ls`` and ``holes`` ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us
from tests.cli.laid_out import lay_out

from longtake.adapters.store.disk import DiskStore
from longtake.cli.recordings.recorded import among, gaps, looks, recording
from longtake.cli.recordings.stretches import joined
from longtake.core.errors import NotFound
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, GapReason
from longtake.core.times import HOUR_US, SECOND_US

START_US = us("00:00:00")
END_US = START_US + 4 * HOUR_US


@contextmanager
def a_store(segments: Iterable[Segment]) -> Iterator[DiskStore]:
    with TemporaryDirectory() as folder:
        lay_out(Path(folder), segments)
        store = DiskStore(Path(folder))
        try:
            yield store
        finally:
            store.close()


async def found(store: DiskStore, piece_hours: int, start_us: int, end_us: int) -> list[Gap]:
    hours = await store.hours("demo", "source")
    asked = gaps(store, "demo", "source", hours, start_us=start_us, end_us=end_us, piece_hours=piece_hours)
    return [gap async for gap in asked]


SLIVERS_US = [0, 0, 5_000, 10_000, 12_000, 15_000, 400_000, -40_000]
"""Between two segments: what is no hole by itself, and what is one only if it is not cut in two."""


@st.composite
def near_borders(draw: st.DrawFn) -> list[Segment]:
    """Segments that meet about the hours' borders, with slivers between them, and hours of which there are none."""
    segments = []
    for hour in draw(st.sets(st.integers(1, 3), min_size=1)):
        meet_us = START_US + hour * HOUR_US + draw(st.integers(-4, 4)) * 5_000
        lengths_s = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.0]), min_size=1, max_size=3))
        at_us = meet_us - round(lengths_s[0] * SECOND_US)
        for length_s in lengths_s:
            kind = draw(st.sampled_from(["full", "full", "suspect", "partial"]))
            segments.append(a_segment(at_us, length_s, kind))
            at_us += round(length_s * SECOND_US) + draw(st.sampled_from(SLIVERS_US))
    return segments


@quick
@given(near_borders(), st.integers(0, 3), st.sampled_from([0, -5_000, -105_000, -2_000_000, 3_000]))
def test_holes_are_the_same_in_pieces_of_any_length(
    segments: list[Segment], first_hour: int, earlier_us: int
) -> None:
    start_us, end_us = max(START_US, START_US + first_hour * HOUR_US + earlier_us), END_US

    async def check() -> None:
        with a_store(segments) as store:
            whole = (await store.timeline("demo", "source", start_us=start_us, end_us=end_us)).gaps
            for piece_hours in (1, 2, 24):
                assert await found(store, piece_hours, start_us, end_us) == joined(whole)

    asyncio.run(check())


async def test_a_hole_about_a_border_is_whole_where_the_range_begins_just_before_it() -> None:
    start_us = us("04:59:59.995")
    with a_store([a_segment("04:59:57.990"), a_segment("05:00:00.008")]) as store:
        (hole,) = await found(store, 1, start_us, us("05:00:02"))
    assert (hole.start_us, hole.end_us) == (start_us, us("05:00:00.008"))


async def test_a_recording_goes_from_its_first_moment_to_the_end_of_its_newest_segment(
    tmp_path: Path,
) -> None:
    lay_out(tmp_path, [*a_run("04:00:10", 3), a_segment("06:59:59", 2.0)])
    (tmp_path / "demo" / "source" / "2024-11-09T09").mkdir()
    store = DiskStore(tmp_path)
    got = await recording(store, "demo", "source")
    nothing = await recording(store, "demo", "480p")
    store.close()
    assert nothing is None
    assert got is not None
    assert (got.first_us, got.last_us) == (us("04:00:10"), us("07:00:01"))
    assert len(got.hours) == 3


async def test_hours_have_their_holes_and_files(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        [*a_run("04:00:00", 3), *a_run("04:00:08", 2, type="suspect"), *a_run("07:00:00", 2)],
        size_bytes=7,
    )
    hour = tmp_path / "demo" / "source" / "2024-11-09T04"
    (hour / "what.ts").touch()
    (hour / f"{a_segment('04:00:02').name.removesuffix('.ts')}.tombstone").touch()
    store = DiskStore(tmp_path)
    first, absent, last = await looks(store, "demo", "source", with_sizes=True)
    store.close()
    assert [(gap.start_us, gap.end_us, gap.reason) for gap in first.gaps] == [
        (us("04:00:02"), us("04:00:04"), GapReason.MISSING),
        (us("04:00:06"), us("04:00:08"), GapReason.MISSING),
        (us("04:00:08"), us("04:00:12"), GapReason.SUSPECT),
        (us("04:00:12"), us("05:00:00"), GapReason.MISSING),
    ]
    assert first.files.segments == {"full": 2, "suspect": 2, "partial": 0}
    assert (first.files.tombstones, first.files.skipped, first.files.size_bytes) == (1, 1, 28)
    assert (absent.hour, absent.has_folder, absent.lengths_us["missing"]) == (
        "2024-11-09T05",
        False,
        2 * HOUR_US,
    )
    assert last.gaps == ()
    assert (last.start_us, last.end_us) == (us("07:00:00"), us("07:00:04"))


async def test_hours_of_chat_are_counted_and_have_no_holes(tmp_path: Path) -> None:
    hour = tmp_path / "demo" / "chat" / "2024-11-09T04"
    hour.mkdir(parents=True)
    (hour / "00:00.000000-batch.json").touch()
    store = DiskStore(tmp_path)
    (look,) = await looks(store, "demo", "chat")
    store.close()
    assert (look.files.count, look.gaps, sum(look.lengths_us.values())) == (1, (), 0)


async def test_a_quality_without_any_hour_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "demo" / "source" / ".longtake").mkdir(parents=True)
    store = DiskStore(tmp_path)
    assert await looks(store, "demo", "source") == []
    store.close()


@pytest.mark.parametrize(
    ("wanted", "there", "hint"),
    [
        ("mystraem", ["mystream", "other"], "; did you mean mystream?"),
        ("MyStream", ["mystream"], "; did you mean mystream?"),
        ("zzz", ["mystream"], "; there is mystream"),
        ("zzz", ["one", "two"], "; there are one, two"),
        (
            "zzz",
            [f"x{number}" for number in range(10)],
            "; there are x0, x1, x2, x3, x4, x5, x6, x7 and 2 more",
        ),
        ("zzz", [], ""),
    ],
    ids=[
        "a slip",
        "capitals",
        "only one is there",
        "several are there",
        "many are there",
        "nothing is there",
    ],
)
def test_an_unknown_name_is_told_with_what_may_be_meant(wanted: str, there: list[str], hint: str) -> None:
    with pytest.raises(NotFound) as caught:
        among(wanted, there, "no")
    assert str(caught.value) == f"no{hint}"


def test_a_known_name_is_taken() -> None:
    assert among("a", ["a", "b"], "no") == "a"
