"""The HTTP client: answers and failures in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from longtake.adapters.http.client import HttpClient, Limits
from longtake.core.errors import InvalidInput, LongtakeError, SourceDown, SourceRefused, SourceUnreachable
from longtake.core.hls.model import ByteRange

CONTENT = bytes(range(256)) * 4000


async def answer(request: web.Request) -> web.StreamResponse:
    """Behaves as the path says."""
    what = request.match_info["what"]
    if what.isdigit():
        return web.Response(status=int(what))
    if what == "range":
        wanted = request.http_range
        return web.Response(status=206, body=CONTENT[wanted])
    if what == "moved":
        raise web.HTTPFound("/whole")
    if what == "gzip":
        packed = web.Response(text="#EXTM3U")
        packed.enable_compression(web.ContentCoding.gzip)
        return packed
    if what == "silent":
        await asyncio.sleep(3600)
    if what == "short":
        response = web.StreamResponse(headers={"Content-Length": str(len(CONTENT))})
        await response.prepare(request)
        await response.write(CONTENT[:1000])
        assert request.transport is not None
        request.transport.close()
        return response
    return web.Response(body=CONTENT)


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.get("/{what}", answer)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


async def body(client: HttpClient, url: str, byte_range: ByteRange | None = None) -> bytes:
    async with client.get_body(url, byte_range=byte_range) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_whole_body(client: HttpClient, url: str) -> None:
    assert await body(client, url + "whole") == CONTENT


async def test_a_part_of_a_body(client: HttpClient, url: str) -> None:
    part = ByteRange(length_bytes=100, offset_bytes=256)
    assert await body(client, url + "range", part) == CONTENT[256:356]


async def test_a_server_without_ranges_is_refused_when_a_part_was_asked_for(
    client: HttpClient, url: str
) -> None:
    with pytest.raises(SourceRefused, match="byte ranges"):
        await body(client, url + "whole", ByteRange(length_bytes=100, offset_bytes=256))


async def test_the_address_after_a_redirect_is_told(client: HttpClient, url: str) -> None:
    assert (await client.get_text(url + "moved")).url == url + "whole"


async def test_compressed_text_is_unpacked(client: HttpClient, url: str) -> None:
    assert (await client.get_text(url + "gzip")).text == "#EXTM3U"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, SourceDown),
        (410, SourceDown),
        (401, SourceRefused),
        (403, SourceRefused),
        (451, SourceRefused),
        (429, SourceUnreachable),
        (500, SourceUnreachable),
        (503, SourceUnreachable),
    ],
)
async def test_a_status_says_what_to_do_next(
    client: HttpClient, url: str, status: int, kind: type[LongtakeError]
) -> None:
    with pytest.raises(kind, match=str(status)) as raised:
        await client.get_text(f"{url}{status}?token=SECRET")
    assert "SECRET" not in str(raised.value)
    assert type(raised.value) is kind


async def test_a_body_that_breaks_off_is_an_error(client: HttpClient, url: str) -> None:
    with pytest.raises(SourceUnreachable, match="broke"):
        await body(client, url + "short")


async def test_a_silent_server_is_given_up(client: HttpClient, url: str) -> None:
    with pytest.raises(SourceUnreachable, match="in time"):
        await client.get_text(url + "silent", limits=Limits(total_s=0.2))


@pytest.mark.parametrize(
    ("address", "kind", "word"),
    [
        ("http://127.0.0.1:1/x", SourceUnreachable, "connection refused"),
        ("http://does-not-exist.invalid/x", SourceUnreachable, "host name"),
        ("http://", InvalidInput, "no URL"),
        ("http://a..b/x", InvalidInput, "no URL"),
        ("http://" + "a" * 70 + "/x", InvalidInput, "no URL"),
        ("mailto:x@example.org", InvalidInput, "no http"),
    ],
    ids=["nobody listens", "no such host", "no host", "an empty label", "a long label", "not http"],
)
async def test_what_cannot_be_asked(
    client: HttpClient, address: str, kind: type[LongtakeError], word: str
) -> None:
    with pytest.raises(kind, match=word):
        await client.get_text(address)
