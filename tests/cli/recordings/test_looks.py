"""Hours of a quality as rows, and their sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick, us

from longtake.cli.recordings.looks import Files, HourLook, as_json, bounds_us, doubtful_us, total
from longtake.core.timeline import Gap, GapReason
from longtake.core.times import HOUR_US, hour_name

H = "2024-11-09T"


def an_hour(
    hour: str = "04", start: str = "04:00:00", end: str = "05:00:00", *gaps: Gap, **files: int
) -> HourLook:
    return HourLook(
        channel="demo",
        quality="source",
        hour=H + hour,
        has_folder=True,
        start_us=us(start),
        end_us=us(end),
        gaps=gaps,
        files=Files(segments={"full": 1800, "suspect": 1}, **files),
    )


def test_the_first_and_the_last_hour_are_counted_from_and_to_what_is_recorded() -> None:
    rows = bounds_us([H + "04", H + "05"], us("04:30:00"), us("05:10:00"))
    assert rows == [
        (H + "04", True, us("04:30:00"), us("05:00:00")),
        (H + "05", True, us("05:00:00"), us("05:10:00")),
    ]


def test_hours_without_a_folder_are_one_row() -> None:
    rows = bounds_us([H + "04", H + "08"], us("04:00:00"), us("09:00:00"))
    assert [(hour, there) for hour, there, _, _ in rows] == [
        (H + "04", True),
        (H + "05", False),
        (H + "08", True),
    ]
    assert rows[1][2:] == (us("05:00:00"), us("08:00:00"))


def test_a_segment_that_reaches_beyond_the_last_hour_counts_there() -> None:
    assert bounds_us([H + "04"], us("04:00:00"), us("05:00:01"))[0][3] == us("05:00:01")


def test_an_hour_before_all_that_is_recorded_is_empty() -> None:
    (_, _, start_us, end_us), _ = bounds_us([H + "04", H + "05"], us("05:10:00"), us("05:20:00"))
    assert start_us == end_us


def test_no_hours_are_no_rows() -> None:
    assert bounds_us([], 0, 0) == []


@quick
@given(st.sets(st.integers(0, 40), min_size=1, max_size=8), st.data())
def test_rows_follow_each_other_from_the_first_moment_to_the_last(
    numbers: set[int], data: st.DataObject
) -> None:
    ordered = sorted(numbers)
    first_us = ordered[0] * HOUR_US + data.draw(st.integers(0, HOUR_US - 1))
    last_us = max(first_us, ordered[-1] * HOUR_US + data.draw(st.integers(0, HOUR_US + 5)))
    rows = bounds_us([hour_name(number * HOUR_US) for number in ordered], first_us, last_us)
    at_us = first_us
    for _, _, start_us, end_us in rows:
        assert start_us == at_us
        at_us = end_us
    assert at_us == last_us
    assert sum(there for _, there, _, _ in rows) == len(ordered)


def test_a_sum_has_all_of_its_hours() -> None:
    hole = Gap(start_us=us("04:10:00"), end_us=us("04:10:04"), reason=GapReason.MISSING)
    doubt = Gap(start_us=us("05:10:00"), end_us=us("05:10:02"), reason=GapReason.SUSPECT)
    one = an_hour("04", "04:00:00", "05:00:00", hole, tombstones=1, size_bytes=5)
    two = an_hour("05", "05:00:00", "06:00:00", doubt, skipped=2, size_bytes=6)
    summed = total("demo", "source", [one, two])
    assert (summed.first_us, summed.last_us, summed.hours) == (us("04:00:00"), us("06:00:00"), 2)
    assert summed.lengths_us["missing"] == 4_000_000
    assert doubtful_us(summed.lengths_us) == 2_000_000
    assert summed.lengths_us["full"] == 7_194_000_000
    assert summed.files == Files(
        segments={"full": 3600, "suspect": 2}, tombstones=1, skipped=2, size_bytes=11
    )


def test_where_no_segment_is_there_is_no_first_moment() -> None:
    summed = total("demo", "chat", [an_hour("04", "04:00:00", "04:00:00")])
    assert (summed.first_us, summed.last_us) == (None, None)
    assert as_json(summed)["start"] is None


@pytest.mark.parametrize("kind", ["hour", "quality"])
def test_json_has_the_same_keys_for_hours_and_qualities(kind: str) -> None:
    hour = an_hour()
    told = as_json(hour if kind == "hour" else total("demo", "source", [hour]))
    own = {"hour", "folder"} if kind == "hour" else {"hours"}
    assert set(told) - own == {
        "channel",
        "quality",
        "start",
        "end",
        "seconds",
        "segments",
        "others",
        "tombstones",
        "skipped",
        "size_bytes",
    }
    assert told["start"] == "2024-11-09T04:00:00.000000Z"
