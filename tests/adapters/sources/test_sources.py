"""Where a stream is: plain HLS URLs and streamlink, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.fakes.hls_origin import HlsOrigin

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import DetectedSource, source_at
from longtake.adapters.sources.hls_url import HlsUrlSource
from longtake.adapters.sources.with_streamlink import StreamlinkSource
from longtake.core.errors import InvalidInput, SourceDown, SourceRefused, SourceUnreachable


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest_asyncio.fixture
async def origin() -> AsyncIterator[HlsOrigin]:
    async with HlsOrigin() as origin:
        origin.publish(2)
        yield origin


class TestPlainHls:
    async def test_a_master_playlist_leads_to_the_best_variant(
        self, client: HttpClient, origin: HlsOrigin
    ) -> None:
        located = (await HlsUrlSource(origin.url, client).look_up()).locate("source")
        assert located.url == f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET"
        assert (located.width, located.height, located.frame_rate) == (320, 180, 30.0)
        assert located.codecs == "avc1.42c00c,mp4a.40.2"

    async def test_a_quality_by_height(self, client: HttpClient, origin: HlsOrigin) -> None:
        assert ((await HlsUrlSource(origin.url, client).look_up()).locate("180p30")).height == 180

    async def test_a_quality_that_is_not_there_is_refused_with_what_is(
        self, client: HttpClient, origin: HlsOrigin
    ) -> None:
        with pytest.raises(SourceRefused, match=r"180p \(source\)"):
            (await HlsUrlSource(origin.url, client).look_up()).locate("1080p")

    async def test_a_media_playlist_is_its_own_one_quality(
        self, client: HttpClient, origin: HlsOrigin
    ) -> None:
        url = f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET"
        assert ((await HlsUrlSource(url, client).look_up()).locate("source")).url == url
        with pytest.raises(SourceRefused, match="media playlist"):
            (await HlsUrlSource(url, client).look_up()).locate("480p")

    async def test_nothing_there_is_down(self, client: HttpClient, origin: HlsOrigin) -> None:
        with pytest.raises(SourceDown):
            (await HlsUrlSource(f"http://127.0.0.1:{origin.port}/none.m3u8", client).look_up()).locate(
                "source"
            )

    async def test_nobody_there_is_unreachable(self, client: HttpClient, origin: HlsOrigin) -> None:
        await origin.stop()
        with pytest.raises(SourceUnreachable, match="connection refused"):
            (await HlsUrlSource(origin.url, client).look_up()).locate("source")

    async def test_a_web_page_is_refused_without_its_query(
        self, client: HttpClient, origin: HlsOrigin
    ) -> None:
        origin.playlist_text = "<html></html>"
        with pytest.raises(SourceRefused, match="no HLS playlist") as raised:
            (
                await HlsUrlSource(f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET", client).look_up()
            ).locate("source")
        assert "SECRET" not in str(raised.value)


class TestStreamlink:
    async def test_what_streamlink_resolves_is_found(self, origin: HlsOrigin) -> None:
        located = (await StreamlinkSource(origin.url).look_up()).locate("source")
        assert located.url == f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET"
        assert "User-Agent" in located.headers


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.org/live/master.m3u8?token=1", HlsUrlSource),
        ("https://example.org/LIVE.M3U8", HlsUrlSource),
        ("hls:https://example.org/live", HlsUrlSource),
        ("streamlink:https://example.org/live.m3u8", StreamlinkSource),
        ("https://www.twitch.tv/somebody", DetectedSource),
    ],
)
async def test_the_kind_of_source_shows_in_the_address(client: HttpClient, url: str, kind: type) -> None:
    assert type(source_at(url, client)) is kind


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "example.org", "http://", "http://[::1", "file:///etc/passwd"]
)
async def test_what_is_no_web_address_is_bad_input(client: HttpClient, url: str) -> None:
    with pytest.raises(InvalidInput):
        source_at(url, client)


async def test_an_unknown_page_is_taken_for_hls(client: HttpClient, origin: HlsOrigin) -> None:
    url = f"http://127.0.0.1:{origin.port}/page"
    with pytest.raises(SourceDown):
        (await DetectedSource(url, client).look_up()).locate("source")
