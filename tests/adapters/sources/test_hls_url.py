"""Where a stream is: plain HLS URLs, over real HTTP."""

from __future__ import annotations

import base64
import gzip
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from tests.fakes.hls_origin import HlsOrigin
from tests.fakes.web_site import WebSite

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.hls_url import HlsUrlSource
from longtake.core.errors import SourceDown, SourceRefused, SourceUnreachable


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


VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=16x9\n{}\n"
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n"


@pytest_asyncio.fixture
async def site() -> AsyncIterator[WebSite]:
    async with WebSite() as site:
        yield site


async def found(client: HttpClient, url: str) -> str:
    return (await HlsUrlSource(url, client).look_up()).locate("source").url


class TestHowItComes:
    async def test_after_redirects_relative_addresses_are_of_the_last_one(
        self, client: HttpClient, site: WebSite
    ) -> None:
        async def away(request: web.Request) -> web.StreamResponse:
            raise web.HTTPFound("/else/where/master.m3u8?s=SECRET")

        site.replies |= {"/a/master.m3u8": away, "/else/where/master.m3u8": VARIANT.format("../v.m3u8?x=1")}
        assert await found(client, f"{site.base}/a/master.m3u8") == f"{site.base}/else/v.m3u8?x=1"
        site.replies["/else/where/master.m3u8"] = MEDIA
        assert (
            await found(client, f"{site.base}/a/master.m3u8")
            == f"{site.base}/else/where/master.m3u8?s=SECRET"
        )

    @pytest.mark.parametrize("text", [VARIANT, "\ufeff" + VARIANT, VARIANT.replace("\n", "\r\n")])
    async def test_with_a_byte_order_mark_or_other_line_ends(
        self, client: HttpClient, site: WebSite, text: str
    ) -> None:
        site.replies["/m"] = text.format("v")
        assert await found(client, f"{site.base}/m") == f"{site.base}/v"

    async def test_packed(self, client: HttpClient, site: WebSite) -> None:
        async def packed(request: web.Request) -> web.StreamResponse:
            body = gzip.compress(VARIANT.format("v").encode())
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})

        site.replies["/m"] = packed
        assert await found(client, f"{site.base}/m") == f"{site.base}/v"


class TestTheUserOfAnAddress:
    def address(self, site: WebSite) -> str:
        return f"{site.base}/m".replace("://", "://me:SECRET%40@")

    async def test_goes_to_the_same_host_with_all_that_it_refers_to(
        self, client: HttpClient, site: WebSite
    ) -> None:
        site.replies["/m"] = VARIANT.format("v")
        located = (await HlsUrlSource(self.address(site), client).look_up()).locate("source")
        told = "Basic " + base64.b64encode(b"me:SECRET@").decode()
        assert site.asked[0].headers["Authorization"] == told
        assert (located.url, located.headers) == (f"{site.base}/v", {"Authorization": told})
        assert "SECRET" not in repr(located)

    async def test_goes_to_no_other_host(self, client: HttpClient, site: WebSite) -> None:
        site.replies["/m"] = VARIANT.format("https://cdn.example/v")
        located = (await HlsUrlSource(self.address(site), client).look_up()).locate("source")
        assert located.headers == {}

    async def test_shows_in_no_message(self, client: HttpClient, site: WebSite) -> None:
        site.replies["/m"] = 403
        with pytest.raises(SourceRefused, match="HTTP 403") as caught:
            await HlsUrlSource(self.address(site), client).look_up()
        assert "SECRET" not in str(caught.value) and "me:" not in str(caught.value)
