from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from tests.builders import a_segment

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.one_look import OneLook
from longtake.core.hour_notes import NO_NOTES
from longtake.core.listing import read_listing
from longtake.core.timeline import HourContent
from longtake.core.times import SECOND_US

HOURS = ["2024-11-24T04", "2024-11-24T05"]


class Reads:
    """Something else each time. ``failing`` is raised instead."""

    def __init__(self) -> None:
        self.asked: list[tuple[Path, Path, str]] = []
        self.failing: OSError | None = None

    def read(self, folder: Path, facts: Path, hour: str) -> HourContent:
        self.asked.append((folder, facts, hour))
        if self.failing is not None:
            raise self.failing
        return HourContent(listing=read_listing(hour, ()), notes=NO_NOTES)


def read(look: OneLook, hour: str, quality: str = "source") -> HourContent:
    return look.read(Path(f"/{quality}/{hour}"), Path(f"/facts/{quality}/{hour}.jsonl"), hour)


def test_within_a_look_an_hour_is_what_it_was() -> None:
    reads = Reads()
    look = OneLook(reads)
    first = [read(look, hour) for hour in HOURS]
    assert [read(look, hour) for hour in HOURS] == first
    assert reads.asked == [
        (Path(f"/source/{hour}"), Path(f"/facts/source/{hour}.jsonl"), hour) for hour in HOURS
    ]


def test_another_look_and_another_quality_are_read_anew() -> None:
    reads = Reads()
    look = OneLook(reads)
    found = [read(look, HOURS[0]), read(look, HOURS[0], "audio"), read(OneLook(reads), HOURS[0])]
    assert len({id(content) for content in found}) == 3


def test_a_failing_disk_may_do_better_the_next_time() -> None:
    reads = Reads()
    look = OneLook(reads)
    reads.failing = OSError("no")
    with pytest.raises(OSError, match="no"):
        read(look, HOURS[0])
    reads.failing = None
    assert read(look, HOURS[0]).listing.hour == HOURS[0]


async def test_what_viewers_are_shown_takes_one_reading_of_an_hour_that_just_changed(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    now_us = time.time_ns() // 1000
    segment = a_segment(now_us // SECOND_US * SECOND_US - 30 * SECOND_US, 2.0)
    folder = tmp_path / "ch" / "source" / segment.hour
    folder.mkdir(parents=True)
    (folder / segment.name).touch()
    try:
        for _ in range(3):
            before = store.index_state().read
            shown = await store.shown("ch", "source", now_us=now_us, window_us=60 * SECOND_US)
            assert len(shown.hours) == 1
            assert store.index_state().read - before <= 1
    finally:
        await asyncio.to_thread(store.close)
