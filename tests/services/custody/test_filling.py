"""Facts of files that came from elsewhere are filled in; whatever the files are, and at no cost once it is done."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.fakes.recording import START, Recorded, at_us, media, record
from tests.fakes.tone_stream import stored

from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import StoreUnavailable
from longtake.core.facts import Container, SegmentFacts
from longtake.core.inspection import INSPECTION_VERSION
from longtake.core.listing import HourListing
from longtake.core.names import tombstone_of
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US, format_us
from longtake.services.custody.filling import FactsFilling

AT = ("demo", "source")
HOUR = "2024-11-24T04"
LATER = "2024-11-24T06:00:00Z"


class SteppedClock:
    """Goes on when somebody sleeps, or says so."""

    def __init__(self, now: str = LATER) -> None:
        self.us = at_us(now)
        self.slept: list[float] = []

    def now_us(self) -> int:
        return self.us

    def monotonic_s(self) -> float:
        return self.us / SECOND_US

    async def sleep(self, delay_s: float) -> None:
        self.slept.append(delay_s)
        self.us += round(delay_s * SECOND_US)


class WatchedStore(DiskStore):
    """Remembers what was listed and read; refuses to read ``unreadable``, and to list the channel ``failing``."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.listed: list[str] = []
        self.was_read: list[str] = []
        self.unreadable: set[str] = set()
        self.failing: str | None = None

    async def hours(self, channel: str, quality: str) -> list[str]:
        """See ``SegmentStore``."""
        if channel == self.failing:
            raise StoreUnavailable("cannot list: Input/output error")
        return await super().hours(channel, quality)

    async def listing(self, channel: str, quality: str, hour: str) -> HourListing:
        """See ``SegmentStore``."""
        self.listed.append(hour)
        return await super().listing(channel, quality, hour)

    async def read(self, channel: str, quality: str, segment: Segment) -> bytes:
        """See ``SegmentStore``."""
        self.was_read.append(segment.name)
        if segment.name in self.unreadable:
            raise StoreUnavailable("cannot read: Input/output error")
        return await super().read(channel, quality, segment)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchedStore]:
    store = WatchedStore(tmp_path)
    yield store
    store.close()


def copied(store: DiskStore, start: str = START, count: int = 5, *, quality: str = "source") -> list[Segment]:
    """Files put into their folder by hand."""
    start_us = at_us(start)
    segments = [
        stored(
            content,
            store.layout.quality("demo", quality),
            start_us=start_us + index * 2 * SECOND_US,
            duration_s=2.0,
        )
        for index, content in enumerate(media(start_us, count))
    ]
    settle(store)
    return segments


def settle(store: DiskStore) -> None:
    """All folders are as old as the media: what was changed a moment ago is never believed to be unchanged."""
    for folder in store.layout.root.glob("*/*/*"):
        os.utime(folder, (at_us(START) / SECOND_US,) * 2)


def damage(store: DiskStore, segment: Segment) -> Path:
    path = store.layout.quality(*AT) / segment.path
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    return path


def filling_of(
    store: DiskStore, clock: SteppedClock | None = None, registry: CollectorRegistry | None = None
) -> FactsFilling:
    return FactsFilling(store, clock or SteppedClock(), registry=registry or CollectorRegistry())


async def filled(filling: FactsFilling) -> dict[str, object]:
    """Until nothing is left to do; the status then."""
    await filling.survey()
    while await filling.fill():
        await filling.survey()
    details = filling.details()["facts"]
    assert isinstance(details, dict)
    return details


async def known(store: DiskStore, hour: str = HOUR) -> dict[str, SegmentFacts]:
    return dict(await store.facts(*AT, [hour]))


