"""What a recorder wrote of its segments, and what is made of them when that is lost: field by field the same."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.fakes.hls_origin import HlsOrigin, gone
from tests.fakes.recorder_bench import count, recording
from tests.fakes.recording import at_us
from tests.services.custody.test_filling import SteppedClock

from longtake.adapters.store.disk import DiskStore
from longtake.core.facts import SegmentFacts
from longtake.kit.clock import SystemClock
from longtake.services.custody.filling import FactsFilling
from longtake.services.custody.rebuild import FactsRebuild

AT = ("demo", "source")
HOUR = "2024-11-24T04"


Recording = tuple[Path, dict[str, SegmentFacts]]
"""A store, and the facts that its recorder noted."""


async def _record(folder: Path) -> dict[str, SegmentFacts]:
    """By a real recorder from a real origin."""
    async with (
        HlsOrigin(discontinuities={2}, troubles={"1": [gone]}) as origin,
        recording(origin.url, folder) as bench,
    ):
        origin.publish(4)
        await bench.until(count(4))
        await bench.stop()
        return dict(await bench.store.facts(*AT, [HOUR]))


@pytest.fixture(scope="module")
def recorded_once(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("recorded")
    facts = asyncio.run(_record(folder))
    assert len(facts) == 4
    return folder, facts


@pytest.fixture
def recorded(recorded_once: Recording, tmp_path: Path) -> Recording:
    folder, facts = recorded_once
    shutil.copytree(folder, tmp_path / "store")
    return tmp_path / "store", facts


def told_by_content(facts: SegmentFacts) -> SegmentFacts:
    """Without what only the recorder knew, and without when."""
    return replace(
        facts,
        source_sequence=None,
        discontinuity=False,
        target_duration_s=None,
        dating=None,
        recorded_us=None,
        verified_us=None,
    )


async def rebuilt(store: DiskStore) -> None:
    rebuild = FactsRebuild(store, SystemClock())
    for hour in await rebuild.hours(["demo"], None, since_us=0):
        await rebuild.rebuild(hour, lambda: None)


async def filled(store: DiskStore) -> None:
    filling = FactsFilling(store, SteppedClock(), registry=CollectorRegistry())
    await filling.survey()
    assert await filling.fill()


@pytest.mark.parametrize("again", [rebuilt, filled], ids=["made anew by a person", "filled in by custody"])
async def test_lost_facts_come_back_as_the_recorder_had_them(recorded: Recording, again: object) -> None:
    folder, before = recorded
    assert all(one.looked and one.first_pts is not None and one.codecs for one in before.values())
    store = DiskStore(folder)
    store.layout.facts(*AT, HOUR).unlink()
    await again(store)  # type: ignore[operator]
    after = await store.facts(*AT, [HOUR])
    assert {name: replace(one, verified_us=None) for name, one in after.items()} == {
        name: told_by_content(one) for name, one in before.items()
    }
    store.close()


async def test_facts_that_are_there_are_made_anew_without_a_difference(recorded: Recording) -> None:
    folder, before = recorded
    store = DiskStore(folder)
    await rebuilt(store)
    after = await store.facts(*AT, [HOUR])
    assert {name: replace(one, verified_us=before[name].verified_us) for name, one in after.items()} == before
    assert min(one.verified_us or 0 for one in after.values()) > at_us("2024-11-24T06:00:00Z")
    store.close()
