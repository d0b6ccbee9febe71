"""What is inside segments, and how little is read for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.builders import us
from tests.fakes.stored_streams import CountingStore, damage, put, put_stream
from tests.fakes.tone_stream import ToneStream, made
from tests.fakes.ts_packets import AUDIO, VIDEO, packets, pes, tables

from longtake.core.cutting import Unread
from longtake.core.errors import Corrupt, LongtakeError, NotFound, NotUnderstood, StoreUnavailable
from longtake.core.facts import SegmentFacts
from longtake.core.frames import FrameClock
from longtake.core.inspection import facts_of, inspect
from longtake.core.mpegts.scan import index_segment
from longtake.core.segments import Segment
from longtake.services.cutting.insides import Insides, Known

STREAM = ToneStream(gop=15, segment_frames=30, segments=6)
"""Six segments of a second."""
AT = ("demo", "source")
IDR = b"\x00\x00\x01\x65\x88"


def tiny(pts: int, *, sound_bytes: int = 0) -> bytes:
    """A segment of one picture, behind so many bytes of sound."""
    sound = pes(bytes(sound_bytes), pts, stream_id=0xC0)
    return tables() + (packets(AUDIO, sound) if sound_bytes else b"") + packets(VIDEO, pes(IDR, pts))


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


async def test_a_segment_is_read_once(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    insides = Insides(store)
    for _ in range(2):
        for segment, content in zip(segments, made(STREAM), strict=True):
            assert await insides.index(*AT, segment) == index_segment(content)
    assert store.read_whole == segments
    assert store.read_heads == []


async def test_qualities_are_not_mixed_up(store: CountingStore) -> None:
    segment = put(store, tiny(5), start_us=us("04:00:10"))
    insides = Insides(store)
    assert (await insides.index(*AT, segment)).first_pts == 5
    with pytest.raises(NotFound):
        await insides.index("demo", "480p", segment)


async def test_for_a_clock_only_the_heads_of_earlier_segments_are_read(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"), jitter_us=[0, 9000, -9000, 3000, -16_000, 12_000])
    insides = Insides(store)
    clock = await insides.clock(*AT, segments[4], segments)
    assert clock == FrameClock(us=us("04:00:10"), pts=STREAM.first_pts)
    assert (store.read_whole, store.read_heads) == ([segments[4]], segments[:4])
    for segment in (segments[4], segments[3], segments[5]):
        assert await insides.clock(*AT, segment, segments) == clock
    assert store.read_whole == [segments[4], segments[3], segments[5]]
    assert store.read_heads == segments[:4]


def note(store: CountingStore, segment: Segment, **other: object) -> SegmentFacts:
    """What its recorder notes of a segment."""
    content = store.disk.hours[AT][segment.hour][segment.name]
    seen = replace(facts_of(inspect(content), name=segment.name, size_bytes=len(content)), **other)  # type: ignore[arg-type]
    store.disk.facts[AT][segment.hour][segment.name] = seen
    return seen


async def test_for_a_clock_nothing_is_read_where_facts_tell(store: CountingStore) -> None:
    jitter_us = [0, 15_000, 31_000, 47_000, 63_000, 79_000]
    segments = put_stream(
        store,
        ToneStream(gop=15, segment_frames=30, segments=6, b_frames=2),
        us("04:00:10"),
        jitter_us=jitter_us,
    )
    expected = [await Insides(store).clock(*AT, segment, segments) for segment in segments]
    for segment in segments:
        note(store, segment)
    store.read_heads.clear()
    for segment, clock in zip(segments, expected, strict=True):
        assert await Insides(store).clock(*AT, segment, segments) == clock
    assert store.read_heads == []


@pytest.mark.parametrize(
    "other",
    [{"looked": None}, {"doubt": "bytes are missing"}, {"first_pts": None}, {"starts_with_idr": None}],
    ids=["come from a playlist alone", "are in doubt", "do not say it", "are of sound"],
)
async def test_heads_are_read_where_facts(store: CountingStore, other: dict[str, object]) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    note(store, segments[0], **other)
    note(store, segments[1])
    clock = await Insides(store).clock(*AT, segments[3], segments)
    assert clock == FrameClock(us=us("04:00:10"), pts=STREAM.first_pts)
    assert store.read_heads == [segments[0], segments[2]]


async def test_a_clock_goes_by_nothing_before_its_minute(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:57.5"), jitter_us=[0, 7000, 0, -7000, 3000])
    clock = await Insides(store).clock(*AT, segments[4], segments)
    assert clock == FrameClock(us=segments[3].start_us, pts=STREAM.pts(90))
    assert store.read_heads == [segments[3]]


async def test_a_clock_is_the_same_whatever_else_is_known(store: CountingStore) -> None:
    jitter_us = [0, 15_000, 31_000, 47_000, 63_000, 79_000]
    segments = put_stream(store, STREAM, us("04:00:10"), jitter_us=jitter_us)
    fresh = [await Insides(store).clock(*AT, segment, segments) for segment in segments]
    insides = Insides(store)
    for segment in segments:
        await insides.index(*AT, segment)
    assert [await insides.clock(*AT, segment, segments) for segment in segments] == fresh
    assert len({clock.us for clock in fresh}) == 3


async def test_segments_of_several_timelines_count_once_in_the_order_of_time(store: CountingStore) -> None:
    jitter_us = [0, 9_000, 20_000, 20_000, 25_000, 14_000]
    segments = put_stream(store, STREAM, us("04:00:10"), jitter_us=jitter_us)
    twice = [*segments, *segments[:2]]
    for segment in segments:
        expected = await Insides(store).clock(*AT, segment, segments)
        assert await Insides(store).clock(*AT, segment, twice) == expected


async def test_a_first_picture_behind_much_sound_counts_all_the_same(store: CountingStore) -> None:
    first = put(store, tiny(9000, sound_bytes=100_000), start_us=us("04:00:10"))
    second = put(store, tiny(9000 + 180_000), start_us=us("04:00:12.01"))
    insides = Insides(store)
    clock = await insides.clock(*AT, second, [first, second])
    assert clock == FrameClock(us=first.start_us, pts=9000)
    assert await insides.clock(*AT, second, [first, second]) == clock
    assert store.read_whole == [second, first]
    assert store.read_heads == [first]


UNKNOWN: dict[str, bytes | None] = {
    "is no MPEG-TS": b"<!doctype html>" * 200,
    "has no picture": tables() + packets(AUDIO, pes(b"sound", 0, stream_id=0xC0)),
    "is gone": None,
}


@pytest.mark.parametrize("content", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_a_clock_goes_by_the_others_if_a_segment(store: CountingStore, content: bytes | None) -> None:
    lost = put(store, content or b"", start_us=us("04:00:09"))
    segments = put_stream(store, STREAM, us("04:00:10"), jitter_us=[0, 4000])
    if content is None:
        await store.remove(*AT, lost)
    clock = await Insides(store).clock(*AT, segments[1], [lost, *segments])
    assert clock == FrameClock(us=segments[0].start_us, pts=STREAM.first_pts)


FAULTS: dict[str, tuple[bytes | None, type[LongtakeError], str]] = {
    "gone": (None, NotFound, "is gone"),
    "damaged": (b"damaged", Corrupt, "damaged"),
}


@pytest.mark.parametrize(("content", "error", "words"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_segment_that_is(
    store: CountingStore, content: bytes | None, error: type[LongtakeError], words: str
) -> None:
    segment, *_ = put_stream(store, STREAM, us("04:00:10"))
    if content is None:
        await store.remove(*AT, segment)
    else:
        damage(store, segment, content)
    insides = Insides(store)
    for ask in (insides.index(*AT, segment), insides.clock(*AT, segment, [segment])):
        with pytest.raises(error, match=words):
            await ask
    damage(store, segment, made(STREAM)[0])
    assert (await insides.index(*AT, segment)).first_pts == STREAM.first_pts


async def test_what_is_not_understood_is_named(store: CountingStore) -> None:
    segment = put(store, tables(), start_us=us("04:00:10"))
    with pytest.raises(NotUnderstood, match=f"segment {segment.path}: the segment holds no picture"):
        await Insides(store).index(*AT, segment)


async def test_a_failing_disk_is_no_missing_segment(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    insides = Insides(store)
    await insides.index(*AT, segments[1])
    store.disk.trouble = "the disk is on fire"
    with pytest.raises(StoreUnavailable, match="on fire"):
        await insides.clock(*AT, segments[1], segments)
    assert (await insides.index(*AT, segments[1])).first_pts == STREAM.pts(30)


async def test_only_what_was_used_last_is_kept(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    insides = Insides(store, kept_indexes=2)
    for at in (0, 1, 0, 2, 0, 1):
        await insides.index(*AT, segments[at])
    assert [segments.index(segment) for segment in store.read_whole] == [0, 1, 2, 1]


async def test_first_pictures_are_kept_longer_than_indexes(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    insides = Insides(store, kept_indexes=1)
    for at in (0, 1, 2, 3):
        await insides.clock(*AT, segments[at], segments)
    assert (store.read_whole, store.read_heads) == (segments[:4], [])


async def test_first_pictures_are_not_kept_for_ever(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    insides = Insides(store, kept_stamps=3)
    for _ in range(2):
        await insides.clock(*AT, segments[5], segments)
    assert store.read_whole == [segments[5]]
    assert len(store.read_heads) > 5


async def test_a_plan_is_given_what_it_asks_for(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    insides = Insides(store)

    def make(known: Known) -> Sequence[tuple[int, int]]:
        wanted = (segments[4], segments[1])
        return [(known.index(each).first_pts, known.clock(each).us) for each in wanted]

    planned = await insides.plan(*AT, segments, make)
    assert planned == [(STREAM.pts(120), us("04:00:10")), (STREAM.pts(30), us("04:00:10"))]
    assert store.read_whole == [segments[4], segments[1]]


async def test_a_plan_fails_by_what_it_cannot_be_given(store: CountingStore) -> None:
    segments = put_stream(store, STREAM, us("04:00:10"))
    damage(store, segments[3], b"damaged")

    def make(known: Known) -> FrameClock:
        return known.clock(segments[3])

    with pytest.raises(Corrupt, match="damaged"):
        await Insides(store).plan(*AT, segments, make)


def test_nothing_is_known_at_first() -> None:
    segment: Segment = put(CountingStore(), b"", start_us=us("04:00:10"))
    for ask in (Known().index, Known().clock):
        with pytest.raises(Unread) as asked:
            ask(segment)
        assert asked.value.segment == segment
