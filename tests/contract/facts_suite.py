"""What every ``SegmentStore`` promises of facts."""

from __future__ import annotations

import pytest
from tests.contract.place import HOUR, START_US, Place, keep, keep_one, writing

from longtake.adapters.store.interface import HourStamp, SegmentStore
from longtake.core.errors import StoreUnavailable
from longtake.core.facts import SegmentFacts
from longtake.core.names import tombstone_of
from longtake.core.times import SECOND_US


def facts_of(name: str, size_bytes: int = 1) -> SegmentFacts:
    return SegmentFacts(name=name, size_bytes=size_bytes)


class FactsSuite:
    """Part of ``StoreSuite``."""

    async def test_facts_that_are_noted_add_to_what_is_known_and_replace_it(
        self, store: SegmentStore
    ) -> None:
        segment = await keep_one(store, b"four")
        await store.note_facts("demo", "source", HOUR, [facts_of("a.ts"), facts_of("b.ts")])
        await store.note_facts("demo", "source", HOUR, [])
        await store.note_facts("demo", "source", HOUR, [facts_of("b.ts", 2), facts_of(segment.name, 5)])
        assert await store.facts("demo", "source", [HOUR]) == {
            "a.ts": facts_of("a.ts"),
            "b.ts": facts_of("b.ts", 2),
            segment.name: facts_of(segment.name, 5),
        }

    async def test_facts_that_are_replaced_are_gone(self, place: Place, store: SegmentStore) -> None:
        segment = await keep_one(store, b"four")
        assert set(await store.facts("demo", "source", [HOUR])) == {segment.name}
        await store.replace_facts("demo", "source", HOUR, [facts_of("a.ts"), facts_of("b.ts")])
        for one in (store, place.open()):
            assert set(await one.facts("demo", "source", [HOUR])) == {"a.ts", "b.ts"}
        async with writing(store) as writer:
            later = await keep(writer, b"x", start_us=START_US + 2 * SECOND_US)
        assert set(await store.facts("demo", "source", [HOUR])) == {"a.ts", "b.ts", later.name}
        await store.replace_facts("demo", "source", HOUR, [])
        assert await store.facts("demo", "source", [HOUR]) == {}

    async def test_facts_of_what_somebody_else_put_here_can_be_noted(
        self, place: Place, store: SegmentStore
    ) -> None:
        place.put("demo", "480p", HOUR, "10:00.000000-2.0-full-x.ts")
        await store.note_facts("demo", "480p", HOUR, [facts_of("a.ts")])
        await store.replace_facts("demo", "480p", "2024-11-09T22", [facts_of("b.ts")])
        assert set(await store.facts("demo", "480p", [HOUR, "2024-11-09T22"])) == {"a.ts", "b.ts"}

    async def test_noting_nothing_makes_nothing_and_facts_make_no_channel(self, store: SegmentStore) -> None:
        await store.note_facts("demo", "source", HOUR, [])
        await store.replace_facts("demo", "source", HOUR, [])
        with pytest.raises(StoreUnavailable):
            await store.note_facts("demo", "source", HOUR, [facts_of("a.ts")])
        with pytest.raises(StoreUnavailable):
            await store.replace_facts("demo", "source", HOUR, [facts_of("a.ts")])
        assert await store.channels() == []

    async def test_a_stamp_changes_with_names_and_with_facts(self, place: Place, store: SegmentStore) -> None:
        async def stamp() -> HourStamp:
            return (await store.stamps("demo", "source", [HOUR]))[0]

        nothing = HourStamp(names_ns=0, facts_bytes=0)
        assert await store.stamps("demo", "source", [HOUR, "2024-11-09T22"]) == [nothing, nothing]
        segment = await keep_one(store)
        seen = [await stamp()]
        await store.note_facts("demo", "source", HOUR, [facts_of("a.ts")])
        seen.append(await stamp())
        place.put("demo", "source", HOUR, tombstone_of(segment.name))
        seen.append(await stamp())
        assert nothing not in seen
        assert len(set(seen)) == len(seen)
        assert seen[2].facts_bytes == seen[1].facts_bytes != seen[0].facts_bytes
