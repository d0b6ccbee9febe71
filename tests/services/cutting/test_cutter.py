"""Cuts of a store: planned, measured, streamed."""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.builders import us
from tests.fakes.memory_store import MemoryStore
from tests.fakes.recorded_forms import FORMS, Forms, recorded_forms
from tests.fakes.tone_stream import ToneStream

from longtake.adapters.media.processed import ProcessedMedia
from longtake.adapters.media.workers import MediaWorkers
from longtake.core.cutting import CutContainer, CutKind, CutRange, CutRequest, RoughPlan
from longtake.core.errors import Corrupt, Incomplete, InvalidName, NotFound, NotUnderstood, Unsupported
from longtake.core.facts import Container, SegmentFacts
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US
from longtake.services.cutting.cutter import Cutter
from longtake.services.cutting.insides import Insides


def put(store: MemoryStore, index: int, container: Container | None = None) -> Segment:
    content = f"segment {index}".encode()
    segment = named_segment(
        start_us=us("04:00:00") + index * 2 * SECOND_US,
        duration_s=2.0,
        type=SegmentType.FULL,
        digest=hashlib.sha256(content).digest(),
    )
    store.disk.put("demo", "source", segment.hour, segment.name, content)
    if container is not None:
        facts = SegmentFacts(name=segment.name, size_bytes=len(content), container=container)
        store.disk.facts["demo", "source"][segment.hour][segment.name] = facts
    return segment


def request(
    *ranges: tuple[str, str],
    kind: CutKind = CutKind.ROUGH,
    container: CutContainer = CutContainer.TS,
    allow_holes: bool = False,
) -> CutRequest:
    return CutRequest(
        ranges=tuple(CutRange(start_us=us(start), end_us=us(end)) for start, end in ranges)
        or (CutRange(start_us=us("04:00:00"), end_us=us("04:00:06")),),
        kind=kind,
        container=container,
        allow_holes=allow_holes,
    )


def a_cutter(store: MemoryStore) -> Cutter:
    """With media workers that are never asked for anything here."""
    cutters, painters = (MediaWorkers(warm=0, at_most=1, nice=0) for _ in range(2))
    media = ProcessedMedia(lambda channel, quality: Path(), cutters=cutters, painters=painters)
    return Cutter(store, media, Insides(store))


async def cut(store: MemoryStore, wanted: CutRequest) -> bytes:
    cutter = a_cutter(store)
    plan = await cutter.plan("demo", "source", wanted)
    async with aclosing(cutter.stream("demo", "source", plan)) as chunks:
        content = b"".join([chunk async for chunk in chunks])
    assert len(content) == await cutter.size_bytes("demo", "source", plan)
    return content


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for index in range(4):
        put(store, index)
    return store


async def test_a_rough_cut_is_the_files_one_after_the_other(store: MemoryStore) -> None:
    assert await cut(store, request(("04:00:01", "04:00:04"))) == b"segment 0segment 1"
    assert (
        await cut(store, request(("04:00:06", "04:00:08"), ("04:00:00", "04:00:02"))) == b"segment 3segment 0"
    )


async def test_what_cannot_be_cut_is_said_before_anything_is_read(store: MemoryStore) -> None:
    cutter = a_cutter(store)
    for wanted in (request(kind=CutKind.FULL), request(container=CutContainer.MKV)):
        with pytest.raises(Unsupported):
            await cutter.plan("nobody", "source", wanted)
    with pytest.raises(NotFound, match="nobody/source"):
        await cutter.plan("nobody", "source", request())
    with pytest.raises(Incomplete, match="between"):
        await cutter.plan("demo", "source", request(("06:00:00", "06:00:01")))
    with pytest.raises(Incomplete):
        await cutter.plan("demo", "source", request(("04:00:00", "04:00:10")))
    with pytest.raises(InvalidName):
        await cutter.plan(".demo", "source", request())
    assert await cut(store, request(("04:00:06", "04:00:10"), allow_holes=True)) == b"segment 3"