async def test_files_that_were_copied_into_the_store_get_their_facts(store: WatchedStore) -> None:
    segments = copied(store)
    told = await filled(filling_of(store))
    facts = await known(store)
    assert list(facts) == [segment.name for segment in reversed(segments)]
    for segment in segments:
        one = facts[segment.name]
        assert (one.container, one.width, one.height, one.frame_rate) == (Container.MPEG_TS, 320, 180, 30.0)
        assert (one.starts_with_idr, one.doubt, one.looked) == (True, None, INSPECTION_VERSION)
        assert (one.verified_us, one.recorded_us, one.source_sequence) == (at_us(LATER), None, None)
    assert (told["hours"], told["hours_to_do"], told["segments_to_do"]) == (1, 0, 0)
    assert (told["looked"], told["damaged"]) == (5, 0)


async def test_what_the_recorder_knew_stays_and_is_looked_into_by_todays_look(store: WatchedStore) -> None:
    recorded = await record(store, count=3)
    before = await known(store)
    await store.note_facts(
        *AT, HOUR, [replace(one, looked=None, first_pts=None, source_sequence=5) for one in before.values()]
    )
    await filled(filling_of(store))
    for one in recorded:
        facts = (await known(store))[one.segment.name]
        assert facts.looked == INSPECTION_VERSION
        assert facts.first_pts is not None
        assert (facts.source_sequence, facts.dating) == (5, before[one.segment.name].dating)
        assert facts.recorded_us == before[one.segment.name].recorded_us


@pytest.mark.parametrize(
    ("spoilt", "left"),
    [(b"", 0), (b'[7]\n\xff\x00{"name":5}\n' * 50, 0), (None, 4)],
    ids=["emptied", "overwritten with noise", "torn at its end"],
)
async def test_facts_that_were_lost_are_filled_in_again(
    store: WatchedStore, spoilt: bytes | None, left: int
) -> None:
    segments = copied(store)
    await filled(filling_of(store))
    whole, path = await known(store), store.layout.facts(*AT, HOUR)
    path.write_bytes(path.read_bytes()[:-20] if spoilt is None else spoilt)
    fresh = WatchedStore(store.layout.root)
    assert len(await known(fresh)) == left
    await filled(filling_of(fresh))
    assert await known(fresh) == whole
    assert len(fresh.was_read) == len(segments) - left
    fresh.close()


async def test_once_all_is_known_nothing_is_listed_or_read_again(store: WatchedStore) -> None:
    copied(store)
    copied(store, "2024-11-24T05:00:00Z")
    filling = filling_of(store)
    await filled(filling)
    await filling.survey()
    store.listed.clear()
    store.was_read.clear()
    for _ in range(3):
        await filling.survey()
        assert not await filling.fill()
    assert (store.listed, store.was_read) == ([], [])


async def test_only_the_hour_that_changed_is_looked_at(store: WatchedStore) -> None:
    for hour in ("02", "03", "04", "05"):
        copied(store, f"2024-11-24T{hour}:00:00Z", 2)
    filling = filling_of(store)
    await filled(filling)
    await filling.survey()
    store.listed.clear()
    store.was_read.clear()
    (*_, newest) = copied(store, "2024-11-24T02:00:00Z", 3)
    os.utime(store.layout.quality(*AT) / newest.hour)
    await filled(filling)
    assert set(store.listed) == {"2024-11-24T02"}
    assert store.was_read == [newest.name]


async def test_newer_hours_come_first_and_so_do_newer_segments(store: WatchedStore) -> None:
    hours = [copied(store, f"2024-11-24T{hour}:00:00Z", 2) for hour in ("03", "04", "05")]
    await filled(filling_of(store))
    assert store.was_read == [one.name for hour in reversed(hours) for one in reversed(hour)]


async def test_what_may_still_be_with_its_recorder_is_left_to_it_for_a_minute(store: WatchedStore) -> None:
    segments = copied(store)
    clock = SteppedClock("2024-11-24T04:01:06Z")
    filling = filling_of(store, clock)
    await filled(filling)
    assert set(await known(store)) == {segment.name for segment in segments[:3]}
    clock.us += 10 * SECOND_US
    await filled(filling)
    assert set(await known(store)) == {segment.name for segment in segments}


