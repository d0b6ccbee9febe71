"""Master playlists of real files of two sizes, from a real web node, and what other parsers read in them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import m3u8
import pytest
import pytest_asyncio
from starlette.requests import Request
from tests.fakes.recording import START, at_us
from tests.fakes.web_node import WebNode, web_node
from tests.services.serve.test_strict_validator import entries_by_strict_reading

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.teststream.encoder import encode_segments
from longtake.core.facts import SegmentFacts
from longtake.core.inspection import facts_of, inspect
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US
from longtake.kit.clock import SystemClock
from longtake.services.serve.master import MasterPlaylists

pytestmark = pytest.mark.asyncio(loop_scope="module")
COUNT = 5
RANGE = "start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:10Z"


async def record(
    store: DiskStore, quality: str, size: tuple[int, int], *, channel: str = "two sizes", start: str = START
) -> None:
    """As a recorder does it, with a look into each."""
    start_us = at_us(start)
    contents = encode_segments(start_us * 30 // SECOND_US, COUNT, size=size)
    async with store.open_writer(channel, quality, "capture") as writer:
        for index, content in enumerate(contents):
            incoming = writer.begin()
            await incoming.add(content)
            await incoming.keep(partial(_settle, start_us + index * 2 * SECOND_US))


def _settle(start_us: int, content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
    segment = named_segment(start_us=start_us, duration_s=2.0, type=SegmentType.FULL, digest=digest)
    facts = facts_of(inspect(bytes(content)), name=segment.name, size_bytes=len(content))
    return segment, replace(facts, target_duration_s=2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path_factory.mktemp("node")) as node:
        await record(node.store, "source", (640, 360))
        await record(node.store, "180p", (320, 180))
        yield node


def sizes_bytes(node: WebNode, quality: str, count: int) -> list[int]:
    folder: Path = node.store.layout.hour("two sizes", quality, "2024-11-24T04")
    files = sorted(path for path in folder.iterdir() if path.suffix == ".ts")
    assert len(files) == COUNT
    return [path.stat().st_size for path in files[:count]]


QUERIES = {
    "live": ("", COUNT),
    "growing": ("?start=2024-11-24T04:00:00Z", COUNT),
    "all of it": (f"?{RANGE}", COUNT),
    "a part": ("?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:03Z", 2),
}


@pytest.mark.parametrize(("query", "count"), QUERIES.values(), ids=QUERIES.keys())
async def test_what_is_said_is_measured_in_the_files(node: WebNode, query: str, count: int) -> None:
    text = (await node.get(f"/playlist/two%20sizes.m3u8{query}")).text
    read = m3u8.loads(text)
    assert [variant.stream_info.video for variant in read.playlists] == ["source", "180p"]
    for variant, resolution in zip(read.playlists, [(640, 360), (320, 180)], strict=True):
        info = variant.stream_info
        sizes = sizes_bytes(node, info.video, count)
        assert info.bandwidth == max(sizes) * 4
        assert info.average_bandwidth == math.ceil(sum(sizes) * 4 / count)
        assert (info.resolution, info.frame_rate) == (resolution, 30.0)
        assert [codec.partition(".")[0] for codec in info.codecs.split(",")] == ["avc1", "mp4a"]
    assert entries_by_strict_reading(text) == 2


async def test_segments_of_a_range_are_independent_as_facts_say(node: WebNode) -> None:
    assert m3u8.loads((await node.get(f"/playlist/two%20sizes.m3u8?{RANGE}")).text).is_independent_segments
    live = m3u8.loads((await node.get("/playlist/two%20sizes.m3u8")).text)
    assert not live.is_independent_segments


async def test_each_variant_leads_to_a_playlist_that_is_told_of_the_other(node: WebNode) -> None:
    read = m3u8.loads((await node.get(f"/playlist/two%20sizes.m3u8?{RANGE}")).text)
    for variant, other in zip(read.playlists, ["180p", "source"], strict=True):
        assert variant.uri.endswith(f"&together={other}")
        media = m3u8.loads((await node.get(f"/playlist/{variant.uri}")).text)
        assert len(media.segments) == COUNT
        assert media.is_endlist


async def test_who_has_the_master_is_told_so(node: WebNode) -> None:
    path = f"/playlist/two%20sizes.m3u8?{RANGE}"
    first = await node.get(path)
    assert first.headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
    again = await node.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    head = await node.get(path, method="HEAD")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", first.headers["ETag"])


async def test_odd_names_are_strictly_right_and_lead_to_playlists(node: WebNode) -> None:
    for quality in ('a"b', 'a"b.audio', 'a"b.audio-de', "50% ,?#"):
        await record(node.store, quality, (320, 180), channel='"odd" & é')
    text = (await node.get(f"/playlist/%22odd%22%20%26%20%C3%A9.m3u8?{RANGE}")).text
    assert entries_by_strict_reading(text) == 2
    read = m3u8.loads(text)
    uris = [variant.uri for variant in read.playlists]
    uris += [media.uri for media in read.media if media.type == "AUDIO"]
    assert len(uris) == 4
    for uri in uris:
        assert len(m3u8.loads((await node.get(f"/playlist/{uri}")).text).segments) == COUNT


async def test_facts_of_an_hour_are_read_once_while_it_stays_as_it_is(node: WebNode) -> None:
    for quality in ("source", "180p"):
        await record(node.store, quality, (320, 180), channel="counted")
        await node.store.joined("counted", quality, start_us=0, end_us=at_us("2025-01-01T00:00:00Z"))
    masters = MasterPlaylists(node.store, SystemClock(), recent_cutoff_us=0)
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/playlist/counted.m3u8",
            "headers": [],
            "query_string": RANGE.encode(),
            "path_params": {"channel": "counted"},
        }
    )
    read: list[str] = []
    facts = node.store.facts

    async def counted(channel: str, quality: str, hours: Iterable[str]) -> Mapping[str, SegmentFacts]:
        read.append(quality)
        return await facts(channel, quality, hours)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node.store, "facts", counted)
        answers = await asyncio.gather(*(masters.master(request) for _ in range(5)))
        assert sorted(read) == ["180p", "source"]
        assert len({answer.body for answer in answers}) == 1
        await record(node.store, "180p", (320, 180), channel="counted", start="2024-11-24T04:20:00Z")
        await masters.master(request)
        assert sorted(read) == ["180p", "180p", "source"]