async def test_a_damaged_file_ends_the_stream_before_its_first_byte(store: MemoryStore) -> None:
    cutter = a_cutter(store)
    plan = await cutter.plan("demo", "source", request())
    damaged = plan.segments[1]
    store.disk.put("demo", "source", damaged.hour, damaged.name, b"rubbish")
    chunks = cutter.stream("demo", "source", plan)
    assert await anext(chunks) == b"segment 0"
    with pytest.raises(Corrupt):
        await anext(chunks)


@pytest.mark.parametrize("first", [None, Container.FMP4], ids=["known of one", "known of all"])
async def test_fragmented_mp4_is_packed_anew(first: Container | None) -> None:
    store = MemoryStore()
    put(store, 0, first)
    put(store, 1, Container.FMP4)
    cutter = a_cutter(store)
    plan = await cutter.plan("demo", "source", request(("04:00:00", "04:00:04")))
    assert isinstance(plan, RoughPlan)
    assert plan.repacked
    assert await cutter.size_bytes("demo", "source", plan) is None


async def test_a_smart_cut_of_fragmented_mp4_is_refused_with_what_there_is() -> None:
    store = MemoryStore()
    one = recorded_forms(ToneStream(segments=1), FORMS["fMP4"], us("04:00:00"))["source"][0]
    store.disk.put("demo", "source", one.segment.hour, one.segment.name, one.content)
    wanted = request(("04:00:00", "04:00:02"), kind=CutKind.SMART)
    with pytest.raises(NotUnderstood, match=r"is fragmented MP4, .* --kind rough"):
        await a_cutter(store).plan("demo", "source", wanted)


async def test_transport_stream_is_packed_anew_for_mp4_alone(store: MemoryStore) -> None:
    cutter = a_cutter(store)
    for container in (CutContainer.MP4, CutContainer.TS):
        plan = await cutter.plan("demo", "source", request(container=container))
        assert isinstance(plan, RoughPlan)
        assert plan.repacked == (container is CutContainer.MP4)


def put_sound(store: MemoryStore, *indices: int) -> None:
    for index in indices:
        segment = put(store, index, Container.AUDIO)
        content = store.disk.hours["demo", "source"][segment.hour].pop(segment.name)
        store.disk.put("demo", "source.audio", segment.hour, segment.name, content)


async def test_separate_sound_goes_along(store: MemoryStore) -> None:
    other = MemoryStore(store.disk)
    put_sound(other, 10, 11, 12)
    for index in (10, 11, 12):
        put(store, index)
    plan = await a_cutter(store).plan("demo", "source", request(("04:00:20", "04:00:25")))
    assert isinstance(plan, RoughPlan)
    assert (plan.sound_quality, plan.repacked, plan.sound_gaps) == ("source.audio", True, ())
    assert [segment.name for segment in plan.sound] == [segment.name for segment in plan.segments]


async def test_sound_that_is_not_recorded_is_said_unless_allowed(store: MemoryStore) -> None:
    put_sound(store, 10)
    for index in (10, 11, 12):
        put(store, index)
    span = ("04:00:20", "04:00:25")
    with pytest.raises(Incomplete, match=r"the sound has holes: not recorded from .*04:00:22\.000Z"):
        await a_cutter(store).plan("demo", "source", request(span))
    plan = await a_cutter(store).plan("demo", "source", request(span, allow_holes=True))
    assert isinstance(plan, RoughPlan)
    assert len(plan.sound) == 1
    assert len(plan.sound_gaps) == 1


async def test_where_pictures_have_their_own_sound_no_other_is_missed(store: MemoryStore) -> None:
    put_sound(store, 10)
    segment = put(store, 0)
    facts = SegmentFacts(name=segment.name, size_bytes=9, codecs="avc1.64002a,mp4a.40.2")
    store.disk.facts["demo", "source"][segment.hour][segment.name] = facts
    plan = await a_cutter(store).plan("demo", "source", request(("04:00:00", "04:00:02")))
    assert isinstance(plan, RoughPlan)
    assert (plan.sound_quality, plan.repacked) == (None, False)


