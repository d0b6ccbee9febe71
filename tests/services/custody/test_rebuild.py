"""Facts that were lost are made again, equal to what was written first; beside whatever else is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from tests.fakes.recording import START, Recorded, at_us, record
from tests.fakes.tone_stream import stored

from longtake.adapters.store.disk import DiskStore
from longtake.core.facts import Container, Dating, SegmentFacts
from longtake.core.names import tombstone_of
from longtake.core.segments import SegmentType
from longtake.kit.clock import SystemClock
from longtake.services.custody.looking import joined, look
from longtake.services.custody.rebuild import FactsRebuild, Rebuilt

AT = ("demo", "source")
HOUR = "2024-11-24T04"


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[DiskStore]:
    store = DiskStore(tmp_path)
    yield store
    store.close()


async def looked_into(store: DiskStore) -> tuple[list[Recorded], dict[str, SegmentFacts]]:
    """A recording with the facts that a recorder writes."""
    recorded = await record(store, count=4, types={3: SegmentType.SUSPECT})
    facts = {}
    for number, one in enumerate(recorded):
        own = SegmentFacts(
            name=one.segment.name,
            size_bytes=len(one.content),
            source_sequence=number,
            discontinuity=number == 1,
            target_duration_s=2,
            dating=Dating.STATED,
            doubt="it came too slowly" if number == 3 else None,
            recorded_us=at_us(START) + number,
        )
        facts[own.name] = joined(one.segment, look(one.segment, one.content, now_us=at_us(START)), own)
    await store.replace_facts(*AT, HOUR, list(facts.values()))
    return recorded, facts


async def rebuilt(store: DiskStore, *, since_us: int = 0) -> Rebuilt:
    rebuild = FactsRebuild(store, SystemClock())
    for hour in await rebuild.hours(["demo"], None, since_us=since_us):
        await rebuild.rebuild(hour, lambda: None)
    return rebuild.done


async def known(store: DiskStore) -> dict[str, SegmentFacts]:
    return {name: replace(one, verified_us=None) for name, one in (await store.facts(*AT, [HOUR])).items()}


def unverified(facts: dict[str, SegmentFacts]) -> dict[str, SegmentFacts]:
    return {name: replace(one, verified_us=None) for name, one in facts.items()}


async def test_facts_that_are_there_are_made_again_the_same(store: DiskStore) -> None:
    recorded, facts = await looked_into(store)
    done = await rebuilt(store)
    assert await known(store) == unverified(facts)
    assert (done.hours, done.segments, done.damaged) == (1, 4, [])
    assert done.bytes == sum(len(one.content) for one in recorded)
    verified_us = {one.verified_us for one in (await store.facts(*AT, [HOUR])).values()}
    assert min(us or 0 for us in verified_us) > at_us(START)


LOSSES = {
    "removed": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "torn at its end": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "overwritten with noise": lambda path: path.write_bytes(bytes(range(256)) * 40),
    "filled with lines of something else": lambda path: path.write_text('[]\n{"name":7}\n' * 100),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
async def test_what_the_content_tells_comes_back_whatever_befell_the_file(
    store: DiskStore, lose: object
) -> None:
    recorded, facts = await looked_into(store)
    path = store.layout.facts(*AT, HOUR)
    before = await known(store)
    lose(path)  # type: ignore[operator]
    fresh = DiskStore(store.layout.root)
    left = dict(await fresh.facts(*AT, [HOUR]))
    await rebuilt(fresh)
    now = await known(fresh)
    assert set(now) == {one.segment.name for one in recorded}
    for name, one in now.items():
        # What only its recorder knew is lost with the last line that said so.
        whole = (
            before[name]
            if name in left
            else replace(
                before[name],
                source_sequence=None,
                discontinuity=False,
                target_duration_s=None,
                dating=None,
                recorded_us=None,
                doubt=None,
            )
        )
        assert one == whole
    fresh.close()
    assert all(line.startswith('{"name"') for line in path.read_text().splitlines())
    assert facts


async def test_a_damaged_file_keeps_its_old_facts_and_stays(store: DiskStore) -> None:
    recorded, facts = await looked_into(store)
    segment = recorded[1].segment
    path = store.layout.quality(*AT) / segment.path
    path.write_bytes(recorded[1].content[:-1] + b"x")
    done = await rebuilt(store)
    assert done.damaged == [f"demo/source/{segment.path}"]
    assert (done.segments, done.gone) == (3, 0)
    assert await known(store) == unverified(facts)
    assert path.exists()


async def test_facts_of_what_is_suppressed_stay_for_it_may_come_back(store: DiskStore) -> None:
    recorded, facts = await looked_into(store)
    (store.layout.quality(*AT) / HOUR / tombstone_of(recorded[0].segment.name)).touch()
    done = await rebuilt(store)
    assert (done.segments, done.dropped) == (3, 0)
    assert await known(store) == unverified(facts)


async def test_facts_of_what_is_gone_are_forgotten(store: DiskStore) -> None:
    recorded, _ = await looked_into(store)
    (store.layout.quality(*AT) / recorded[0].segment.path).unlink()
    done = await rebuilt(store)
    assert done.dropped == 1
    assert set(await known(store)) == {one.segment.name for one in recorded[1:]}


async def test_an_hour_that_grows_loses_nothing_that_its_recorder_notes_meanwhile(
    store: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, facts = await looked_into(store)
    monkeypatch.setattr(SystemClock, "now_us", lambda self: at_us("2024-11-24T05:09:00Z"))
    new = SegmentFacts(name="a name that came a moment ago", size_bytes=1)
    listing = store.listing

    async def then_noted(channel: str, quality: str, hour: str) -> object:
        await store.note_facts(*AT, HOUR, [new])
        return await listing(channel, quality, hour)

    monkeypatch.setattr(store, "listing", then_noted)
    await rebuilt(store)
    assert await known(store) == unverified({**facts, new.name: new})


async def test_only_hours_that_reach_behind_a_time_are_done(store: DiskStore) -> None:
    await looked_into(store)
    await record(store, start="2024-11-24T06:00:00Z", count=1)
    assert (await rebuilt(store, since_us=at_us("2024-11-24T05:00:00Z"))).segments == 1
    assert (await rebuilt(store, since_us=at_us("2024-11-24T04:59:59Z"))).segments == 5


async def test_what_is_not_understood_is_counted_and_noted(store: DiskStore) -> None:
    page = stored(b"<!doctype html>", store.layout.quality(*AT), start_us=at_us(START), duration_s=2.0)
    done = await rebuilt(store)
    assert (done.segments, done.not_understood) == (1, 1)
    assert (await known(store))[page.name].container is Container.OTHER
