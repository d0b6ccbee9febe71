"""What facts say of hours, as columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.builders import a_run, a_segment

from longtake.core.bit_rates import NOT_KNOWN
from longtake.core.facts import SegmentFacts
from longtake.core.hour_entries import HourEntries
from longtake.core.measured_hours import Format, Measured, in_a_row, measured_hour
from longtake.core.segment_columns import read_columns
from longtake.core.segments import Segment

A, B, C, D = a_run(count=4)
SMALL = Format(codecs="avc1.42c01f", width=640, height=360, frame_rate=30.0)
LARGE = Format(codecs="avc1.64002a", width=1920, height=1080, frame_rate=60.0)


def hour_of(*segments: Segment, rows: list[int] | None = None) -> HourEntries:
    columns, _ = read_columns(segments[0].hour, [segment.name for segment in segments])
    listed = np.array(range(len(columns)) if rows is None else rows, dtype=np.int32)
    return HourEntries(
        columns=columns,
        rows=listed,
        starts_us=columns.starts_us[listed],
        ends_us=columns.ends_us()[listed],
        torn=np.empty(0, dtype=np.int64),
    )


def facts_of(segment: Segment, size_bytes: int, format: Format, **more: object) -> SegmentFacts:
    facts = SegmentFacts(
        name=segment.name,
        size_bytes=size_bytes,
        codecs=format.codecs,
        width=format.width,
        height=format.height,
        frame_rate=format.frame_rate,
    )
    return replace(facts, **more)  # type: ignore[arg-type]


def told(measured: Measured) -> tuple[list[int], list[int], tuple[Format, ...], int]:
    return (
        measured.durations_us.tolist(),
        measured.sizes_bytes.tolist(),
        measured.formats,
        measured.target_s,
    )


FACTS = {
    A.name: facts_of(A, 100, SMALL, target_duration_s=6),
    B.name: facts_of(B, 200, LARGE),
    D.name: facts_of(D, 400, SMALL),
}


def test_a_part_of_an_hour_has_its_files_and_each_of_their_formats_once() -> None:
    hour = measured_hour(hour_of(A, B, C, D), FACTS)
    assert told(hour.part(0, 4)) == ([2_000_000] * 4, [100, 200, NOT_KNOWN, 400], (SMALL, LARGE), 6)
    assert told(hour.part(1, 4)) == ([2_000_000] * 3, [200, NOT_KNOWN, 400], (LARGE, SMALL), 6)
    assert told(hour.part(2, 3)) == ([2_000_000], [NOT_KNOWN], (), 6)
    assert told(hour.part(2, 2)) == ([], [], (), 6)


def test_only_entries_count() -> None:
    hour = measured_hour(hour_of(A, B, C, D, rows=[1, 3]), FACTS)
    assert told(hour.part(0, 2)) == ([2_000_000] * 2, [200, 400], (LARGE, SMALL), 2)


def test_the_target_duration_is_at_least_each_duration_rounded() -> None:
    segments = [a_segment("04:00:00", 2.4), a_segment("04:00:03", 3.5), a_segment("04:00:07", 2.0)]
    hour = measured_hour(hour_of(*segments), {segments[0].name: facts_of(segments[0], 1, SMALL)})
    assert [hour.part(first, first + 1).target_s for first in range(3)] == [2, 4, 2]


NONSENSE = {
    "no size": (0, None),
    "a negative size": (-5, None),
    "an endless size": (10**30, None),
    "an endless target duration": (NOT_KNOWN, 10**30),
}


@pytest.mark.parametrize(("size_bytes", "target_duration_s"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_in_facts_is_not_known(size_bytes: int, target_duration_s: int | None) -> None:
    facts = facts_of(A, size_bytes, SMALL, target_duration_s=target_duration_s)
    assert told(measured_hour(hour_of(A), {A.name: facts}).part(0, 1)) == (
        [2_000_000],
        [NOT_KNOWN],
        (SMALL,),
        2,
    )


def test_parts_in_a_row_are_one() -> None:
    first = measured_hour(hour_of(A, B), FACTS).part(0, 2)
    second = measured_hour(hour_of(C, D), FACTS).part(0, 2)
    assert told(in_a_row([first, second])) == (
        [2_000_000] * 4,
        [100, 200, NOT_KNOWN, 400],
        (SMALL, LARGE),
        6,
    )
    assert told(in_a_row([])) == ([], [], (), 0)
