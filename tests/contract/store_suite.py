"""What every ``SegmentStore`` promises. An implementation's test inherits ``StoreSuite`` and gives it a ``Place``."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from tests.contract.facts_suite import FactsSuite
from tests.contract.place import (
    A_SEGMENT,
    HOUR,
    HOUR_START_US,
    START_US,
    Place,
    enter,
    entries,
    keep,
    keep_one,
    writing,
)
from tests.contract.replication_suite import ReplicationSuite
from tests.contract.writer_suite import WriterSuite

from longtake.adapters.store.interface import SegmentStore
from longtake.core.errors import (
    Corrupt,
    InvalidInput,
    InvalidName,
    InvalidTime,
    NotFound,
)
from longtake.core.names import hash_text, tombstone_of
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.timeline import Gap, GapReason
from longtake.core.times import HOUR_US, SECOND_US

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


CALLS: Mapping[str, Callable[[SegmentStore, str, str], Awaitable[object]]] = {
    "hours": lambda store, channel, quality: store.hours(channel, quality),
    "listing": lambda store, channel, quality: store.listing(channel, quality, HOUR),
    "timeline": lambda store, channel, quality: store.timeline(
        channel, quality, start_us=START_US, end_us=START_US + 1
    ),
    "joined": lambda store, channel, quality: store.joined(
        channel, quality, start_us=START_US, end_us=START_US + 1
    ),
    "digests": lambda store, channel, quality: store.digests(channel, quality),
    "facts": lambda store, channel, quality: store.facts(channel, quality, [HOUR]),
    "note_facts": lambda store, channel, quality: store.note_facts(channel, quality, HOUR, []),
    "replace_facts": lambda store, channel, quality: store.replace_facts(channel, quality, HOUR, []),
    "stamps": lambda store, channel, quality: store.stamps(channel, quality, [HOUR]),
    "shown": lambda store, channel, quality: store.shown(channel, quality, now_us=START_US),
    "read": lambda store, channel, quality: store.read(channel, quality, A_SEGMENT),
    "read_head": lambda store, channel, quality: store.read_head(channel, quality, A_SEGMENT, 9),
    "size_bytes": lambda store, channel, quality: store.size_bytes(channel, quality, [A_SEGMENT]),
    "remove": lambda store, channel, quality: store.remove(channel, quality, A_SEGMENT),
    "remove_hour": lambda store, channel, quality: store.remove_hour(channel, quality, HOUR),
    "suppress": lambda store, channel, quality: store.suppress(channel, quality, HOUR, A_SEGMENT.name),
    "reveal": lambda store, channel, quality: store.reveal(channel, quality, HOUR, A_SEGMENT.name),
    "open_writer": lambda store, channel, quality: enter(store, channel, quality, "capture"),
}
HOUR_CALLS: Mapping[str, Callable[[SegmentStore, str], Awaitable[object]]] = {
    "listing": lambda store, hour: store.listing("demo", "source", hour),
    "facts": lambda store, hour: store.facts("demo", "source", [HOUR, hour]),
    "note_facts": lambda store, hour: store.note_facts("demo", "source", hour, []),
    "replace_facts": lambda store, hour: store.replace_facts("demo", "source", hour, []),
    "stamps": lambda store, hour: store.stamps("demo", "source", [HOUR, hour]),
    "read": lambda store, hour: store.read("demo", "source", replace(A_SEGMENT, hour=hour)),
    "read_head": lambda store, hour: store.read_head("demo", "source", replace(A_SEGMENT, hour=hour), 9),
    "size_bytes": lambda store, hour: store.size_bytes("demo", "source", [replace(A_SEGMENT, hour=hour)]),
    "remove": lambda store, hour: store.remove("demo", "source", replace(A_SEGMENT, hour=hour)),
    "remove_hour": lambda store, hour: store.remove_hour("demo", "source", hour),
    "suppress": lambda store, hour: store.suppress("demo", "source", hour, A_SEGMENT.name),
    "reveal": lambda store, hour: store.reveal("demo", "source", hour, A_SEGMENT.name),
}
SEGMENT_CALLS: Mapping[str, Callable[[SegmentStore, Segment], Awaitable[object]]] = {
    "read": lambda store, segment: store.read("demo", "source", segment),
    "read_head": lambda store, segment: store.read_head("demo", "source", segment, 9),
    "size_bytes": lambda store, segment: store.size_bytes("demo", "source", [segment]),
    "remove": lambda store, segment: store.remove("demo", "source", segment),
    "suppress": lambda store, segment: store.suppress("demo", "source", segment.hour, segment.name),
    "reveal": lambda store, segment: store.reveal("demo", "source", segment.hour, segment.name),
}
BAD_SEGMENT_NAMES = {
    "a name that is no segment's": "notes.ts",
    "a file that is no segment": "10:00.000000-2.0-full-x.json",
    "a temp's name with a path in it": "10:00.000000-2.0-temp-/../../../other.ts",
}


class StoreSuite(WriterSuite, FactsSuite, ReplicationSuite):
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
        assert (
            listing.hour,
            listing.names,
            tuple(listing.segments),
            listing.tombstones,
            listing.skipped,
        ) == (
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
        assert (listing.names, tuple(listing.segments)) == ((batch,), ())

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

    # Digests

    async def test_a_digest_says_how_many_names_an_hour_has_and_which(
        self, place: Place, store: SegmentStore
    ) -> None:
        assert await store.digests("demo", "source") == []
        async with writing(store) as writer:
            first = await keep(writer, b"1")
            second = await keep(writer, b"2", start_us=START_US + 2 * SECOND_US)
            later = await keep(writer, b"3", start_us=START_US + HOUR_US)
        place.put("demo", "source", HOUR, "10:00.000000-2.0-temp-x.ts", b"in flight")
        place.put("demo", "source", HOUR, "stray.ts", b"odd")
        content = f"{first.name}\n{second.name}\n".encode()
        digests = await store.digests("demo", "source")
        assert [(one.hour, one.count) for one in digests] == [(HOUR, 2), (later.hour, 1)]
        assert digests[0].digest == hashlib.sha256(content).digest()
        assert await place.open().digests("demo", "source") == digests

    async def test_a_digest_changes_with_each_name_and_tombstones_count(
        self, place: Place, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            first = await keep(writer, b"1")
            seen = [await store.digests("demo", "source")]
            second = await keep(writer, b"2", start_us=START_US + 2 * SECOND_US)
            seen.append(await store.digests("demo", "source"))
        place.put("demo", "source", HOUR, tombstone_of(second.name))
        seen.append(await store.digests("demo", "source"))
        await store.remove("demo", "source", first)
        seen.append(await store.digests("demo", "source"))
        assert [[one.count for one in digests] for digests in seen] == [[1], [2], [2], [1]]
        assert len({digests[0].digest for digests in seen}) == 4

    # Tombstones, timeline

    async def test_a_suppressed_segment_is_not_listed_but_can_be_read(
        self, place: Place, store: SegmentStore
    ) -> None:
        segment = await keep_one(store)
        place.put("demo", "source", HOUR, tombstone_of(segment.name))
        listing = await store.listing("demo", "source", HOUR)
        assert (listing.names, tuple(listing.segments)) == ((), ())
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
        large = bytes(90)
        small = next(  # whose hash is the greater one, since the hash decides between files of one size
            content
            for content in map(bytes, zip(range(256), strict=True))
            if hashlib.sha256(content).digest() > hashlib.sha256(large).digest()
        )
        async with writing(store) as writer:
            chosen = await keep(writer, large)
            await keep(writer, small)
        timeline = await store.timeline("demo", "source", start_us=START_US, end_us=START_US + 2 * SECOND_US)
        assert timeline.segments == (chosen,)

    # Reading and removing

    async def test_a_damaged_file_is_corrupt_and_says_which(self, place: Place, store: SegmentStore) -> None:
        segment = await keep_one(store, b"0123456789")
        for damaged in (b"0123456780", b"012345678", b""):
            place.put("demo", "source", HOUR, segment.name, damaged)
            with pytest.raises(Corrupt, match=segment.name):
                await store.read("demo", "source", segment)

    async def test_a_head_is_the_first_bytes_or_all_if_there_are_fewer(self, store: SegmentStore) -> None:
        segment = await keep_one(store, b"0123456789")

        assert await store.read_head("demo", "source", segment, 4) == b"0123"
        assert await store.read_head("demo", "source", segment, 40) == b"0123456789"
        with pytest.raises(NotFound):
            await store.read_head("demo", "480p", segment, 4)

    async def test_what_is_not_here_is_not_found(self, store: SegmentStore) -> None:
        with pytest.raises(NotFound, match="gone"):
            await store.read("demo", "source", A_SEGMENT)
        with pytest.raises(NotFound, match="gone"):
            await store.size_bytes("demo", "source", [A_SEGMENT])
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

    async def test_an_hour_can_be_removed_with_all_that_is_in_it(
        self, place: Place, store: SegmentStore
    ) -> None:
        async with writing(store) as writer:
            segment = await keep(writer, b"1")
            other = await keep(writer, b"3", start_us=START_US + HOUR_US)
        for name in (tombstone_of(segment.name), "10:04.000000-2.0-temp-b4b1c3f0.ts", ".x.temp", "notes.txt"):
            place.put("demo", "source", HOUR, name)
        await store.remove_hour("demo", "source", HOUR)
        await store.remove_hour("demo", "source", HOUR)
        await store.remove_hour("demo", "nothing", HOUR)
        assert await store.hours("demo", "source") == [other.hour]
        assert (await store.listing("demo", "source", HOUR)).tombstones == ()
        assert set(await store.facts("demo", "source", [HOUR, other.hour])) == {other.name}

    async def test_sizes_add_up(self, store: SegmentStore) -> None:
        async with writing(store) as writer:
            kept = [await keep(writer, b"x" * n, start_us=START_US + n * SECOND_US) for n in (1, 20, 300)]
        assert await store.size_bytes("demo", "source", kept) == 321
        assert await store.size_bytes("demo", "source", []) == 0
        with pytest.raises(NotFound):
            await store.size_bytes("demo", "source", [*kept, A_SEGMENT])

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

    # The ledger

    async def test_what_was_shown_stays_and_grows_at_its_end_alone(
        self, place: Place, store: SegmentStore
    ) -> None:
        names = [left(place, number) for number in (0, 1, 3)]
        first = await entries(store)
        assert [name for _, _, name in first] == names
        late, new = left(place, 2), left(place, 4)
        assert late not in names
        second = await entries(store)
        assert second[:3] == first
        assert [name for _, _, name in second[3:]] == [new]
        assert [sequence - second[0][0] for sequence, _, _ in second] == [0, 1, 2, 3]
        assert [number - second[0][1] for _, number, _ in second] == [0, 0, 1, 1]
        assert await entries(place.open()) == second

    async def test_two_stores_share_a_ledger(self, place: Place, store: SegmentStore) -> None:
        other = place.open()
        for number in range(6):
            left(place, number)
            shown = await entries(other if number % 2 else store)
        assert len(shown) == 6
        assert await entries(store) == await entries(other) == shown

    async def test_an_earlier_start_is_put_before_and_changes_nothing(
        self, place: Place, store: SegmentStore
    ) -> None:
        left(place, 0)
        earlier = left(place, -1800)
        shown = await entries(store)
        assert earlier not in [name for _, _, name in shown]
        reached = await entries(store, start_us=HOUR_START_US - HOUR_US)
        assert [name for _, _, name in reached][:1] == [earlier]
        assert reached[1:] == shown
        assert reached[0][0] == shown[0][0] - 1
        assert reached[0][1] < shown[0][1]
        assert await entries(place.open(), start_us=HOUR_START_US - HOUR_US) == reached

    async def test_without_reaching_back_an_earlier_start_has_what_there_is(
        self, place: Place, store: SegmentStore
    ) -> None:
        left(place, 0)
        shown = await entries(store)
        left(place, -1800)
        early_us = HOUR_START_US - HOUR_US
        found = await store.shown(
            "demo", "source", now_us=START_US + HOUR_US, start_us=early_us, reach_back=False
        )
        assert found.reach_us == HOUR_START_US
        assert await entries(store) == shown

    async def test_a_channel_is_numbered_together(self, place: Place, store: SegmentStore) -> None:
        for number in (0, 1, 3, 4):
            left(place, number)
        for number in range(5):
            left(place, number, quality="480p")
        pictures, small = await entries(store), await entries(store, "480p")
        numbers = {name[:12]: number for _, number, name in small}
        assert len(small) == 5
        assert all(numbers[name[:12]] == number for _, number, name in pictures)
        assert pictures[-1][1] == pictures[0][1] + 1

    async def test_of_an_unknown_quality_nothing_was_shown(self, place: Place, store: SegmentStore) -> None:
        left(place, 0)
        assert await entries(store, "480p") == []
        assert await store.qualities("demo") == ["source"]


def left(place: Place, number: int, *, quality: str = "source") -> str:
    """A segment of 2 s that somebody else wrote: the so manieth."""
    segment = named_segment(
        start_us=START_US + number * 2 * SECOND_US,
        duration_s=2.0,
        type=SegmentType.FULL,
        digest=hashlib.sha256(str(number).encode()).digest(),
    )
    place.put("demo", quality, segment.hour, segment.name)
    return segment.name
