"""Which kind of source an address is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from tests.fakes.web_site import WebSite

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import DetectedSource, read_address, source_at
from longtake.adapters.sources.hls_url import HlsUrlSource
from longtake.adapters.sources.with_streamlink import StreamlinkSource, streamlink_knows
from longtake.adapters.sources.with_ytdlp import YtDlpSource
from longtake.adapters.sources.youtube import YouTubeSource
from longtake.core.errors import InvalidInput, SourceDown


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest.mark.parametrize(
    ("url", "type_", "kind"),
    [
        ("https://example.org/live/master.m3u8?token=1", HlsUrlSource, "hls"),
        ("https://example.org/LIVE.M3U8", HlsUrlSource, "hls"),
        ("hls:https://example.org/live", HlsUrlSource, "hls"),
        ("hls:https://www.twitch.tv/live", HlsUrlSource, "hls"),
        ("streamlink:https://example.org/live.m3u8", StreamlinkSource, "streamlink"),
        ("https://www.twitch.tv/somebody", StreamlinkSource, "twitch"),
        ("https://Twitch.TV/somebody", StreamlinkSource, "twitch"),
        ("streamlink:https://www.twitch.tv/somebody", StreamlinkSource, "twitch"),
        ("https://nottwitch.tv/somebody", DetectedSource, "unknown"),
        ("https://twitch.tv.example/somebody", DetectedSource, "unknown"),
        ("https://www.youtube.com/@somebody/live", YouTubeSource, "youtube"),
        ("https://youtu.be/abcdefghijk", YouTubeSource, "youtube"),
        ("yt-dlp:https://www.youtube.com/watch?v=abcdefghijk", YtDlpSource, "youtube"),
        ("streamlink:https://www.youtube.com/watch?v=abcdefghijk", StreamlinkSource, "youtube"),
        ("yt-dlp:https://example.org/live", YtDlpSource, "yt-dlp"),
        ("yt-dlp:https://example.org/live.m3u8", YtDlpSource, "yt-dlp"),
        ("https://example.org/live", DetectedSource, "unknown"),
    ],
)
async def test_the_kind_of_source_shows_in_the_address(
    client: HttpClient, url: str, type_: type, kind: str
) -> None:
    source = source_at(url, client)
    assert (type(source), source.kind) == (type_, kind)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "example.org",
        "http://",
        "http://[::1",
        "file:///etc/passwd",
        "hls:",
        "yt-dlp:x",
    ],
)
async def test_what_is_no_web_address_is_bad_input(client: HttpClient, url: str) -> None:
    with pytest.raises(InvalidInput):
        source_at(url, client)


def test_a_dot_at_the_end_of_a_host_name_changes_nothing() -> None:
    assert read_address("https://www.youtube.com./live").is_youtube


async def test_an_unknown_page_is_taken_for_hls(client: HttpClient) -> None:
    async with WebSite(replies={"/page": 404}) as site:
        source = DetectedSource(f"{site.base}/page", client)
        with pytest.raises(SourceDown):
            await source.look_up()
        assert source.kind == "hls"


async def test_a_page_that_streamlink_knows_is_left_to_it(client: HttpClient) -> None:
    async with WebSite(replies={"/x": 404}) as site:
        source = DetectedSource(f"{site.base}/x/live.m3u8", client, knows=streamlink_knows)
        with pytest.raises(SourceDown):
            await source.look_up()
        assert source.kind == "streamlink"


async def test_who_is_asked_for_longer_than_usual_says_so(client: HttpClient) -> None:
    async with WebSite(replies={"/x": "#EXTM3U\n#EXTINF:2,\n0.ts\n"}) as site:
        for url in (f"hls:{site.base}/x", f"{site.base}/x"):
            ask = partial(source_at, url, client)
            assert (await ask().look_up()).locate("source").max_age_s is None
            assert (await ask(max_age_s=60).look_up()).locate("source").max_age_s == 60