async def test_a_smart_cut_never_leaves_out_separate_sound_without_a_word(store: MemoryStore) -> None:
    put_sound(store, 10)
    put(store, 10)
    wanted = request(("04:00:20", "04:00:22"), kind=CutKind.SMART)
    with pytest.raises(Unsupported, match=r"recorded separately, as source\.audio: .* rough"):
        await a_cutter(store).plan("demo", "source", wanted)


async def test_what_facts_call_transport_stream_is_cut() -> None:
    store = MemoryStore()
    put(store, 0, Container.MPEG_TS)
    put(store, 1)
    assert await cut(store, request(("04:00:00", "04:00:04"))) == b"segment 0segment 1"


PAGE = b"<html><body>Bad gateway</body></html>"


def put_with_a_page(store: MemoryStore, page: int) -> list[Segment]:
    """Four segments of two seconds from 04:00:00; the content of one is a page, and facts say so."""
    segments = []
    for number, one in enumerate(
        recorded_forms(ToneStream(segments=4), Forms(pictures="mpegts"), us("04:00:00"))["source"]
    ):
        segment, content = one.segment, one.content
        if number == page:
            digest = hashlib.sha256(PAGE).digest()
            segment = named_segment(
                start_us=segment.start_us, duration_s=2.0, type=SegmentType.FULL, digest=digest
            )
            content = PAGE
            facts = SegmentFacts(
                name=segment.name, size_bytes=len(PAGE), container=Container.OTHER, doubt="no media"
            )
            store.disk.facts["demo", "source"][segment.hour][segment.name] = facts
        store.disk.put("demo", "source", segment.hour, segment.name, content)
        segments.append(segment)
    return segments


BESIDE_THE_PAGE = {
    "a cut that ends where the page begins": ("04:00:00", "04:00:04"),
    "a cut that begins where the page ends": ("04:00:06", "04:00:08"),
}


@pytest.mark.parametrize("kind", [CutKind.SMART, CutKind.ROUGH])
@pytest.mark.parametrize("span", BESIDE_THE_PAGE.values(), ids=BESIDE_THE_PAGE.keys())
async def test_a_page_among_segments_takes_no_neighbour_down(span: tuple[str, str], kind: CutKind) -> None:
    store = MemoryStore()
    put_with_a_page(store, 2)
    plan = await a_cutter(store).plan("demo", "source", request(span, kind=kind, container=CutContainer.MP4))
    assert (len(plan.runs), plan.gaps) == (1, ())


@pytest.mark.parametrize("kind", [CutKind.SMART, CutKind.ROUGH])
async def test_a_cut_goes_on_behind_a_page_as_behind_any_hole(kind: CutKind) -> None:
    store = MemoryStore()
    put_with_a_page(store, 2)
    cutter = a_cutter(store)
    span = ("04:00:01", "04:00:07")
    with pytest.raises(Incomplete, match=r"recorded, but no media from .*04:00:04\.000Z"):
        await cutter.plan("demo", "source", request(span, kind=kind))
    plan = await cutter.plan("demo", "source", request(span, kind=kind, allow_holes=True))
    assert [(gap.start_us, gap.end_us) for gap in plan.gaps] == [(us("04:00:04"), us("04:00:06"))]
    assert len(plan.runs) == 2


async def test_nothing_of_a_page_is_in_a_rough_cut() -> None:
    store = MemoryStore()
    segments = put_with_a_page(store, 0)
    wanted = request(("04:00:00", "04:00:04"), allow_holes=True)
    assert await cut(store, wanted) == await store.read("demo", "source", segments[1])


@pytest.mark.parametrize("kind", [CutKind.SMART, CutKind.ROUGH])
async def test_where_a_page_is_all_there_is_nothing_is_recorded(kind: CutKind) -> None:
    store = MemoryStore()
    put_with_a_page(store, 2)
    wanted = request(("04:00:04.5", "04:00:05.5"), kind=kind, allow_holes=True)
    with pytest.raises(Incomplete, match="nothing is recorded between"):
        await a_cutter(store).plan("demo", "source", wanted)
