"""What is measured with must be a store as recorders leave it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.week import PER_HOUR, lay_out

from longtake.adapters.store.layout import Layout
from longtake.core.facts import decode_all
from longtake.core.listing import read_listing
from longtake.core.times import parse_time, to_us

START_US = to_us(parse_time("2023-11-14T22:00:00Z"))
HOURS = ["2023-11-14T22", "2023-11-14T23", "2023-11-15T00"]


def test_every_hour_is_read_back_whole_with_facts_of_each_segment(tmp_path: Path) -> None:
    lay_out(tmp_path, "bench", "source", start_us=START_US, hours=len(HOURS))
    layout = Layout(tmp_path)
    for hour in HOURS:
        folder = layout.hour("bench", "source", hour)
        listing = read_listing(hour, os.listdir(folder))  # noqa: PTH208 - names are wanted
        assert (len(listing.segments), listing.others, listing.skipped) == (PER_HOUR, (), 0)
        facts = decode_all(layout.facts("bench", "source", hour).read_text().splitlines())
        assert set(facts) == {segment.name for segment in listing.segments}
        assert folder.stat().st_mtime < time.time() - 3600
