"""What is measured with must be a store as recorders leave it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from benchmarks.week import PER_HOUR, facts_of, lay_out, put_in, settle, take_out

from longtake.adapters.store.layout import Layout
from longtake.core.facts import decode_all
from longtake.core.hour_notes import read_notes
from longtake.core.listing import read_listing
from longtake.core.timeline import HourContent, build_hour
from longtake.core.times import SECOND_US, parse_time, to_us

START_US = to_us(parse_time("2023-11-14T22:00:00Z"))
HOURS = ["2023-11-14T22", "2023-11-14T23", "2023-11-15T00"]


@pytest.mark.parametrize("channel", ["bench", "other"], ids=["the first channel", "a further channel"])
def test_every_hour_is_read_back_whole_with_facts_of_each_segment(tmp_path: Path, channel: str) -> None:
    lay_out(tmp_path, ["bench", "other"], "source", start_us=START_US, hours=len(HOURS))
    layout = Layout(tmp_path)
    for hour in HOURS:
        folder = layout.hour(channel, "source", hour)
        listing = read_listing(hour, os.listdir(folder))  # noqa: PTH208 - names are wanted
        assert (len(listing.segments), listing.others, listing.skipped) == (PER_HOUR, (), 0)
        facts = layout.facts(channel, "source", hour)
        assert decode_all(facts.read_text().splitlines()) == {
            segment.name: facts_of(segment.name, segment.start_us) for segment in listing.segments
        }
        own = HourContent(listing=listing, notes=read_notes(facts.read_bytes()))
        hour_of_it = build_hour(own, None, None, sizes={})
        assert (hour_of_it.torn.tolist(), hour_of_it.entries.independent) == ([], True)
        assert {folder.stat().st_mtime < time.time() - 3600, facts.stat().st_mtime < time.time() - 3600} == {
            True
        }


def test_a_segment_can_be_missing_and_come_later(tmp_path: Path) -> None:
    start_us = START_US + 1000 * SECOND_US
    lay_out(tmp_path, ["bench"], "source", start_us=START_US, hours=1)
    folder = Layout(tmp_path).hour("bench", "source", HOURS[0])

    def starts_at() -> tuple[int, bool, bool]:
        segments = read_listing(HOURS[0], os.listdir(folder)).segments  # noqa: PTH208 - names are wanted
        is_there = start_us in {segment.start_us for segment in segments}
        return len(segments), is_there, folder.stat().st_mtime < time.time() - 3600

    take_out(tmp_path, "bench", "source", start_us)
    assert starts_at() == (PER_HOUR - 1, False, True)
    put_in(tmp_path, "bench", "source", start_us)
    assert starts_at() == (PER_HOUR, True, False)
    settle(tmp_path, "bench", "source", start_us)
    assert starts_at() == (PER_HOUR, True, True)
