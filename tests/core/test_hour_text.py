"""Hours as lines of playlists: a uniform hour and one by one say the same, held to the renderer of single entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us
from tests.fakes.listed import FOLDER, joined_of, model_of

from longtake.core.fixed_range import fixed_range
from longtake.core.hls.render import render_segment_lines
from longtake.core.hour_entries import HourEntries
from longtake.core.hour_text import HourText, render_hour, render_uniform_hour, room_for_an_hour
from longtake.core.listing import read_listing
from longtake.core.segment_columns import read_columns
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US

START_US = us("04:00:00")


def entries_of(segments: Sequence[Segment]) -> HourEntries:
    joined = joined_of(segments, start_us=START_US, end_us=START_US + HOUR_US)
    return joined.parts[0].hour.entries


def one_by_one(segments: Sequence[Segment]) -> str:
    """As ``core.hls.render`` has each of them, without what stands between them."""
    listed = fixed_range(joined_of(segments, start_us=START_US, end_us=START_US + HOUR_US), holes=False)
    model = model_of(listed)
    return "".join(
        f"{line}\n"
        for segment in model.segments
        for line in render_segment_lines(replace(segment, discontinuity=False), None)
    )


def text_of(entries: HourEntries) -> HourText:
    return render_hour(entries, f"{FOLDER}2024-11-09T04/")


@pytest.mark.parametrize("fraction", ["", ".", ".5", ".123", ".1234", ".123456", ".120000"])
def test_a_fraction_of_any_form_becomes_its_date(fraction: str) -> None:
    name = a_segment("04:00:02").name.replace(".000000", fraction)
    columns, odd = read_columns("2024-11-09T04", [name])
    assert not odd
    entries = entries_of([columns[0]])
    assert f"{read_listing('2024-11-09T04', [name]).segments.text}" == entries.columns.text
    assert text_of(entries).text.decode() == one_by_one([columns[0]])


@quick
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 0, 0, 1, 999, 1000, 3_000_000]),
            st.sampled_from([2.0, 2.0, 2.0, 1.966667, 10.0]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_entries_are_those_of_the_renderer(run: list[tuple[int, float]]) -> None:
    at_us, segments = START_US, []
    for skip_us, duration_s in run:
        segment = a_segment(at_us + skip_us, duration_s)
        segments.append(segment)
        at_us = segment.end_us
    text = text_of(entries_of(segments))
    assert text.text.decode() == one_by_one(segments)
    for first in range(len(segments)):
        assert text.part(first, len(segments)).decode() == one_by_one(segments[first:])
        assert text.part(first, first + 1).decode() == one_by_one(segments[first : first + 1])


@pytest.mark.parametrize("scratch", [None, room_for_an_hour()])
def test_a_uniform_hour_is_rendered_at_once(scratch: object) -> None:
    run = a_run(count=50)
    uniform = render_uniform_hour(entries_of(run), f"{FOLDER}2024-11-09T04/", scratch)  # type: ignore[arg-type]
    assert uniform is not None
    assert uniform.text.decode() == one_by_one(run)
    assert uniform.until.tolist() == [(at + 1) * len(uniform.text) // 50 for at in range(50)]


@pytest.mark.parametrize(
    "run",
    [
        [*a_run(count=3), a_segment("04:00:06", 3.0)],
        [a_segment("04:00:00"), a_segment(START_US + 2_000_001)],
        a_run(count=2, type="full") + a_run("04:00:04", 1, type="suspect"),
    ],
    ids=["another duration", "no whole milliseconds", "names of another length"],
)
def test_others_are_not_uniform(run: list[Segment]) -> None:
    assert render_uniform_hour(entries_of(run), FOLDER) is None


def test_nothing_has_no_text() -> None:
    assert render_uniform_hour(HourEntries.none("2024-11-09T04"), FOLDER) is None
