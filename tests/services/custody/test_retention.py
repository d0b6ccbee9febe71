"""What is too old goes, and nothing else; what cannot be removed stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.builders import a_run, a_segment
from tests.fakes.memory_store import MemoryStore
from tests.fakes.recording import at_us, record

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import StoreUnavailable
from longtake.core.listing import HourListing
from longtake.core.names import tombstone_of
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US
from longtake.services.custody.retention import Retention

NOW = "2024-11-09T05:00:30Z"
OLD, YOUNG = a_run("03:59:50", count=3), a_run("05:00:00", count=5)


class StoppedClock:
    """Always the same time."""

    def __init__(self, now: str) -> None:
        self._now_us = at_us(now)

    def set(self, now: str) -> None:
        """Somebody sets it."""
        self._now_us = at_us(now)

    def now_us(self) -> int:
        return self._now_us

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, delay_s: float) -> None:
        raise AssertionError("one pass does not wait")


def retention_of(store: SegmentStore, now: str = NOW) -> Retention:
    return Retention(store, StoppedClock(now), keep_us=3600 * SECOND_US, registry=CollectorRegistry())


def put(store: MemoryStore, *segments: Segment, channel: str = "demo", quality: str = "source") -> None:
    for segment in segments:
        store.disk.put(channel, quality, segment.hour, segment.name, b"x")


def left(store: MemoryStore, channel: str = "demo", quality: str = "source") -> list[str]:
    hours = store.disk.hours[channel, quality]
    return sorted(f"{hour}/{name}" for hour, names in hours.items() for name in names)


async def test_old_segments_go_and_young_ones_stay(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    recorded = await record(store, start="2024-11-24T03:59:56Z", count=5)
    newest = await record(store, start="2024-11-24T05:00:00Z", count=1)
    await record(store, quality="360p", start="2024-11-24T03:00:00Z", count=2)
    await record(store, quality="360p", start="2024-11-24T05:00:00Z", count=1)
    retention = retention_of(store, "2024-11-24T05:00:01Z")
    assert await retention.once() == 4
    segments = [
        segment
        for hour in await store.hours("demo", "source")
        for segment in (await store.listing("demo", "source", hour)).segments
    ]
    assert segments == [one.segment for one in (*recorded[2:], *newest)]
    assert await store.hours("demo", "360p") == ["2024-11-24T05"]
    assert await retention.once() == 0
    store.close()


async def test_an_hour_that_is_over_goes_with_all_that_is_in_it() -> None:
    store = MemoryStore()
    put(store, *OLD, *YOUNG)
    for name in (tombstone_of(OLD[0].name), "59:58.000000-2.0-temp-b4b1c3f0.ts", "notes.txt"):
        store.disk.put("demo", "source", "2024-11-09T03", name)
    assert await retention_of(store).once() == 2  # the tombstone's segment is no longer counted as one
    assert left(store) == [segment.path for segment in YOUNG]


async def test_an_hour_that_the_limit_lies_in_keeps_its_tombstones() -> None:
    store = MemoryStore()
    first, second = a_segment("04:00:10"), a_segment("04:50:00")
    put(store, first, second, *YOUNG)
    store.disk.put("demo", "source", "2024-11-09T04", tombstone_of(second.name))
    assert await retention_of(store).once() == 0
    assert await retention_of(store, "2024-11-09T05:30:00Z").once() == 0  # counted from the newest recording
    put(store, a_segment("05:29:58"))
    assert await retention_of(store, "2024-11-09T05:30:00Z").once() == 1
    assert first.path not in left(store)
    assert {second.path, f"2024-11-09T04/{tombstone_of(second.name)}"} <= set(left(store))


async def test_a_segment_that_reaches_into_what_is_kept_stays_with_its_hour() -> None:
    store = MemoryStore()
    long = a_segment("03:59:50", 60.0)
    put(store, long, OLD[0], *YOUNG)
    await retention_of(store).once()
    assert left(store) == [segment.path for segment in (long, *YOUNG)]


@pytest.mark.parametrize("now", ["2034-11-09T05:00:30Z", "2024-12-24T05:00:30Z"])
async def test_a_clock_that_jumps_forward_deletes_nothing_that_is_young(now: str) -> None:
    store = MemoryStore()
    put(store, *OLD, *YOUNG)
    await retention_of(store, now).once()
    assert left(store) == [segment.path for segment in YOUNG]


async def test_while_the_clock_is_wrong_nothing_goes_and_after_that_it_does() -> None:
    """An undated stream is dated by the same wrong clock: its newest segment is in the future too."""
    store = MemoryStore()
    put(store, *OLD, *YOUNG)
    clock = StoppedClock("2024-11-09T04:00:00Z")
    retention = Retention(store, clock, keep_us=3600 * SECOND_US, registry=CollectorRegistry())
    await retention.once()
    before = left(store)
    clock.set("2025-01-01T00:00:00Z")
    store.disk.put("demo", "source", "2025-01-01T00", a_segment("00:00:00").name)
    assert await retention.once() == 0
    assert set(before) <= set(left(store))


async def test_a_segment_from_the_future_makes_nothing_older() -> None:
    store = MemoryStore()
    put(store, *YOUNG, a_segment("23:00:00"))
    assert await retention_of(store).once() == 0


async def test_an_hour_without_segments_is_as_old_as_it_says() -> None:
    store = MemoryStore()
    for hour in ("2024-11-09T02", "2024-11-09T03", "2024-11-09T04"):
        store.disk.put("demo", "source", hour, "odd.ts")
    assert await retention_of(store).once() == 0
    assert left(store) == ["2024-11-09T04/odd.ts"]


async def test_chat_stays() -> None:
    store = MemoryStore()
    put(store, *YOUNG)
    store.disk.put("demo", "chat", "2024-11-09T01", "x.json")
    await retention_of(store).once()
    assert left(store, quality="chat") == ["2024-11-09T01/x.json"]


class Stubborn(MemoryStore):
    """Refuses to list or to remove some things."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self._refused = refused

    def _check(self, *place: str) -> None:
        if any(refused in "/".join(place) for refused in self._refused):
            raise StoreUnavailable("the disk says no")

    async def channels(self) -> list[str]:
        self._check("all")
        return await super().channels()

    async def qualities(self, channel: str) -> list[str]:
        self._check("qualities", channel)
        return await super().qualities(channel)

    async def hours(self, channel: str, quality: str) -> list[str]:
        self._check("hours", channel, quality)
        return await super().hours(channel, quality)

    async def listing(self, channel: str, quality: str, hour: str) -> HourListing:
        self._check("listing", channel, quality, hour)
        return await super().listing(channel, quality, hour)

    async def remove(self, channel: str, quality: str, segment: Segment) -> None:
        self._check("remove", segment.path)
        await super().remove(channel, quality, segment)

    async def remove_hour(self, channel: str, quality: str, hour: str) -> None:
        self._check("remove_hour", channel, quality, hour)
        await super().remove_hour(channel, quality, hour)


