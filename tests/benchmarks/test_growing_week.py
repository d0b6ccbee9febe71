"""A store that grows must be one as recorders leave it, up to now."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from benchmarks.growing_week import GrowingWeek
from benchmarks.week import PER_HOUR, SEGMENT_S

from longtake.adapters.store.layout import Layout
from longtake.core.facts import decode_all
from longtake.core.listing import read_listing
from longtake.core.times import HOUR_US, SECOND_US, hour_name


def now_us() -> int:
    return time.time_ns() // 1000


def ends_us(store: Path, start_us: int) -> list[int]:
    """Of all segments that there are, each with facts."""
    layout, ends = Layout(store), []
    for hour_us in range(start_us, now_us() + HOUR_US, HOUR_US):
        hour = hour_name(hour_us)
        folder = layout.hour("ch", "source", hour)
        if not folder.exists():
            continue
        segments = read_listing(hour, os.listdir(folder)).segments  # noqa: PTH208 - names are wanted
        facts = decode_all(layout.facts("ch", "source", hour).read_text().splitlines())
        assert set(facts) == set(segments.names())
        ends += segments.ends_us().tolist()
    return sorted(ends)


def test_it_reaches_from_whole_hours_ago_up_to_now(tmp_path: Path) -> None:
    before_us = now_us()
    week = GrowingWeek(tmp_path, "ch", "source", hours=2)
    ends = ends_us(tmp_path, week.start_us)
    assert week.start_us % HOUR_US == 0
    assert len(ends) >= PER_HOUR
    assert ends == [week.start_us + (at + 1) * SEGMENT_S * SECOND_US for at in range(len(ends))]
    assert before_us - SEGMENT_S * SECOND_US < ends[-1] <= now_us()


def test_segments_come_when_they_are_over_and_no_more_once_the_block_ends(tmp_path: Path) -> None:
    week = GrowingWeek(tmp_path, "ch", "source", hours=2)
    with week.arriving():
        laid_out = ends_us(tmp_path, week.start_us)
        while len(arrived := ends_us(tmp_path, week.start_us)) == len(laid_out):
            time.sleep(0.05)  # another thread writes; the test's own limit ends this
        assert arrived[: len(laid_out)] == laid_out
        assert arrived[-1] <= now_us()
    assert "arriving" not in {thread.name for thread in threading.enumerate()}
