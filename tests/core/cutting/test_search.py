from __future__ import annotations

import pytest
from tests.builders import a_segment, a_timeline
from tests.fakes.indexed_recording import IndexedRecording, Looking

from longtake.core.cutting.search import contiguous, first_frame, is_elsewhere, last_frame
from longtake.core.times import SECOND_US

RECORDING = IndexedRecording(gops=[10] * 6, splits=[10, 20, 30, 40, 50], b_frames=2)


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 35, 59])
def test_frames_are_found_by_their_times_to_the_microsecond(number: int) -> None:
    at_us = RECORDING.time_us(number)
    segments = RECORDING.timeline(at_us, at_us).segments
    found = (
        Looking(RECORDING).planned(lambda known: first_frame(segments, at_us, known)),
        Looking(RECORDING).planned(lambda known: last_frame(segments, at_us + 1, known)),
        Looking(RECORDING).planned(lambda known: first_frame(segments, at_us + 1, known)),
    )
    later_us = RECORDING.time_us(number + 1) if number < 59 else None
    assert [frame and frame.us for frame in found] == [at_us, at_us, later_us]


def test_runs_are_parted_where_something_is_missing() -> None:
    timeline = a_timeline(
        a_segment("04:00:00"), a_segment("04:00:02"), a_segment("04:00:08"), a_segment("04:00:10")
    )
    assert [len(run) for run in contiguous(timeline)] == [2, 2]


def test_a_run_far_from_a_range_need_not_be_looked_into() -> None:
    (segment,) = run = [a_segment("04:00:00")]
    assert not is_elsewhere(
        run, start_us=segment.end_us + 9 * SECOND_US, end_us=segment.end_us + 20 * SECOND_US
    )
    assert is_elsewhere(run, start_us=segment.end_us + 11 * SECOND_US, end_us=segment.end_us + 20 * SECOND_US)
    assert is_elsewhere(run, start_us=segment.start_us - 20 * SECOND_US, end_us=segment.start_us - SECOND_US)