STUBBORN = {
    "a channel that cannot be listed": "qualities/a",
    "a quality that cannot be listed": "hours/a/source",
    "an hour that cannot be listed": "listing/a/source/2024-11-09T03",
    "an hour that cannot be removed": "remove_hour/a/source/2024-11-09T03",
}


@pytest.mark.parametrize("refused", STUBBORN.values(), ids=STUBBORN.keys())
async def test_what_cannot_be_listed_or_removed_stops_nothing_else(refused: str) -> None:
    store = Stubborn(refused)
    for channel in "abc":
        put(store, *OLD, *YOUNG, channel=channel)
    assert await retention_of(store).once() == 6
    assert set(left(store, "a")) == {segment.path for segment in (*OLD, *YOUNG)}
    assert left(store, "b") == left(store, "c") == [segment.path for segment in YOUNG]


async def test_a_file_that_cannot_be_removed_stops_no_other() -> None:
    refused, other = a_segment("04:00:00"), a_segment("04:00:02")
    store = Stubborn(refused.name)
    put(store, refused, other, *YOUNG)
    assert await retention_of(store).once() == 1
    assert left(store) == [segment.path for segment in (refused, *YOUNG)]


async def test_a_store_that_cannot_be_listed_is_tried_again() -> None:
    assert await retention_of(Stubborn("all")).once() == 0
