"""What every ``SegmentStore`` promises. An implementation's test inherits ``StoreSuite`` and gives it a ``Place``."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

import pytest

from longtake.adapters.store.interface import IncomingSegment, SegmentStore, SegmentWriter
from longtake.core.errors import (
    AlreadyRunning,
    Corrupt,
    InvalidInput,
    InvalidName,
    InvalidTime,
    NotFound,
    StoreUnavailable,
)
from longtake.core.facts import SegmentFacts
from longtake.core.ledger import Entry
from longtake.core.names import hash_text, tombstone_of
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.timeline import Gap, GapReason
from longtake.core.times import HOUR_US, SECOND_US, parse_time, to_us

HOUR = "2024-11-09T23"
HOUR_START_US = to_us(parse_time("2024-11-09T23:00:00Z"))
START_US = to_us(parse_time("2024-11-09T23:10:00Z"))
BIG = 9 << 20
"""More than twice what ``DiskStore`` gathers before it writes."""

BAD_PARTS = {
    "an empty name": "",
    "a name with a slash": "a/b",
    "the folder above": "..",
    "a hidden name": ".longtake",
    "a name with NUL": "a\0b",
    "a name with a line break": "a\nb",
    "a name of 256 bytes": "ä" * 128,
    "a name that is no Unicode": "\udcff",
}
BAD_HOURS = {
    "an empty hour": "",
    "a word": "latest",
    "an hour of a day that is not": "2024-02-30T10",
    "a path": "../2024-11-09T23",
    "an hour with a line break": "2024-11-09T23\n",
}


class Place(Protocol):
    """Where stores are opened, and where somebody else (an operator, an older node) leaves files."""

    def open(self) -> SegmentStore:
        """A new store object on what is stored here."""
        ...

    def put(self, channel: str, quality: str, hour: str, name: str, content: bytes = b"") -> None:
        """Leaves a file, replacing what had the name."""
        ...

    def in_flight(self) -> int:
        """How many unfinished segments take up room."""
        ...


def described(segment: Segment, size_bytes: int, head: bytes) -> SegmentFacts:
    return SegmentFacts(name=segment.name, size_bytes=size_bytes, init_bytes=len(head))


async def keep(
    writer: SegmentWriter,
    *chunks: bytes,
    start_us: int = START_US,
    duration_s: float = 2.0,
    type: SegmentType = SegmentType.FULL,
) -> Segment:
    incoming = writer.begin()
    for chunk in chunks:
        await incoming.add(chunk)
    return await incoming.keep(start_us=start_us, duration_s=duration_s, type=type, describe=described)


async def keep_incoming(incoming: IncomingSegment) -> Segment:
    return await incoming.keep(start_us=START_US, duration_s=2.0, type=SegmentType.FULL, describe=described)


async def keep_one(
    store: SegmentStore,
    content: bytes = b"x",
    *,
    channel: str = "demo",
    quality: str = "source",
    start_us: int = START_US,
    type: SegmentType = SegmentType.FULL,
) -> Segment:
    async with store.open_writer(channel, quality, "capture") as writer:
        return await keep(writer, content, start_us=start_us, type=type)


@asynccontextmanager
async def writing(store: SegmentStore) -> AsyncIterator[SegmentWriter]:
    async with store.open_writer("demo", "source", "capture") as writer:
        yield writer


async def enter(store: SegmentStore, channel: str, quality: str, purpose: str) -> None:
    async with store.open_writer(channel, quality, purpose):
        pass


def nothing(last: Entry | None) -> Iterable[Entry]:
    return ()


def after(last: Entry | None, start_us: int = START_US) -> Entry:
    """The entry that follows, of 2 s."""
    sequence = 7 if last is None else last.sequence + 1
    segment = named_segment(
        start_us=start_us + sequence * 2 * SECOND_US, duration_s=2.0, type=SegmentType.FULL, digest=bytes(32)
    )
    return Entry(segment=segment, sequence=sequence, discontinuity_sequence=0, discontinuity=False)


A_SEGMENT = named_segment(start_us=START_US, duration_s=2.0, type=SegmentType.FULL, digest=bytes(32))

CALLS: Mapping[str, Callable[[SegmentStore, str, str], Awaitable[object]]] = {
    "hours": lambda store, channel, quality: store.hours(channel, quality),
    "listing": lambda store, channel, quality: store.listing(channel, quality, HOUR),
    "timeline": lambda store, channel, quality: store.timeline(
        channel, quality, start_us=START_US, end_us=START_US + 1
    ),
    "facts": lambda store, channel, quality: store.facts(channel, quality, [HOUR]),
    "shown": lambda store, channel, quality: store.shown(channel, quality, nothing),
    "read": lambda store, channel, quality: store.read(channel, quality, A_SEGMENT),
    "size_bytes": lambda store, channel, quality: store.size_bytes(channel, quality, A_SEGMENT),
    "remove": lambda store, channel, quality: store.remove(channel, quality, A_SEGMENT),
    "open_writer": lambda store, channel, quality: enter(store, channel, quality, "capture"),
}
HOUR_CALLS: Mapping[str, Callable[[SegmentStore, str], Awaitable[object]]] = {
    "listing": lambda store, hour: store.listing("demo", "source", hour),
    "facts": lambda store, hour: store.facts("demo", "source", [HOUR, hour]),
    "read": lambda store, hour: store.read("demo", "source", replace(A_SEGMENT, hour=hour)),
    "size_bytes": lambda store, hour: store.size_bytes("demo", "source", replace(A_SEGMENT, hour=hour)),
    "remove": lambda store, hour: store.remove("demo", "source", replace(A_SEGMENT, hour=hour)),
}
SEGMENT_CALLS: Mapping[str, Callable[[SegmentStore, Segment], Awaitable[object]]] = {
    "read": lambda store, segment: store.read("demo", "source", segment),
    "size_bytes": lambda store, segment: store.size_bytes("demo", "source", segment),
    "remove": lambda store, segment: store.remove("demo", "source", segment),
}
BAD_SEGMENT_NAMES = {
    "a name that is no segment's": "notes.ts",
    "a file that is no segment": "10:00.000000-2.0-full-x.json",
    "a temp's name with a path in it": "10:00.000000-2.0-temp-/../../../other.ts",
}


class StoreSuite:
    """Inherit as ``class Test…`` with a fixture ``place``."""

    @pytest.fixture
    def store(self, place: Place) -> SegmentStore:
        return place.open()

    # Names

    @pytest.mark.parametrize("bad", BAD_PARTS.values(), ids=BAD_PARTS)
    @pytest.mark.parametrize("call", CALLS)
    async def test_a_bad_channel_or_quality_is_refused_by_every_call(
        self, store: SegmentStore, call: str, bad: str
    ) -> None:
        with pytest.raises(InvalidName):
            await CALLS[call](store, bad, "source")
        with pytest.raises(InvalidName):
            await CALLS[call](store, "demo", bad)

    @pytest.mark.parametrize("bad", BAD_PARTS.values(), ids=BAD_PARTS)
    async def test_a_bad_channel_has_no_qualities_and_a_bad_purpose_no_writer(
        self, store: SegmentStore, bad: str
    ) -> None:
        with pytest.raises(InvalidName):
            await store.qualities(bad)
        with pytest.raises(InvalidName):
            await enter(store, "demo", "source", bad)

    @pytest.mark.parametrize("bad", BAD_HOURS.values(), ids=BAD_HOURS)
    @pytest.mark.parametrize("call", HOUR_CALLS)
    async def test_a_bad_hour_is_refused_by_every_call(
        self, store: SegmentStore, call: str, bad: str
    ) -> None:
        with pytest.raises(InvalidTime):
            await HOUR_CALLS[call](store, bad)

    @pytest.mark.parametrize("bad", BAD_SEGMENT_NAMES.values(), ids=BAD_SEGMENT_NAMES)
    @pytest.mark.parametrize("call", SEGMENT_CALLS)
    async def test_a_segment_with_a_bad_name_is_refused_by_every_call(
        self, store: SegmentStore, call: str, bad: str
    ) -> None:
        await keep_one(store)
        with pytest.raises(InvalidInput):
            await SEGMENT_CALLS[call](store, replace(A_SEGMENT, name=bad))

    async def test_refused_names_leave_nothing_behind(self, store: SegmentStore) -> None:
        for bad in BAD_PARTS.values():
            with pytest.raises(InvalidName):
                await enter(store, "demo", bad, "capture")
        assert await store.channels() == []

    # What is here

    async def test_unknown_things_have_empty_listings(self, store: SegmentStore) -> None:
        assert await store.channels() == []
        assert await store.qualities("demo") == []
        assert await store.hours("demo", "source") == []
        listing = await store.listing("demo", "source", HOUR)
        assert (listing.hour, listing.names, listing.segments, listing.tombstones, listing.skipped) == (
            HOUR,
            (),
            (),
            (),
            0,
        )
        assert await store.facts("demo", "source", [HOUR]) == {}
        timeline = await store.timeline("demo", "source", start_us=START_US, end_us=START_US + SECOND_US)
        assert timeline.segments == ()
        assert timeline.gaps == (
            Gap(start_us=START_US, end_us=START_US + SECOND_US, reason=GapReason.MISSING),
        )
        assert await store.channels() == []

    async def test_channels_qualities_and_hours_are_sorted(self, store: SegmentStore) -> None:
        for channel, quality in (("b", "source"), ("a", "source"), ("b", "480p"), ("ä b", "720p60")):
            await keep_one(store, channel=channel, quality=quality)
        await keep_one(store, channel="a", start_us=START_US + HOUR_US)
        await keep_one(store, channel="a", start_us=START_US - 300 * HOUR_US)
        assert await store.channels() == ["a", "b", "ä b"]
        assert await store.qualities("b") == ["480p", "source"]
        assert await store.hours("a", "source") == ["2024-10-28T11", HOUR, "2024-11-10T00"]

    async def test_chat_is_a_quality_and_its_batches_are_listed(
        self, place: Place, store: SegmentStore
    ) -> None:
        await keep_one(store)
        batch = "10:00-Y972dW37m7EU6CtZI08Lo2UVV5VytKMKqnyokZq6UEg.json"
        place.put("demo", "chat", HOUR, batch, b"{}\n")
        assert await store.qualities("demo") == ["chat", "source"]
        listing = await store.listing("demo", "chat", HOUR)
        assert (listing.names, listing.segments) == ((batch,), ())

    async def test_a_quality_whose_writer_is_open_is_there_before_its_first_segment(
        self, store: SegmentStore
    ) -> None:
        async with writing(store):
            assert await store.channels() == ["demo"]
            assert await store.qualities("demo") == ["source"]
            assert await store.hours("demo", "source") == []

    async def test_what_others_wrote_is_understood_and_one_bad_name_spoils_nothing(
        self, place: Place, store: SegmentStore
    ) -> None:
        ours = await keep_one(store)
        older = f"10:02-2.0-full-{hash_text(hashlib.sha256(b'older').digest())}.ts"
        place.put("demo", "source", HOUR, older, b"older")
        place.put("demo", "source", HOUR, "10:04.000000-2.0-temp-b4b1c3f0.ts", b"half")
        place.put("demo", "source", HOUR, "nonsense.ts")
        listing = await store.listing("demo", "source", HOUR)
        assert [segment.name for segment in listing.segments] == [ours.name, older]
        assert listing.skipped == 1
        assert await store.read("demo", "source", listing.segments[1]) == b"older"

    # Keeping

    async def test_a_kept_segment_is_listed_read_and_measured(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, b"INIT", b"", b"MEDIA", duration_s=1.999)
        digest = hashlib.sha256(b"INITMEDIA").digest()
        assert segment.path == f"{HOUR}/10:00.000000-1.999-full-{hash_text(digest)}.ts"
        assert (await store.listing("demo", "source", HOUR)).segments == (segment,)
        assert await store.hours("demo", "source") == [HOUR]
        assert await store.read("demo", "source", segment) == b"INITMEDIA"
        assert await store.size_bytes("demo", "source", segment) == 9

    async def test_nothing_of_a_segment_is_seen_before_it_is_kept(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(bytes(BIG))
            assert await store.hours("demo", "source") == []
            assert (await store.listing("demo", "source", HOUR)).names == ()
            await keep_incoming(incoming)
            assert len((await store.listing("demo", "source", HOUR)).segments) == 1

    async def test_facts_are_there_as_soon_as_keep_returns(self, store: SegmentStore) -> None:
        seen: list[tuple[Segment, int, bytes]] = []

        def describe(segment: Segment, size_bytes: int, head: bytes) -> SegmentFacts:
            seen.append((segment, size_bytes, head))
            return SegmentFacts(name=segment.name, size_bytes=size_bytes, codecs="avc1", discontinuity=True)

        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(b"0123")
            await incoming.add(b"x" * 5000)
            segment = await incoming.keep(
                start_us=START_US, duration_s=2.0, type=SegmentType.FULL, describe=describe
            )
            facts = await store.facts("demo", "source", [HOUR])
            second = await keep(writer, b"second", start_us=START_US + HOUR_US)
            both = await store.facts("demo", "source", [HOUR, "2024-11-10T00"])
        assert facts == {
            segment.name: SegmentFacts(name=segment.name, size_bytes=5004, codecs="avc1", discontinuity=True)
        }
        assert seen[0][:2] == (segment, 5004)
        assert len(seen) == 1
        assert seen[0][2][:4] == b"0123"
        assert 188 * 8 <= len(seen[0][2]) <= 5004
        assert set(both) == {segment.name, second.name}
        assert await store.facts("demo", "source", []) == {}

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
        assert await store.size_bytes("demo", "source", segment) == 0

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
                    one.keep(
                        start_us=START_US + number * 900 * SECOND_US,
                        duration_s=2.0,
                        type=SegmentType.FULL,
                        describe=described,
                    )
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
            segment = await keep_incoming(incoming)
            await incoming.discard()
        assert await store.read("demo", "source", segment) == b"kept"

    async def test_a_segment_is_kept_once_and_never_after_discard(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(b"kept")
            segment = await keep_incoming(incoming)
            with pytest.raises(StoreUnavailable):
                await keep_incoming(incoming)
            assert await store.read("demo", "source", segment) == b"kept"
            incoming = writer.begin()
            await incoming.add(bytes(BIG))
            await incoming.discard()
            with pytest.raises(StoreUnavailable):
                await keep_incoming(incoming)
        assert (await store.listing("demo", "source", HOUR)).segments == (segment,)

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

    async def test_a_file_in_flight_of_an_older_node_is_not_had(
        self, place: Place, store: SegmentStore
    ) -> None:
        place.put("demo", "source", HOUR, "10:00.000000-2.0-temp-b4b1c3f0.ts", b"half")
        async with writing(store) as writer:
            assert not await writer.has_full(start_us=START_US, duration_s=2.0)

    # Tombstones, timeline

    async def test_a_suppressed_segment_is_not_listed_but_can_be_read(
        self, place: Place, store: SegmentStore
    ) -> None:
        segment = await keep_one(store)
        place.put("demo", "source", HOUR, tombstone_of(segment.name))
        listing = await store.listing("demo", "source", HOUR)
        assert (listing.names, listing.segments) == ((), ())
        assert listing.tombstones == (tombstone_of(segment.name),)
        timeline = await store.timeline("demo", "source", start_us=START_US, end_us=segment.end_us)
        assert timeline.segments == ()
        assert await store.read("demo", "source", segment) == b"x"

    async def test_a_timeline_crosses_hours_and_shows_its_holes(self, store: SegmentStore) -> None:
        midnight_us = HOUR_START_US + HOUR_US
        async with writing(store) as writer:
            over = await keep(writer, b"a", start_us=midnight_us - SECOND_US)
            follows = await keep(writer, b"b", start_us=midnight_us + SECOND_US)
            doubtful = await keep(
                writer, b"c", start_us=midnight_us + 5 * SECOND_US, type=SegmentType.SUSPECT
            )
            await keep(writer, b"d", start_us=midnight_us + 20 * SECOND_US)
        timeline = await store.timeline(
            "demo", "source", start_us=midnight_us, end_us=midnight_us + 8 * SECOND_US
        )
        assert timeline.segments == (over, follows, doubtful)
        assert timeline.breaks == (False, False, True)
        assert [
            ((gap.start_us - midnight_us) // SECOND_US, (gap.end_us - midnight_us) // SECOND_US, gap.reason)
            for gap in timeline.gaps
        ] == [(3, 5, GapReason.MISSING), (5, 7, GapReason.SUSPECT), (7, 8, GapReason.MISSING)]

    async def test_of_rival_segments_the_larger_file_is_chosen(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            rivals = [await keep(writer, bytes([number]) * size) for number, size in enumerate((5, 90, 7))]
        timeline = await store.timeline("demo", "source", start_us=START_US, end_us=START_US + 2 * SECOND_US)
        assert timeline.segments == (rivals[1],)

    # Reading and removing

    async def test_a_damaged_file_is_corrupt_and_says_which(self, place: Place, store: SegmentStore) -> None:
        segment = await keep_one(store, b"0123456789")
        for damaged in (b"0123456780", b"012345678", b""):
            place.put("demo", "source", HOUR, segment.name, damaged)
            with pytest.raises(Corrupt, match=segment.name):
                await store.read("demo", "source", segment)

    async def test_what_is_not_here_is_not_found(self, store: SegmentStore) -> None:
        with pytest.raises(NotFound, match="gone"):
            await store.read("demo", "source", A_SEGMENT)
        with pytest.raises(NotFound, match="gone"):
            await store.size_bytes("demo", "source", A_SEGMENT)
        segment = await keep_one(store)
        with pytest.raises(NotFound):
            await store.read("demo", "source", replace(segment, hour="2024-11-09T22"))
        with pytest.raises(NotFound):
            await store.read("demo", "480p", segment)

    async def test_removing_the_last_segment_takes_the_hour_and_its_facts(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"1")
            second = await keep(writer, b"2", start_us=START_US + 2 * SECOND_US)
            other = await keep(writer, b"3", start_us=START_US + HOUR_US)
        await store.remove("demo", "source", first)
        assert (await store.listing("demo", "source", HOUR)).segments == (second,)
        assert second.name in await store.facts("demo", "source", [HOUR])
        await store.remove("demo", "source", second)
        await store.remove("demo", "source", second)
        assert await store.hours("demo", "source") == [other.hour]
        assert (await store.listing("demo", "source", HOUR)).names == ()
        assert set(await store.facts("demo", "source", [HOUR, other.hour])) == {other.name}
        with pytest.raises(NotFound):
            await store.read("demo", "source", first)
        assert await store.read("demo", "source", other) == b"3"

    async def test_an_hour_with_a_tombstone_stays(self, place: Place, store: SegmentStore) -> None:
        segment = await keep_one(store)
        place.put("demo", "source", HOUR, tombstone_of(segment.name))
        await store.remove("demo", "source", segment)
        assert await store.hours("demo", "source") == [HOUR]
        assert (await store.listing("demo", "source", HOUR)).tombstones == (tombstone_of(segment.name),)

    async def test_removing_what_never_was_is_no_error(self, store: SegmentStore) -> None:
        await store.remove("demo", "source", A_SEGMENT)
        assert await store.channels() == []

    async def test_an_hour_that_went_can_come_again(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, b"1")
            await store.remove("demo", "source", segment)
            again = await keep(writer, b"2", start_us=START_US + SECOND_US)
            assert (await store.listing("demo", "source", HOUR)).segments == (again,)
            assert set(await store.facts("demo", "source", [HOUR])) == {again.name}

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
            segment = await keep_incoming(incoming)
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

    # The ledger

    async def test_the_ledger_grows_at_its_end_and_never_changes(
        self, place: Place, store: SegmentStore
    ) -> None:
        asked: list[Entry | None] = []

        def one_more(last: Entry | None) -> Iterable[Entry]:
            asked.append(last)
            return [after(last)]

        first = await store.shown("demo", "source", one_more)
        second = await store.shown("demo", "source", one_more)
        again = await store.shown("demo", "source", nothing)
        assert [entry.sequence for entry in first] == [7]
        assert [entry.sequence for entry in second] == [7, 8]
        assert second[:1] == first
        assert again == second
        assert asked == [None, first[0]]
        assert await place.open().shown("demo", "source", nothing) == second

    async def test_two_stores_append_to_one_ledger(self, place: Place, store: SegmentStore) -> None:
        other = place.open()
        for _ in range(5):
            await store.shown("demo", "source", lambda last: [after(last)])
            shown = await other.shown("demo", "source", lambda last: [after(last), after(after(last))])
        assert [entry.sequence for entry in shown] == list(range(7, 22))
        assert await store.shown("demo", "source", nothing) == shown

    async def test_each_quality_has_its_own_ledger(self, store: SegmentStore) -> None:
        await store.shown("demo", "source", lambda last: [after(last)])
        assert await store.shown("demo", "480p", nothing) == []

    async def test_a_ledger_keeps_discontinuities(self, place: Place, store: SegmentStore) -> None:
        entry = replace(after(None), discontinuity=True, discontinuity_sequence=3)
        await store.shown("demo", "source", lambda last: [entry])
        assert await place.open().shown("demo", "source", nothing) == [entry]

    async def test_the_list_that_was_handed_out_is_the_callers_own(self, store: SegmentStore) -> None:
        shown = await store.shown("demo", "source", lambda last: [after(last)])
        shown.clear()
        assert len(await store.shown("demo", "source", nothing)) == 1