async def test_a_damaged_file_is_told_not_deleted_and_read_again_only_when_its_hour_changes(
    store: WatchedStore,
) -> None:
    segments = copied(store)
    path = damage(store, segments[2])
    clock, registry = SteppedClock(), CollectorRegistry()
    filling = filling_of(store, clock, registry)
    with capture_logs() as logs:
        told = await filled(filling)
        await filled(filling)
    assert [log["path"] for log in logs if log["log_level"] == "error"] == [segments[2].path]
    assert (told["looked"], told["damaged"], told["segments_to_do"]) == (4, 1, 0)
    assert told["damaged_files"] == [f"demo/source/{segments[2].path}"]
    labels = {"channel": "demo", "quality": "source"}
    assert registry.get_sample_value("longtake_damaged_segments", labels) == 1
    assert path.exists()
    assert store.was_read.count(segments[2].name) == 1
    path.unlink()
    copied(store)
    os.utime(path.parent)
    clock.us += 61 * SECOND_US
    told = await filled(filling)
    assert (told["looked"], told["damaged"]) == (5, 0)
    assert registry.get_sample_value("longtake_damaged_segments", labels) == 0


async def test_what_is_not_understood_is_noted_and_not_looked_at_again(store: WatchedStore) -> None:
    page = stored(b"<!doctype html>", store.layout.quality(*AT), start_us=at_us(START), duration_s=2.0)
    settle(store)
    told = await filled(filling_of(store))
    assert (told["looked"], told["not_understood"]) == (1, 1)
    facts = (await known(store))[page.name]
    assert (facts.container, facts.looked) == (Container.OTHER, INSPECTION_VERSION)
    assert facts.doubt
    await filled(filling_of(store))
    assert store.was_read == [page.name]


async def test_what_is_suppressed_is_not_read(store: WatchedStore) -> None:
    segments = copied(store, count=2)
    (store.layout.quality(*AT) / HOUR / tombstone_of(segments[0].name)).touch()
    settle(store)
    await filled(filling_of(store))
    assert store.was_read == [segments[1].name]


async def test_one_file_that_cannot_be_read_keeps_none_of_the_others_waiting(store: WatchedStore) -> None:
    segments = copied(store)
    store.unreadable = {segments[4].name, segments[2].name}
    clock = SteppedClock()
    filling = filling_of(store, clock)
    told = await filled(filling)
    assert (told["looked"], told["damaged"]) == (3, 2)
    store.unreadable = set()
    clock.us += 61 * SECOND_US
    told = await filled(filling)
    assert (told["looked"], told["damaged"]) == (5, 0)


