"""What every ``SegmentStore`` promises to those who write: keeping, discarding, exclusive writers."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial

import pytest
from tests.contract.place import (
    BIG,
    HOUR,
    HOUR_START_US,
    START_US,
    Place,
    enter,
    keep,
    settled,
    writing,
)

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import (
    AlreadyRunning,
    Corrupt,
    InvalidName,
    StoreUnavailable,
)
from longtake.core.facts import SegmentFacts
from longtake.core.names import hash_text, tombstone_of
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import HOUR_US, SECOND_US


class WriterSuite:
    """Part of ``StoreSuite``."""

    # Keeping

    async def test_a_kept_segment_is_listed_read_and_measured(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, b"INIT", b"", b"MEDIA", duration_s=1.999)
        digest = hashlib.sha256(b"INITMEDIA").digest()
        assert segment.path == f"{HOUR}/10:00.000000-1.999-full-{hash_text(digest)}.ts"
        assert (await store.listing("demo", "source", HOUR)).segments == (segment,)
        assert await store.hours("demo", "source") == [HOUR]
        assert await store.read("demo", "source", segment) == b"INITMEDIA"
        assert await store.size_bytes("demo", "source", [segment]) == 9

    async def test_nothing_of_a_segment_is_seen_before_it_is_kept(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(bytes(BIG))
            assert await store.hours("demo", "source") == []
            assert (await store.listing("demo", "source", HOUR)).names == ()
            await incoming.keep(settled)
            assert len((await store.listing("demo", "source", HOUR)).segments) == 1

    async def test_facts_are_there_as_soon_as_keep_returns(self, store: SegmentStore) -> None:
        def settle(content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
            segment, _ = settled(content, digest)
            return segment, SegmentFacts(
                name=segment.name, size_bytes=len(content), codecs="avc1", discontinuity=True
            )

        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(b"0123")
            await incoming.add(b"x" * 5000)
            segment = await incoming.keep(settle)
            facts = await store.facts("demo", "source", [HOUR])
            second = await keep(writer, b"second", start_us=START_US + HOUR_US)
            both = await store.facts("demo", "source", [HOUR, "2024-11-10T00"])
        assert facts == {
            segment.name: SegmentFacts(name=segment.name, size_bytes=5004, codecs="avc1", discontinuity=True)
        }
        assert set(both) == {segment.name, second.name}
        assert await store.facts("demo", "source", []) == {}

    @pytest.mark.parametrize(
        "size", [0, 5000, BIG, 5 * BIG], ids=["nothing", "a few bytes", "much", "very much"]
    )
    async def test_the_one_who_settles_it_sees_its_content_and_hash_before_it_has_a_name(
        self, store: SegmentStore, size: int
    ) -> None:
        body = bytes(range(250)) * (size // 250)
        seen: list[tuple[bytes, bytes]] = []

        def settle(content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
            assert content.readonly
            seen.append((bytes(content), digest))
            return settled(content, digest)

        async with writing(store) as writer:
            incoming = writer.begin()
            for at in range(0, len(body), 3_000_001):
                await incoming.add(body[at : at + 3_000_001])
            whole = [incoming.is_whole]
            segment = await incoming.keep(settle)
            whole.append(incoming.is_whole)
        assert whole == [True, False]
        assert seen == [(body, hashlib.sha256(body).digest())]
        assert await store.read("demo", "source", segment) == body

    @pytest.mark.parametrize("size", [5, BIG], ids=["a few bytes", "a big body"])
    async def test_the_one_who_settles_it_may_refuse_the_content(
        self, place: Place, store: SegmentStore, size: int
    ) -> None:
        def refuse(content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
            raise Corrupt("not what the peer promised")

        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(bytes(size))
            with pytest.raises(Corrupt):
                await incoming.keep(refuse)
            assert not incoming.is_whole
            assert place.in_flight() == 0
        assert await store.hours("demo", "source") == []

    async def test_size_grows_with_what_is_added(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            sizes = [incoming.size_bytes]
            for chunk in (b"ab", b"", b"c" * BIG):
                await incoming.add(chunk)
                sizes.append(incoming.size_bytes)
            await incoming.discard()
        assert sizes == [0, 2, 2, 2 + BIG]

    async def test_a_big_body_in_many_pieces_is_whole(self, store: SegmentStore) -> None:
        pieces = [bytes([number]) * (150_000 + number) for number in range(60)]
        async with writing(store) as writer:
            segment = await keep(writer, *pieces)
        whole = b"".join(pieces)
        assert segment.digest == hashlib.sha256(whole).digest()
        assert await store.read("demo", "source", segment) == whole
        assert (await store.facts("demo", "source", [HOUR]))[segment.name].size_bytes == len(whole)

    async def test_zero_bytes_are_kept_under_the_hash_of_nothing(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, type=SegmentType.SUSPECT)
        assert segment.name == "10:00.000000-2.0-suspect-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.ts"
        assert await store.read("demo", "source", segment) == b""
        assert await store.size_bytes("demo", "source", [segment]) == 0

    async def test_the_same_content_twice_is_one_segment(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"same")
            second = await keep(writer, b"sa", b"me")
        assert first == second
        assert (await store.listing("demo", "source", HOUR)).segments == (first,)
        assert await store.read("demo", "source", first) == b"same"

    async def test_several_segments_are_under_way_at_once_and_do_not_mix(self, store: SegmentStore) -> None:
        contents = [bytes([number]) * 700_000 for number in range(8)]
        async with writing(store) as writer:
            incoming = [writer.begin() for _ in contents]
            for _ in range(8):
                await asyncio.gather(
                    *(one.add(content) for one, content in zip(incoming, contents, strict=True))
                )
            segments = await asyncio.gather(
                *(
                    one.keep(partial(settled, start_us=START_US + number * 900 * SECOND_US))
                    for number, one in enumerate(incoming)
                )
            )
        for segment, content in zip(segments, contents, strict=True):
            assert await store.read("demo", "source", segment) == content * 8
        assert set(await store.facts("demo", "source", await store.hours("demo", "source"))) == {
            segment.name for segment in segments
        }

    async def test_a_segment_goes_into_the_hour_of_its_first_frame(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, b"late", start_us=HOUR_START_US + HOUR_US - 1, duration_s=4.0)
        assert segment.path.startswith(f"{HOUR}/59:59.999999-4.0-full-")

    @pytest.mark.parametrize(
        "duration_s",
        [
            pytest.param(-1.0, id="a negative duration"),
            pytest.param(float("inf"), id="an infinite duration"),
            pytest.param(float("nan"), id="no number"),
            pytest.param(86_401.0, id="over a day"),
        ],
    )
    async def test_what_can_have_no_name_is_refused_and_leaves_nothing(
        self, place: Place, store: SegmentStore, duration_s: float
    ) -> None:
        async with writing(store) as writer:
            with pytest.raises(InvalidName):
                await keep(writer, bytes(BIG), duration_s=duration_s)
            with pytest.raises(InvalidName):
                await writer.has_full(start_us=START_US, duration_s=duration_s)
            assert place.in_flight() == 0
        assert await store.hours("demo", "source") == []

    # Discarding

    @pytest.mark.parametrize("size", [0, 3, BIG], ids=["nothing", "a few bytes", "a big body"])
    async def test_a_discarded_segment_is_gone(self, place: Place, store: SegmentStore, size: int) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(bytes(size))
            await incoming.discard()
            await incoming.discard()
            assert place.in_flight() == 0
        assert await store.hours("demo", "source") == []

    async def test_discard_does_nothing_after_keep(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(b"kept")
            segment = await incoming.keep(settled)
            await incoming.discard()
        assert await store.read("demo", "source", segment) == b"kept"

    async def test_a_segment_is_kept_once_and_never_after_discard(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(b"kept")
            segment = await incoming.keep(settled)
            with pytest.raises(StoreUnavailable):
                await incoming.keep(settled)
            assert await store.read("demo", "source", segment) == b"kept"
            incoming = writer.begin()
            await incoming.add(bytes(BIG))
            await incoming.discard()
            with pytest.raises(StoreUnavailable):
                await incoming.keep(settled)
        assert (await store.listing("demo", "source", HOUR)).segments == (segment,)

    async def test_what_is_added_after_the_end_is_nothing(self, place: Place, store: SegmentStore) -> None:
        async with writing(store) as writer:
            kept, discarded = writer.begin(), writer.begin()
            segment = await kept.keep(settled)
            await discarded.discard()
            for incoming in (kept, discarded):
                await incoming.add(bytes(BIG))
            assert place.in_flight() == 0
        assert await store.read("demo", "source", segment) == b""

    # Remembering

    async def test_what_was_remembered_last_is_recalled_also_by_writers_to_come(
        self, place: Place, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            assert await writer.recall() is None
            for text in ("first", "second: ä\n", ""):
                await writer.remember(text)
                assert await writer.recall() == text
            await writer.remember("third")
        async with writing(place.open()) as writer:
            assert await writer.recall() == "third"
            assert place.in_flight() == 0

    async def test_each_purpose_of_each_quality_remembers_for_itself(self, store: SegmentStore) -> None:
        async with writing(store) as writer, store.open_writer("demo", "source", "replicate") as other:
            await writer.remember("recorded")
            assert await other.recall() is None
            await other.remember("pulled")
            assert await writer.recall() == "recorded"
        async with store.open_writer("demo", "480p", "capture") as writer:
            assert await writer.recall() is None

    # has_full

    async def test_a_full_segment_is_had_by_its_start_and_duration(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            assert not await writer.has_full(start_us=START_US, duration_s=2.0)
            await keep(writer, b"x")
            assert await writer.has_full(start_us=START_US, duration_s=2.0)
            assert await writer.has_full(start_us=START_US, duration_s=2)
            assert not await writer.has_full(start_us=START_US, duration_s=2.001)
            assert not await writer.has_full(start_us=START_US, duration_s=20.0)
            assert not await writer.has_full(start_us=START_US + 1, duration_s=2.0)
            assert not await writer.has_full(start_us=START_US + HOUR_US, duration_s=2.0)

    @pytest.mark.parametrize("doubtful", [SegmentType.SUSPECT, SegmentType.PARTIAL])
    async def test_a_doubtful_segment_is_not_had_in_full(
        self, store: SegmentStore, doubtful: SegmentType
    ) -> None:
        async with writing(store) as writer:
            await keep(writer, b"x", type=doubtful)
            assert not await writer.has_full(start_us=START_US, duration_s=2.0)

    async def test_a_suppressed_segment_is_not_had_unless_another_one_is(
        self, place: Place, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, b"bad")
            place.put("demo", "source", HOUR, tombstone_of(segment.name))
            assert not await writer.has_full(start_us=START_US, duration_s=2.0)
            await keep(writer, b"good")
            assert await writer.has_full(start_us=START_US, duration_s=2.0)

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("10:00.000000-2.0-temp-b4b1c3f0.ts", id="of an older recorder"),
            pytest.param(f"10:00.000000-2.0-full-{'A' * 43}.ts.b4b1c3f0.temp", id="of another writer"),
        ],
    )
    async def test_a_file_in_flight_of_an_older_node_is_not_had(
        self, place: Place, store: SegmentStore, name: str
    ) -> None:
        place.put("demo", "source", HOUR, name, b"half")
        async with writing(store) as writer:
            assert not await writer.has_full(start_us=START_US, duration_s=2.0)

    # Writers

    async def test_there_is_one_writer_per_channel_quality_and_purpose(
        self, place: Place, store: SegmentStore
    ) -> None:
        other = place.open()
        async with store.open_writer("demo", "source", "capture"):
            for one in (store, other):
                with pytest.raises(AlreadyRunning, match=r"demo/source .*capture"):
                    await enter(one, "demo", "source", "capture")
            await enter(other, "demo", "source", "replicate")
            await enter(other, "demo", "480p", "capture")
            await enter(other, "other", "source", "capture")
        await enter(other, "demo", "source", "capture")

    async def test_a_refused_writer_does_not_disturb_the_one_that_writes(
        self, place: Place, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(bytes(BIG))
            with pytest.raises(AlreadyRunning):
                await enter(place.open(), "demo", "source", "capture")
            await incoming.add(b"end")
            segment = await incoming.keep(settled)
        assert await store.read("demo", "source", segment) == bytes(BIG) + b"end"

    async def test_a_writer_that_ends_with_an_error_is_closed_too(self, store: SegmentStore) -> None:
        with pytest.raises(ZeroDivisionError):
            async with writing(store):
                _ = 1 // 0
        await enter(store, "demo", "source", "capture")

    async def test_what_a_writer_left_in_flight_goes_when_the_next_of_its_purpose_opens(
        self, place: Place, store: SegmentStore
    ) -> None:
        for purpose in ("capture", "replicate"):
            async with store.open_writer("demo", "source", purpose) as writer:
                await writer.begin().add(bytes(BIG))
        assert place.in_flight() == 2
        async with place.open().open_writer("demo", "source", "capture"):
            assert place.in_flight() == 1
        assert await store.hours("demo", "source") == []
