"""Smart cuts, whatever the source and wherever the marks: each frame the right one, once, in order, at its time; and the
sound that belongs to it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.smart_cuts import MadeCut, Recording, cut, frames_within, recording_of
from tests.fakes.strict_reading import SoundFrame, source_sound, strictly_read
from tests.fakes.tone_stream import ToneStream, just_before_wrap

from longtake.core.adts import SAMPLES_PER_FRAME
from longtake.core.cutting import CutContainer
from longtake.core.errors import MediaFailed, NotUnderstood
from longtake.core.mpegts.timestamps import CLOCK_HZ

NTSC = Fraction(30_000, 1001)
NOISE = ToneStream(noise=True)
SOURCES = {
    "25 fps, two GOPs a segment, mono": replace(
        NOISE, rate=Fraction(25), gop=25, segment_frames=50, channels=1
    ),
    "29.97 fps with B-frames, wrapping": replace(
        NOISE, rate=NTSC, b_frames=3, first_pts=just_before_wrap(3.7)
    ),
    "30 fps, a GOP a segment": NOISE,
    "30 fps with B-frames, GOPs of four seconds, 44.1 kHz": replace(
        NOISE, gop=120, segment_frames=120, segments=2, b_frames=3, sample_rate=44_100
    ),
    "50 fps, a GOP in two segments": replace(NOISE, rate=Fraction(50), gop=200, segment_frames=100),
    "60 fps, three GOPs a segment, wrapping, mono, 44.1 kHz": replace(
        NOISE,
        rate=Fraction(60),
        gop=60,
        segment_frames=180,
        segments=2,
        b_frames=3,
        channels=1,
        sample_rate=44_100,
        first_pts=just_before_wrap(1.5),
    ),
}
MARKS = st.tuples(st.integers(0, 7_900), st.integers(1, 7_999))
quick = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def sources(draw: st.DrawFn) -> ToneStream:
    """Anything common, eight seconds of it."""
    rate = draw(st.sampled_from([Fraction(25), NTSC, Fraction(30), Fraction(50), Fraction(60)]))
    second = round(rate)
    gop = second * draw(st.sampled_from([1, 2, 4]))
    segment, b_frames = draw(st.sampled_from([(gop, 0), (gop, 3), (2 * gop, 0), (2 * gop, 3), (gop // 2, 0)]))
    return replace(
        NOISE,
        rate=rate,
        gop=gop,
        segment_frames=segment,
        segments=-(-8 * second // segment),
        b_frames=b_frames,
        channels=draw(st.sampled_from([1, 2])),
        sample_rate=draw(st.sampled_from([48_000, 44_100])),
        first_pts=draw(st.sampled_from([9_000, 90_000, just_before_wrap(0.01), just_before_wrap(4.3)])),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@lru_cache(maxsize=64)
def recorded_in(folder: Path, stream: ToneStream) -> Recording:
    return recording_of(stream, folder / str(abs(hash(stream))))


@pytest.mark.parametrize("container", [CutContainer.TS, CutContainer.MP4])
@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
@quick
@given(marks=MARKS)
def test_common_sources(
    folder: Path, source: ToneStream, container: CutContainer, marks: tuple[int, int]
) -> None:
    check_cut(recorded_in(folder, source), source, marks, container)


@pytest.mark.soak
@settings(parent=quick, max_examples=1500)
@given(source=sources(), marks=MARKS, container=st.sampled_from([CutContainer.TS, CutContainer.MP4]))
def test_all_sources(
    folder: Path, source: ToneStream, container: CutContainer, marks: tuple[int, int]
) -> None:
    check_cut(recorded_in(folder, source), source, marks, container)


UNCOMMON = {
    "open GOPs": replace(NOISE, b_frames=3, open_gop=True),
    "a GOP in two segments, divided among B-frames": replace(NOISE, gop=120, b_frames=3),
}


@pytest.mark.parametrize("source", UNCOMMON.values(), ids=list(UNCOMMON))
@quick
@given(marks=MARKS, container=st.sampled_from([CutContainer.TS, CutContainer.MP4]))
def test_uncommon_sources_are_cut_rightly_or_not_at_all(
    folder: Path, source: ToneStream, container: CutContainer, marks: tuple[int, int]
) -> None:
    with suppress(NotUnderstood, MediaFailed):
        check_cut(recorded_in(folder, source), source, marks, container)


def check_cut(
    recording: Recording, source: ToneStream, marks: tuple[int, int], container: CutContainer
) -> None:
    """``marks`` in milliseconds after the first frame."""
    start_us, end_us = 1000 * min(marks), 1000 * max(marks)
    expected = frames_within(source, start_us, end_us)
    if not expected:
        return
    made = cut(recording, (start_us, end_us), container=container)
    read = strictly_read(made.content)
    assert read.numbers == expected
    assert read.pts == [source.pts(number) - source.pts(expected[0]) for number in expected]
    assert made.report.frames == len(expected)
    check_begin(made, read.frames[0][0], source, container)
    check_sound(recording, source, expected, read.sound, container)


def check_begin(made: MadeCut, first_pts: int, source: ToneStream, container: CutContainer) -> None:
    """At zero; in MPEG-TS, which has no edit lists, as late as its DTS and a sound frame need."""
    if container is CutContainer.MP4:
        assert first_pts == 0
    else:
        reordering = 3 * source.frame_ticks
        assert (
            0 <= first_pts <= max(reordering, CLOCK_HZ * Fraction(SAMPLES_PER_FRAME, source.sample_rate) + 1)
        )


def check_sound(
    recording: Recording,
    source: ToneStream,
    expected: list[int],
    sound: list[SoundFrame],
    container: CutContainer,
) -> None:
    """To the bit the source's, at the times of the source, from mark to mark."""
    original = source_sound(recording)
    slot = Fraction(SAMPLES_PER_FRAME, source.sample_rate)
    begin = Fraction(source.pts(expected[0]) - source.first_pts, CLOCK_HZ)
    length = Fraction(source.pts(expected[-1]) - source.pts(expected[0]), CLOCK_HZ) + 1 / source.rate
    if not sound:
        assert length < 2 * slot
        return
    assert abs(sound[0].at) <= slot + Fraction(2, CLOCK_HZ)
    assert abs(sound[-1].end - length) <= slot + Fraction(2, CLOCK_HZ)
    wrong = [number for number, frame in enumerate(sound) if original.differs(frame, begin + frame.at)]
    assert wrong == [] or (container is CutContainer.TS and wrong == [0])