async def test_a_disk_that_fails_is_told_and_tried_again_until_it_is_well(store: WatchedStore) -> None:
    segments = copied(store)
    store.unreadable = {segment.name for segment in segments}
    clock = SteppedClock()
    filling = filling_of(store, clock)
    work = asyncio.create_task(filling.run())

    async def until(condition: object) -> None:
        async with asyncio.timeout(20):
            while not condition():  # type: ignore[operator]
                await asyncio.sleep(0.01)

    def told() -> dict[str, object]:
        return filling.details()["facts"]  # type: ignore[return-value]

    await until(lambda: told()["trouble"])
    assert "Input/output error" in str(told()["trouble"])
    store.unreadable = set()
    await until(lambda: told()["looked"] == 5 and not told()["trouble"])
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_it_reads_no_more_in_a_second_than_it_may(store: WatchedStore) -> None:
    segments = copied(store)
    clock = SteppedClock()
    total = sum((store.layout.quality(*AT) / one.path).stat().st_size for one in segments)
    filling = FactsFilling(store, clock, registry=CollectorRegistry(), bytes_per_s=total // 10)
    await filled(filling)
    assert sum(clock.slept) == pytest.approx(10, rel=0.01)


async def test_a_slice_ends_so_that_what_is_newer_comes_first(store: WatchedStore) -> None:
    old = copied(store, count=5)
    clock = SteppedClock()
    size = (store.layout.quality(*AT) / old[0].path).stat().st_size
    filling = FactsFilling(store, clock, registry=CollectorRegistry(), bytes_per_s=size // 20)
    await filling.survey()
    assert await filling.fill()
    assert len(await known(store)) < 5
    new = copied(store, "2024-11-24T05:00:00Z", 1)
    store.was_read.clear()
    await filled(filling)
    assert store.was_read[0] == new[0].name


async def test_what_was_noted_meanwhile_is_not_lost(store: WatchedStore) -> None:
    """The recorder's own facts come while filling in looks at the same file."""
    segments = copied(store, count=1)
    filling = filling_of(store)
    await filling.survey()
    own = SegmentFacts(name=segments[0].name, size_bytes=1, source_sequence=3, looked=INSPECTION_VERSION)
    read = store.read

    async def read_slowly(channel: str, quality: str, segment: Segment) -> bytes:
        await store.note_facts(*AT, HOUR, [own])
        return await read(channel, quality, segment)

    store.read = read_slowly  # type: ignore[method-assign]
    await filling.fill()
    assert await known(store) == {own.name: own}


async def test_of_an_hour_that_is_removed_meanwhile_no_facts_are_left(store: WatchedStore) -> None:
    copied(store, count=2)
    filling = filling_of(store)
    await filling.survey()
    read = store.read

    async def then_removed(channel: str, quality: str, segment: Segment) -> bytes:
        content = await read(channel, quality, segment)
        await store.remove_hour(*AT, HOUR)
        return content

    store.read = then_removed  # type: ignore[method-assign]
    await filling.fill()
    assert not store.layout.facts(*AT, HOUR).exists()


async def test_a_quality_that_goes_is_forgotten(store: WatchedStore) -> None:
    copied(store, quality="480p")
    registry = CollectorRegistry()
    filling = filling_of(store, registry=registry)
    await filled(filling)
    labels = {"channel": "demo", "quality": "480p"}
    assert registry.get_sample_value("longtake_facts_to_do_segments", labels) == 0
    for path in sorted((store.layout.root / "demo").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    told = await filled(filling)
    assert told["hours"] == 0
    assert registry.get_sample_value("longtake_facts_to_do_segments", labels) is None


async def test_a_quality_whose_disk_fails_keeps_none_of_the_others_waiting(store: WatchedStore) -> None:
    segments = copied(store)
    (store.layout.root / "aaa" / "source" / "2024-11-24T05").mkdir(parents=True)
    settle(store)
    filling, store.failing = filling_of(store), "aaa"
    with pytest.raises(StoreUnavailable):
        await filling.survey()
    await filling.fill()
    assert len(await known(store)) == len(segments)


async def test_a_quality_that_goes_after_a_survey_that_failed_is_forgotten(store: WatchedStore) -> None:
    copied(store)
    (store.layout.root / "zzz" / "source" / HOUR).mkdir(parents=True)
    filling, store.failing = filling_of(store), "zzz"
    with pytest.raises(StoreUnavailable):
        await filling.survey()
    shutil.rmtree(store.layout.root / "demo")
    store.failing = None
    assert (await filled(filling))["segments_to_do"] == 0


async def test_others_files_show_how_far_apart_we_are(store: WatchedStore) -> None:
    recorded: list[Recorded] = await record(store, count=5)
    facts = await known(store)
    await store.note_facts(*AT, HOUR, [replace(one, source_sequence=1) for one in facts.values()])
    for one in recorded:
        stored(
            one.content, store.layout.quality(*AT), start_us=one.segment.start_us - 700_000, duration_s=2.0
        )
    registry = CollectorRegistry()
    filling = filling_of(store, registry=registry)
    await filled(filling)
    assert filling.details()["skews"] == [
        {
            "channel": "demo",
            "quality": "source",
            "skew_s": -0.7,
            "spread_s": 0.0,
            "segments": 5,
            "newest": format_us(recorded[-1].segment.start_us),
        }
    ]
    labels = {"channel": "demo", "quality": "source"}
    assert registry.get_sample_value("longtake_skew_seconds", labels) == -0.7
