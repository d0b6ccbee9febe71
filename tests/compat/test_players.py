"""What players and our own recorder make of an older node's playlists, fractional target duration, empty line and all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import m3u8
import pytest_asyncio
from streamlink.stream.hls.m3u8 import parse_m3u8
from tests.compat.stores import HOUR, NEXT_HOUR, put, two_hours
from tests.fakes.older_node import OlderNode
from yarl import URL

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.core.hls.model import MasterPlaylist, MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.times import parse_time
from longtake.services.capture.polling import PlaylistSession

LIVE = "/playlist/demo/480p.m3u8"
RANGE = f"{LIVE}?start=2024-11-09T23:59:50.123&end=2024-11-09T23:59:58.123"
DATES = [
    *(parse_time(f"{HOUR}:59:{second}.123Z") for second in (50, 52, 54, 56)),
    *(parse_time(f"{NEXT_HOUR}:00:{second}Z") for second in ("00.123", "04")),
]
"""Two seconds each. Before 00:00.123 two are missing; the one at 00:02 begins too early and is left out."""


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[OlderNode]:
    async with OlderNode(folder=tmp_path) as node:
        yield node


async def body_of(url: str) -> bytes:
    async with aiohttp.ClientSession() as session, session.get(URL(url, encoded=True)) as response:
        assert response.status == 200
        return await response.read()


async def media_at(url: str) -> MediaPlaylist:
    playlist = parse_playlist((await body_of(url)).decode(), url)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


async def test_our_parser_reads_a_live_playlist(node: OlderNode) -> None:
    two_hours(node.folder)
    playlist = await media_at(node.url + LIVE)
    assert (playlist.target_duration_s, playlist.ended, playlist.media_sequence) == (2, False, 0)
    assert [segment.program_date_time for segment in playlist.segments] == DATES
    assert {segment.duration_s for segment in playlist.segments} == {2.0}
    assert [index for index, segment in enumerate(playlist.segments) if segment.discontinuity] == [4, 5]
    assert playlist.segments[0].uri.startswith(
        f"{node.url}/segments/demo/480p/{HOUR}/59%3A50.123000-2.0-full-"
    )


async def test_streamlink_and_m3u8_read_the_same(node: OlderNode) -> None:
    two_hours(node.folder)
    text = (await body_of(node.url + LIVE)).decode()
    ours = await media_at(node.url + LIVE)
    by_streamlink = parse_m3u8(text, base_uri=node.url + LIVE)
    assert [segment.uri for segment in by_streamlink.segments] == [segment.uri for segment in ours.segments]
    assert [segment.date for segment in by_streamlink.segments] == DATES
    whole = text.replace("#EXT-X-TARGETDURATION:2.000", "#EXT-X-TARGETDURATION:2")
    by_m3u8 = m3u8.loads(whole, uri=node.url + LIVE)  # it refuses fractions there
    assert [segment.absolute_uri for segment in by_m3u8.segments] == [
        segment.uri for segment in ours.segments
    ]
    assert [segment.discontinuity for segment in by_m3u8.segments] == [
        segment.discontinuity for segment in ours.segments
    ]


async def test_a_fraction_of_a_target_duration_is_rounded_up(node: OlderNode) -> None:
    put(node.folder, "59:50", duration="4.004")
    assert (await media_at(f"{node.url}/playlist/demo/source.m3u8")).target_duration_s == 5


async def test_a_whole_range_ends(node: OlderNode) -> None:
    two_hours(node.folder)
    playlist = await media_at(node.url + RANGE)
    assert (playlist.ended, len(playlist.segments)) == (True, 4)


async def test_an_empty_playlist_has_no_segments(node: OlderNode) -> None:
    two_hours(node.folder)
    playlist = await media_at(f"{node.url}{LIVE}?start=2024-11-09T10:00&end=2024-11-09T10:00")
    assert (playlist.target_duration_s, playlist.segments, playlist.ended) == (6, (), False)


async def test_a_segment_is_where_the_playlist_says(node: OlderNode) -> None:
    put(node.folder, "59:50", content=b"some content")
    (segment,) = (await media_at(f"{node.url}/playlist/demo/source.m3u8")).segments
    assert await body_of(segment.uri) == b"some content"


async def test_for_our_recorder_a_new_segment_is_the_next_one(node: OlderNode) -> None:
    put(node.folder, "59:50")
    async with HttpClient() as client:
        session = PlaylistSession(Located(url=f"{node.url}/playlist/demo/source.m3u8"), client, asked_s=0)
        before = await session.poll()
        put(node.folder, "59:52")
        after = await session.poll()
    assert isinstance(before, MediaPlaylist)
    assert isinstance(after, MediaPlaylist)
    assert [segment.sequence for segment in after.segments] == [0, 1]
    assert after.segments[:1] == before.segments


async def test_our_parser_reads_a_master_playlist(node: OlderNode) -> None:
    two_hours(node.folder)
    url = f"{node.url}/playlist/demo.m3u8"
    playlist = parse_playlist((await body_of(url)).decode(), url)
    assert isinstance(playlist, MasterPlaylist)
    assert {(variant.uri, variant.bandwidth) for variant in playlist.variants} == {
        (f"{node.url}/playlist/demo/480p.m3u8", 1427999),
        (f"{node.url}/playlist/demo/source.m3u8", 6846146),
    }
