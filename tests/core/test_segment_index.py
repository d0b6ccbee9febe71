from __future__ import annotations

from longtake.core.segment_index import SegmentIndex


def an_index(*pts: int) -> SegmentIndex:
    return SegmentIndex(pts=pts, dts=tuple(range(len(pts))), idr=(True, *[False] * (len(pts) - 1)))


def test_pictures_are_shown_in_the_order_of_their_times() -> None:
    index = an_index(6000, 15000, 9000, 12000)
    assert index.shown == (6000, 9000, 12000, 15000)
    assert (index.first_pts, index.frame_ticks, index.end_pts) == (6000, 3000, 18000)


def test_a_frame_that_is_lost_does_not_make_all_longer() -> None:
    assert an_index(0, 3003, 6006, 12012, 15015).frame_ticks == 3003


def test_a_single_picture_is_a_thirtieth_of_a_second_long() -> None:
    assert an_index(100).end_pts == 3100


def test_pictures_at_one_time_are_still_a_tick_apart() -> None:
    assert an_index(7, 7, 7).frame_ticks == 1
