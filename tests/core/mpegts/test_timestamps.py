"""33-bit clocks: both ways, against fields written bit by bit, and over the wrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.ts_packets import clock_field, time_field

from longtake.core.mpegts.timestamps import (
    PCR_PER_TICK,
    WRAP,
    difference,
    pcr_field,
    pts_field,
    read_pcrs,
    read_timestamps,
    unwrapped,
    written_pcrs,
    written_timestamps,
)

ANY_TICKS = st.integers(-3 * WRAP, 3 * WRAP)
PREFIXES = st.sampled_from([1, 2, 3])


@quick
@given(fields=st.lists(st.tuples(ANY_TICKS, PREFIXES), max_size=8))
def test_timestamps_come_back_as_they_were_written(fields: list[tuple[int, int]]) -> None:
    values = np.array([ticks for ticks, _ in fields], np.int64)
    written = written_timestamps(values, np.array([prefix for _, prefix in fields], np.uint8))
    assert read_timestamps(written).tolist() == [ticks % WRAP for ticks, _ in fields]
    assert written.tobytes() == b"".join(time_field(prefix, ticks) for ticks, prefix in fields)


@quick
@given(ticks=ANY_TICKS, prefix=PREFIXES)
def test_one_field_is_like_a_row_of_many(ticks: int, prefix: int) -> None:
    assert pts_field(ticks, prefix) == time_field(prefix, ticks)


@quick
@given(values=st.lists(st.integers(-3 * WRAP * PCR_PER_TICK, 3 * WRAP * PCR_PER_TICK), max_size=8))
def test_clocks_come_back_as_they_were_written(values: list[int]) -> None:
    written = written_pcrs(np.array(values, np.int64))
    assert read_pcrs(written).tolist() == [value % (WRAP * PCR_PER_TICK) for value in values]
    assert written.tobytes() == b"".join(clock_field(*divmod(value, PCR_PER_TICK)) for value in values)
    assert b"".join(pcr_field(value) for value in values) == written.tobytes()


DIFFERENCES = {
    "none": (5, 5, 0),
    "forwards": (9, 5, 4),
    "backwards": (5, 9, -4),
    "forwards over the wrap": (3, WRAP - 2, 5),
    "backwards over the wrap": (WRAP - 2, 3, -5),
    "just less than half a turn": (WRAP // 2 - 1, 0, WRAP // 2 - 1),
    "half a turn counts as backwards": (WRAP // 2, 0, -WRAP // 2),
    "of moments at different turns": (7 * WRAP + 3, 2 * WRAP + 1, 2),
}


@pytest.mark.parametrize(("later", "earlier", "ticks"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_a_difference_goes_the_short_way_round(later: int, earlier: int, ticks: int) -> None:
    assert difference(later, earlier) == ticks


@quick
@given(later=ANY_TICKS, earlier=ANY_TICKS)
def test_a_difference_leads_from_one_moment_to_the_other(later: int, earlier: int) -> None:
    ticks = difference(later, earlier)
    assert -WRAP // 2 <= ticks < WRAP // 2
    assert (earlier + ticks - later) % WRAP == 0


@quick
@given(values=st.lists(st.integers(0, WRAP - 1), max_size=8), near=ANY_TICKS)
def test_unwrapped_moments_are_the_same_ones_near_another(values: list[int], near: int) -> None:
    found = unwrapped(np.array(values, np.int64), near).tolist()
    assert [value % WRAP for value in found] == values
    assert all(-WRAP // 2 <= value - near < WRAP // 2 for value in found)
