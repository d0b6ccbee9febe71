"""What every ``SegmentStore`` promises to those who take over what peers have: second names, chat batches, tombstones."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest
from tests.contract.place import HOUR, START_US, Place, a_batch, keep, keep_one, renamed, writing

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import Corrupt, InvalidName, InvalidTime, NotFound
from longtake.core.facts import SegmentFacts
from longtake.core.names import tombstone_of
from longtake.core.segments import SegmentType, named_segment
from longtake.core.times import HOUR_US, SECOND_US

NEXT_HOUR = "2024-11-10T00"


class ReplicationSuite:
    """Part of ``StoreSuite``."""

    # Second names

    async def test_a_second_name_leads_to_the_same_content_and_the_first_one_stays(
        self, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            second = renamed(first)
            assert await writer.keep_second_name(second, first)
        listing = await store.listing("demo", "source", HOUR)
        assert listing.names == (first.name, second.name)
        for segment in (first, second):
            assert await store.read("demo", "source", segment) == b"the same content"

    async def test_a_second_name_survives_the_removal_of_the_first(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            second = renamed(first)
            await writer.keep_second_name(second, first)
        await store.remove("demo", "source", first)
        assert await store.read("demo", "source", second) == b"the same content"

    async def test_a_second_name_may_lie_in_another_hour(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            second = renamed(first, later_us=HOUR_US)
            assert await writer.keep_second_name(second, first)
        assert await store.hours("demo", "source") == [HOUR, NEXT_HOUR]
        assert await store.read("demo", "source", second) == b"the same content"
        assert set(await store.facts("demo", "source", [NEXT_HOUR])) == {second.name}

    async def test_a_second_name_has_the_facts_of_the_content_but_no_place_in_a_source(
        self, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            known = SegmentFacts(name=first.name, size_bytes=16, codecs="avc1", source_sequence=77)
            await store.note_facts("demo", "source", HOUR, [known])
            second = renamed(first)
            await writer.keep_second_name(second, first)
        facts = await store.facts("demo", "source", [HOUR])
        assert facts[second.name] == replace(known, name=second.name, source_sequence=None)
        assert facts[first.name] == known

    async def test_of_what_an_older_node_stored_the_second_name_tells_the_size(
        self, place: Place, store: SegmentStore
    ) -> None:
        first = named_segment(
            start_us=START_US,
            duration_s=2.0,
            type=SegmentType.FULL,
            digest=hashlib.sha256(b"theirs").digest(),
        )
        place.put("demo", "source", HOUR, first.name, b"theirs")
        second = renamed(first)
        async with writing(store) as writer:
            assert await writer.keep_second_name(second, first)
        facts = await store.facts("demo", "source", [HOUR])
        assert facts == {second.name: SegmentFacts(name=second.name, size_bytes=6)}

    async def test_a_second_name_that_is_there_stays_as_it_is(
        self, place: Place, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            second = renamed(first)
            place.put("demo", "source", HOUR, second.name, b"already there")
            assert not await writer.keep_second_name(second, first)
            assert not await writer.keep_second_name(first, first)
        assert await store.read_head("demo", "source", second, 99) == b"already there"
        assert set(await store.facts("demo", "source", [HOUR])) == {first.name}

    async def test_a_damaged_file_gets_no_second_name(self, place: Place, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            place.put("demo", "source", HOUR, first.name, b"the same c")
            with pytest.raises(Corrupt, match="damaged"):
                await writer.keep_second_name(renamed(first), first)
        assert (await store.listing("demo", "source", HOUR)).names == (first.name,)
        assert await store.hours("demo", "source") == [HOUR]

    async def test_a_file_of_other_content_gives_it_no_second_name(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            other = replace(renamed(first), digest=bytes(32))
            with pytest.raises(Corrupt):
                await writer.keep_second_name(other, first)

    async def test_what_is_gone_gives_no_second_name(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            await store.remove("demo", "source", first)
            with pytest.raises(NotFound):
                await writer.keep_second_name(renamed(first, later_us=HOUR_US), first)
        assert await store.hours("demo", "source") == []

    @pytest.mark.parametrize("bad", ["notes.ts", "../other.ts", "10:00.000000-2.0-full-x.json"])
    async def test_second_names_are_those_of_segments(self, store: SegmentStore, bad: str) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            with pytest.raises(InvalidName):
                await writer.keep_second_name(replace(first, name=bad), first)
            with pytest.raises(InvalidName):
                await writer.keep_second_name(renamed(first), replace(first, name=bad))

    async def test_a_full_segment_that_is_a_second_name_is_had(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            later_us = START_US + 10 * SECOND_US
            assert not await writer.has_full(start_us=later_us, duration_s=2.0)
            await writer.keep_second_name(renamed(first, later_us=10 * SECOND_US), first)
            assert await writer.has_full(start_us=later_us, duration_s=2.0)

    async def test_many_may_be_kept_at_once_and_each_is_kept_once(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"the same content")
            names = [renamed(first, later_us=1000 * number) for number in range(1, 11)]
            kept = await asyncio.gather(*(writer.keep_second_name(name, first) for name in names * 3))
        assert sum(kept) == 10
        assert (await store.listing("demo", "source", HOUR)).names == (
            first.name,
            *(name.name for name in names),
        )
        assert set(await store.facts("demo", "source", [HOUR])) == {
            first.name,
            *(name.name for name in names),
        }

    # What is here

    async def test_a_file_is_here_or_its_tombstone_is(self, place: Place, store: SegmentStore) -> None:
        async with writing(store) as writer:
            assert not await writer.is_here(HOUR, "other.ts")
            segment = await keep(writer, b"x")
            assert await writer.is_here(HOUR, segment.name)
            assert not await writer.is_here(NEXT_HOUR, segment.name)
            suppressed = renamed(segment)
            place.put("demo", "source", HOUR, tombstone_of(suppressed.name))
            assert await writer.is_here(HOUR, suppressed.name), "as soon as another process has made it"
            await store.remove("demo", "source", segment)
            assert not await writer.is_here(HOUR, segment.name)

    @pytest.mark.parametrize("bad", ["", "..", "a/b", ".hidden", "a\0b"])
    async def test_what_can_be_no_name_is_refused(self, store: SegmentStore, bad: str) -> None:
        async with writing(store) as writer:
            with pytest.raises(InvalidName):
                await writer.is_here(HOUR, bad)
            with pytest.raises(InvalidTime):
                await writer.is_here("lately", "a.ts")

    # Chat

    async def test_a_chat_batch_is_kept_under_its_name(self, store: SegmentStore) -> None:
        batch = a_batch(b'[{"text": "hello"}]')
        async with store.open_writer("demo", "chat", "replicate") as writer:
            await writer.keep_chat(batch, b'[{"text": "hello"}]')
            assert await writer.is_here(HOUR, batch.name)
            await writer.keep_chat(batch, b'[{"text": "hello"}]')
        assert (await store.listing("demo", "chat", HOUR)).names == (batch.name,)
        assert [one.count for one in await store.digests("demo", "chat")] == [1]
        assert await store.qualities("demo") == ["chat"]

    async def test_a_chat_batch_of_other_bytes_is_refused(self, place: Place, store: SegmentStore) -> None:
        async with store.open_writer("demo", "chat", "replicate") as writer:
            with pytest.raises(Corrupt, match="other bytes"):
                await writer.keep_chat(a_batch(b"[]"), b"[ ]")
            assert place.in_flight() == 0
        assert await store.hours("demo", "chat") == []

    @pytest.mark.parametrize("bad", ["notes.json", "../10:00-x.json", "10:00.ts"])
    async def test_chat_names_are_checked(self, store: SegmentStore, bad: str) -> None:
        async with store.open_writer("demo", "chat", "replicate") as writer:
            with pytest.raises(InvalidName):
                await writer.keep_chat(replace(a_batch(b"[]"), name=bad), b"[]")
            with pytest.raises(InvalidTime):
                await writer.keep_chat(replace(a_batch(b"[]"), hour="lately"), b"[]")

    # Tombstones

    async def test_a_tombstone_hides_a_segment_whose_file_stays(self, store: SegmentStore) -> None:
        segment = await keep_one(store, b"shown too much")
        before = await store.digests("demo", "source")
        assert await store.suppress("demo", "source", HOUR, segment.name)
        listing = await store.listing("demo", "source", HOUR)
        assert (listing.names, listing.tombstones) == ((), (tombstone_of(segment.name),))
        assert await store.read("demo", "source", segment) == b"shown too much"
        assert await store.digests("demo", "source") != before
        async with writing(store) as writer:
            assert not await writer.has_full(start_us=START_US, duration_s=2.0)

    async def test_a_tombstone_that_is_there_stays(self, store: SegmentStore) -> None:
        segment = await keep_one(store)
        made = [await store.suppress("demo", "source", HOUR, segment.name) for _ in range(3)]
        assert made == [True, False, False]
        assert not await store.suppress("demo", "source", HOUR, tombstone_of(segment.name))

    async def test_one_can_be_made_for_what_is_not_here_also_where_nothing_is(
        self, store: SegmentStore
    ) -> None:
        name = named_segment(start_us=START_US, duration_s=2.0, type=SegmentType.FULL, digest=bytes(32)).name
        assert await store.suppress("demo", "source", HOUR, name)
        assert (await store.listing("demo", "source", HOUR)).tombstones == (tombstone_of(name),)
        assert await store.hours("demo", "source") == [HOUR]
        async with writing(store) as writer:
            assert await writer.is_here(HOUR, name)

    async def test_one_that_is_removed_brings_its_file_into_sight_again(self, store: SegmentStore) -> None:
        segment = await keep_one(store, b"seen again")
        before = (await store.listing("demo", "source", HOUR)).names
        assert not await store.reveal("demo", "source", HOUR, segment.name)
        await store.suppress("demo", "source", HOUR, segment.name)
        assert await store.reveal("demo", "source", HOUR, tombstone_of(segment.name))
        listing = await store.listing("demo", "source", HOUR)
        assert (listing.names, listing.tombstones) == (before, ())
        assert await store.read("demo", "source", segment) == b"seen again"
        assert not await store.reveal("demo", "source", HOUR, segment.name)

    async def test_one_that_is_removed_where_nothing_is_leaves_nothing(self, store: SegmentStore) -> None:
        segment = await keep_one(store)
        other = renamed(segment, later_us=HOUR_US)
        await store.suppress("demo", "source", NEXT_HOUR, other.name)
        assert await store.hours("demo", "source") == [HOUR, NEXT_HOUR]
        assert await store.reveal("demo", "source", NEXT_HOUR, other.name)
        assert await store.hours("demo", "source") == [HOUR]

    async def test_one_is_made_beside_whoever_writes(self, store: SegmentStore) -> None:
        async with writing(store) as writer, store.open_writer("demo", "source", "replicate"):
            segment = await keep(writer, b"x")
            assert await store.suppress("demo", "source", HOUR, segment.name)
            later = await keep(writer, b"y", start_us=START_US + 2 * SECOND_US)
        assert (await store.listing("demo", "source", HOUR)).segments == (later,)

    async def test_many_who_make_the_same_make_one(self, store: SegmentStore) -> None:
        segment = await keep_one(store)
        calls = (store.suppress("demo", "source", HOUR, segment.name) for _ in range(10))
        assert sum(await asyncio.gather(*calls)) == 1

    async def test_a_chat_batch_has_one_too(self, store: SegmentStore) -> None:
        batch = a_batch(b"[]")
        async with store.open_writer("demo", "chat", "replicate") as writer:
            await writer.keep_chat(batch, b"[]")
            assert await store.suppress("demo", "chat", HOUR, batch.name)
            assert await writer.is_here(HOUR, batch.name)
        listing = await store.listing("demo", "chat", HOUR)
        assert (listing.names, listing.tombstones) == ((), (tombstone_of(batch.name),))

    @pytest.mark.parametrize(
        ("quality", "name"),
        [
            ("source", "notes.ts"),
            ("source", "10:00-2jmj7l5rSw0yVb_vlWAYkK_YBwk8K1Nkz3oFmIO2Q6U.json"),
            ("source", "../10:00.000000-2.0-full-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.ts"),
            ("source", ".tombstone"),
            ("chat", "10:00.000000-2.0-full-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.ts"),
            ("chat", "10:00.json"),
        ],
        ids=[
            "no segment",
            "a chat batch among segments",
            "a path",
            "a tombstone of nothing",
            "a segment in chat",
            "no chat batch",
        ],
    )
    async def test_what_is_no_name_of_a_file_has_none(
        self, store: SegmentStore, quality: str, name: str
    ) -> None:
        with pytest.raises(InvalidName):
            await store.suppress("demo", quality, HOUR, name)
        assert await store.channels() == []
