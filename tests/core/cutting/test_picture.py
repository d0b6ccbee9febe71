"""Single frames: which one is shown, and what is decoded for it. That it is the one a cut begins with: test_smart."""

from __future__ import annotations

import pytest
from tests.fakes.indexed_recording import IndexedRecording, decoded_numbers, picture_plan

from longtake.core.errors import Incomplete
from longtake.core.mpegts.timestamps import WRAP

PLAIN = IndexedRecording(gops=[10] * 6, splits=[10, 20, 30, 40, 50])
TWO_IN_ONE = IndexedRecording(gops=[10] * 6, splits=[20, 40])
LONG_GOPS = IndexedRecording(gops=[30, 30], splits=[10, 20, 30, 40, 50])
WITH_B = IndexedRecording(gops=[10] * 6, splits=[10, 20, 30, 40, 50], b_frames=2)
WRAPPING = IndexedRecording(
    gops=[10] * 6, splits=[10, 20, 30, 40, 50], first_pts=WRAP - 25 * 3000, b_frames=2
)


def test_a_picture_is_the_frame_that_a_cut_begins_with() -> None:
    assert pictured(PLAIN, PLAIN.exact_us(13)) == (13, [10, 11, 12, 13])
    assert pictured(PLAIN, PLAIN.exact_us(13) + 1) == (14, [10, 11, 12, 13, 14])
    assert pictured(PLAIN, PLAIN.exact_us(20)) == (20, [20])
    assert pictured(TWO_IN_ONE, TWO_IN_ONE.exact_us(12)) == (12, [10, 11, 12])
    assert pictured(LONG_GOPS, LONG_GOPS.exact_us(21)) == (21, list(range(22)))
    assert pictured(WITH_B, WITH_B.exact_us(11)) == (11, [10, 13, 11])
    assert pictured(WRAPPING, WRAPPING.exact_us(25)) == (25, [20, 23, 21, 22, 26, 24, 25])


def test_a_key_picture_is_the_idr_before_that_frame() -> None:
    assert pictured(PLAIN, PLAIN.exact_us(13), keyframe=True) == (10, [10])
    assert pictured(PLAIN, PLAIN.exact_us(19) + 1, keyframe=True) == (20, [20])
    assert pictured(LONG_GOPS, LONG_GOPS.exact_us(21), keyframe=True) == (0, [0])
    assert pictured(TWO_IN_ONE, TWO_IN_ONE.exact_us(12), keyframe=True) == (10, [10])


def pictured(recording: IndexedRecording, at_us: int, *, keyframe: bool = False) -> tuple[int, list[int]]:
    """The frame, and those that are decoded for it."""
    plan = picture_plan(recording, at_us, keyframe=keyframe)
    number = recording.number_of(plan.pts)
    assert plan.time_us == recording.time_us(number)
    return number, decoded_numbers(recording, plan.decode)


@pytest.mark.parametrize("number", [-3000, 60, 300], ids=["before", "right behind", "long after"])
def test_where_nothing_is_recorded_there_is_no_picture(number: int) -> None:
    with pytest.raises(Incomplete, match="no picture is recorded at 2024-11-09T0"):
        picture_plan(PLAIN, PLAIN.exact_us(number))


def test_a_picture_shows_at_most_a_second_later() -> None:
    long_hole = IndexedRecording(gops=[10] * 12, splits=range(10, 120, 10), without=[4, 5, 6, 7])
    assert pictured(long_hole, long_hole.exact_us(80) - 1_000_000)[0] == 80
    with pytest.raises(Incomplete, match="no picture is recorded at"):
        picture_plan(long_hole, long_hole.exact_us(80) - 1_000_001)
