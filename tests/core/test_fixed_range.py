"""Past ranges as playlists: the same as each entry rendered by itself, with all holes, numbered together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us
from tests.fakes.listed import joined_of, model_of, parsed, text_of

from longtake.core.facts import Container, SegmentFacts
from longtake.core.fixed_range import FALLBACK_TARGET_S, fixed_range
from longtake.core.hls.model import MediaSegment
from longtake.core.hls.render import render_media
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import SECOND_US

START_US = us("03:00:00")

steps = st.tuples(
    st.sampled_from([0, 0, 0, 3, 700, 2000]).map(lambda seconds: seconds * SECOND_US),
    st.sampled_from([0, 1, 1000, 500_000]),
    st.sampled_from([2.0, 2.0, 1.966667, 10.0]),
    st.sampled_from([SegmentType.FULL] * 5 + [SegmentType.SUSPECT, SegmentType.PARTIAL]),
    st.sampled_from(["plain", "plain", "jump", "fmp4", "unknown", "page"]),
)
runs = st.lists(steps, min_size=1, max_size=12)
Steps = list[tuple[int, int, float, SegmentType, str]]


def facts_for(kind: str, name: str) -> SegmentFacts | None:
    if kind == "unknown":
        return None
    if kind == "fmp4":
        return SegmentFacts(name=name, size_bytes=900, container=Container.FMP4, init_bytes=100)
    if kind == "page":
        return SegmentFacts(name=name, size_bytes=9, container=Container.OTHER, doubt="it is a page")
    return SegmentFacts(
        name=name,
        size_bytes=5,
        container=Container.MPEG_TS,
        discontinuity=kind == "jump",
        target_duration_s=2,
    )


def recorded(run: Steps) -> tuple[list[Segment], dict[str, SegmentFacts]]:
    at_us = START_US
    segments, facts = [], {}
    for skip_us, extra_us, duration_s, kind, content in run:
        at_us += skip_us + extra_us
        segment = a_segment(at_us, duration=duration_s, type=kind)
        at_us = segment.end_us
        segments.append(segment)
        known = facts_for(content, segment.name)
        if known is not None:
            facts[segment.name] = known
    return segments, facts


@quick
@given(runs, st.integers(0, 4 * 3600), st.integers(1, 4 * 3600), st.booleans())
def test_it_reads_as_the_same_entries_rendered_one_by_one(
    run: Steps, begin_s: int, length_s: int, holes: bool
) -> None:
    segments, facts = recorded(run)
    start_us = START_US + begin_s * SECOND_US
    joined = joined_of(segments, facts, start_us=start_us, end_us=start_us + length_s * SECOND_US)
    listed = fixed_range(joined, holes=holes)
    # A sequence that begins at 0 need not be said.
    assert text_of(listed) == render_media(model_of(listed)).replace("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", "")
    read = parsed(listed)
    assert len(read.segments) == len(listed)
    pages = [name for name, known in facts.items() if known.container is Container.OTHER]
    assert not any(page.replace(":", "%3A") in text_of(listed) for page in pages)
    assert all(round(segment.duration_s) <= read.target_duration_s for segment in read.segments)


def end_us(segment: MediaSegment) -> int:
    assert segment.program_date_time is not None
    return round(segment.program_date_time.timestamp() * 1e6) + round(segment.duration_s * 1e6)


@quick
@given(runs, st.integers(0, 3600), st.integers(1, 3600))
def test_with_holes_as_entries_player_time_runs_with_the_wall_clock(
    run: Steps, begin_s: int, length_s: int
) -> None:
    segments, facts = recorded(run)
    start_us = START_US + begin_s * SECOND_US
    until_us = start_us + length_s * SECOND_US
    read = parsed(fixed_range(joined_of(segments, facts, start_us=start_us, end_us=until_us), holes=True))
    assert read.segments
    first = read.segments[0]
    assert first.program_date_time is not None
    assert round(first.program_date_time.timestamp() * 1e6) <= start_us + 10_000
    assert end_us(read.segments[-1]) >= until_us - 10_000
    for left, right in pairwise(read.segments):
        assert right.program_date_time is not None
        # What is missing between two is no hole, and jitter of 100 ms may overlap.
        drift_us = round(right.program_date_time.timestamp() * 1e6) - end_us(left)
        assert -100_000 <= drift_us <= 10_000


def test_a_range_with_nothing_in_it() -> None:
    nothing = joined_of([], start_us=START_US, end_us=START_US + 10 * SECOND_US)
    plain = fixed_range(nothing, holes=False)
    assert (len(plain), plain.target_s, plain.whole) == (0, FALLBACK_TARGET_S, False)
    with_gaps = parsed(fixed_range(nothing, holes=True))
    assert [(one.gap, one.duration_s) for one in with_gaps.segments] == [(True, 5.0), (True, 5.0)]


@pytest.mark.parametrize(
    ("segments", "whole"),
    [
        (a_run(count=3), True),
        (a_run(count=2), False),
        ([*a_run(count=1), *a_run("04:00:04", 1)], False),
        (a_run(count=3, type="suspect"), False),
    ],
    ids=["all of it", "its end is missing", "a hole", "doubtful"],
)
def test_it_is_vod_only_if_nothing_can_come(segments: list[Segment], whole: bool) -> None:
    joined = joined_of(segments, start_us=us("04:00:00"), end_us=us("04:00:06"))
    listed = fixed_range(joined, holes=False)
    assert listed.whole is whole
    assert ("#EXT-X-PLAYLIST-TYPE:VOD" in text_of(listed)) is whole
    assert "EVENT" not in text_of(listed)
    assert text_of(listed).endswith("#EXT-X-ENDLIST\n")


def numbers(listed: MediaSegment) -> tuple[int, int]:
    return round(listed.duration_s), listed.discontinuity_sequence


def test_qualities_are_numbered_together() -> None:
    pictures = a_run(count=10)
    sound = [*a_run(count=3), *a_run("04:00:10", 5)]
    whole = joined_of(pictures, start_us=us("04:00:00"), end_us=us("04:00:20"))
    holed = joined_of(sound, start_us=us("04:00:00"), end_us=us("04:00:20"))
    left = parsed(fixed_range(whole, [holed], holes=False))
    right = parsed(fixed_range(holed, [whole], holes=False))
    at = {one.program_date_time: one.discontinuity_sequence for one in left.segments}
    assert [one.discontinuity_sequence for one in left.segments] == [0] * 5 + [1] * 5
    assert all(at[one.program_date_time] == one.discontinuity_sequence for one in right.segments)
    assert "DISCONTINUITY" not in text_of(fixed_range(whole, holes=False))


def test_two_breaks_of_another_quality_in_one_step_are_two_tags() -> None:
    pictures = a_run(count=2, duration=10)
    sound = [*a_run(count=1), *a_run("04:00:04", 1), *a_run("04:00:08", 6)]
    start, end = us("04:00:00"), us("04:00:20")
    listed = fixed_range(
        joined_of(pictures, start_us=start, end_us=end),
        [joined_of(sound, start_us=start, end_us=end)],
        holes=False,
    )
    assert text_of(listed).count("#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY\n") == 1


def test_the_target_duration_is_that_of_all_played_together() -> None:
    start, end = us("04:00:00"), us("04:00:20")
    short = joined_of(a_run(count=10), start_us=start, end_us=end)
    long = joined_of(a_run(count=2, duration=10), start_us=start, end_us=end)
    assert fixed_range(short, holes=False).target_s == 2
    assert fixed_range(short, [long], holes=False).target_s == 10
