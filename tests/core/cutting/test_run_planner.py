from __future__ import annotations

import pytest

from longtake.core.cutting.run_planner import last_clean_stop
from longtake.core.segment_index import SegmentIndex

STOPS = {
    "without reordering, behind any picture": ((0, 1, 2, 3, 4), 0, 2, 3),
    "the last picture itself": ((0, 1, 2, 3, 4), 0, 4, 5),
    "not between a reference and the pictures shown before it": ((0, 3, 1, 2, 6, 4, 5), 0, 2, 1),
    "behind all that a reference was decoded ahead of": ((0, 3, 1, 2, 6, 4, 5), 0, 3, 4),
    "nowhere, if the next one shown is decoded later": ((0, 3, 1, 2), 1, 1, 1),
    "from an entry on": ((0, 1, 2, 3, 4, 5), 3, 4, 5),
}


@pytest.mark.parametrize(("pts", "first", "last_pts", "stop"), STOPS.values(), ids=STOPS.keys())
def test_copying_stops_where_what_is_decoded_is_what_is_shown(
    pts: tuple[int, ...], first: int, last_pts: int, stop: int
) -> None:
    index = SegmentIndex(pts=pts, dts=tuple(range(len(pts))), idr=(True, *[False] * (len(pts) - 1)))
    assert last_clean_stop(index, first, last_pts) == stop
