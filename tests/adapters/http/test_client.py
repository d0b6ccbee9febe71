"""The HTTP client: answers and failures in our words."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import web
from tests.fakes.odd_answers import OddAnswers

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import Limits
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
    if what == "circle":
        raise web.HTTPFound("/circle?token=SECRET")
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


@asynccontextmanager
async def served(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    app = web.Application()
    app.add_routes([web.get("/{what:.*}", handler)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    async with served(answer) as port:
        yield f"http://127.0.0.1:{port}/"


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


async def test_out_of_a_server_without_ranges_the_part_is_cut(client: HttpClient, url: str) -> None:
    for part in (
        ByteRange(length_bytes=100, offset_bytes=0),
        ByteRange(length_bytes=300_000, offset_bytes=700_001),
    ):
        first, end = part.offset_bytes, part.offset_bytes + part.length_bytes
        assert await body(client, url + "whole", part) == CONTENT[first:end]


async def test_what_a_server_without_ranges_sends_after_the_part_is_not_waited_for(
    client: HttpClient,
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"
    async with OddAnswers([head, CONTENT[:500], b"never"], stalls=[2]) as origin, asyncio.timeout(5):
        part = ByteRange(length_bytes=100, offset_bytes=256)
        async with client.get_body(origin.url, byte_range=part) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == CONTENT[256:356]
            assert chunks.framed
        await origin.until_idle()


async def test_a_server_without_ranges_that_has_less_breaks_off(client: HttpClient, url: str) -> None:
    with pytest.raises(SourceUnreachable, match="no ranges"):
        await body(client, url + "whole", ByteRange(length_bytes=100, offset_bytes=len(CONTENT) - 99))


async def test_a_part_far_into_what_a_server_without_ranges_sends_is_refused(
    client: HttpClient, url: str
) -> None:
    with pytest.raises(SourceRefused, match="byte ranges"):
        await body(client, url + "whole", ByteRange(length_bytes=100, offset_bytes=65 << 20))


async def test_a_part_that_is_not_there_yet_is_not_there(client: HttpClient, url: str) -> None:
    with pytest.raises(SourceDown, match="416"):
        await body(client, url + "416", ByteRange(length_bytes=100, offset_bytes=256))


async def test_the_address_after_a_redirect_is_told(client: HttpClient, url: str) -> None:
    assert (await client.get_text(url + "moved")).url == url + "whole"


async def test_a_circle_of_redirects_is_told_as_one(client: HttpClient, url: str) -> None:
    with pytest.raises(SourceUnreachable, match=r"circle redirects in a circle, or too often$"):
        await client.get_text(url + "circle")


async def test_compressed_text_is_unpacked(client: HttpClient, url: str) -> None:
    assert (await client.get_text(url + "gzip")).text == "#EXTM3U"


@pytest.mark.parametrize(
    ("status", "passing"), [(403, True), (401, False), (451, False), (400, False)], ids=str
)
async def test_what_edges_say_of_what_is_not_there_yet_may_pass(
    client: HttpClient, url: str, status: int, passing: bool
) -> None:
    with pytest.raises(SourceRefused) as raised:
        await client.get_text(f"{url}{status}")
    assert raised.value.passing is passing


@pytest.mark.parametrize("status", [b"429 Too Many Requests", b"503 Service Unavailable"])
async def test_how_long_not_to_ask_is_told(client: HttpClient, status: bytes) -> None:
    answer = b"HTTP/1.1 " + status + b"\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    async with OddAnswers([answer]) as origin:
        with pytest.raises(SourceUnreachable) as raised:
            await client.get_bytes(origin.url, largest_bytes=100)
        assert raised.value.retry_after_s == 7
        assert origin.requests == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_cookies_go_with_what_follows_and_to_no_other_source(client: HttpClient, host: str) -> None:
    seen: list[str] = []

    async def setting(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie", ""))
        return web.Response(text="#EXTM3U", headers={"Set-Cookie": f"token=SECRET{len(seen)}; Path=/"})

    async with served(setting) as port:
        one, other = client.apart(), client.apart()
        url = f"http://{host}:{port}/"
        for asks in (one, one, other, client):
            await asks.get_text(url)
        async with one.get_body(url, fresh_connection=True) as fresh:
            await fresh.whole(100)
    assert seen == ["", "token=SECRET1", "", "", "token=SECRET2"]


async def test_cookies_of_a_source_that_sets_ever_new_ones_stay_few(client: HttpClient) -> None:
    seen: list[str] = []

    async def setting(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie", ""))
        return web.Response(headers={"Set-Cookie": f"token{len(seen)}={'x' * 100}; Path=/"})

    async with served(setting) as port:
        for _ in range(400):
            await client.get_text(f"http://localhost:{port}/")
    assert max(len(cookies.split(";")) for cookies in seen) < 200


async def test_those_that_are_apart_share_connections_and_are_closed_together() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    async with OddAnswers([answer], then="keep") as origin:
        async with HttpClient() as client:
            apart = [client.apart() for _ in range(3)]
            for one in (client, *apart):
                assert (await one.get_text(origin.url)).text == "hello"
            assert origin.connections == 1
        with pytest.raises(RuntimeError, match="closed"):
            await apart[0].get_text(origin.url)


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
        await client.get_text(url + "silent", limits=Limits(whole_hard_s=0.2))


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


async def test_all_bytes_that_came_before_a_break_are_handed_out(client: HttpClient) -> None:
    """Also those that were read ahead when the connection broke."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 900001\r\n\r\n"
    async with OddAnswers([head, CONTENT[:700_001]], then="reset") as origin:
        for pause_s in (0, 0.05):
            got = bytearray()
            with pytest.raises(SourceUnreachable, match="broke"):
                await gather(client, origin.url, got, pause_s)
            assert got == CONTENT[:700_001]


async def gather(client: HttpClient, url: str, got: bytearray, pause_s: float) -> None:
    async with client.get_body(url) as whole:
        await asyncio.sleep(pause_s)
        async for chunk in whole:
            got += chunk


@pytest.mark.parametrize(
    ("head", "sent", "framed"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"hello", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"hello", False),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"hello", False),
    ],
    ids=["by its length", "in chunks", "by the connection's end", "as in HTTP/1.0"],
)
async def test_whether_an_answer_says_where_it_ends_is_known(
    client: HttpClient, head: bytes, sent: bytes, framed: bool
) -> None:
    async with OddAnswers([head, sent]) as origin, client.get_body(origin.url) as whole:
        assert b"".join([chunk async for chunk in whole]) == b"hello"
        assert whole.framed is framed


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello",
    ],
    ids=["short of its length", "between two chunks", "within a chunk"],
)
async def test_a_body_that_ends_early_is_an_error(client: HttpClient, answer: bytes) -> None:
    async with OddAnswers([answer]) as origin:
        with pytest.raises(SourceUnreachable, match="broke"):
            await client.get_bytes(origin.url, largest_bytes=100)


async def test_a_body_ends_where_its_length_says_so(client: HttpClient) -> None:
    pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"hello"]
    async with OddAnswers(pieces, pause_s=0.02) as origin:
        assert await client.get_bytes(origin.url, largest_bytes=100) == b"hell"


async def test_a_body_that_is_too_big_is_refused(client: HttpClient, url: str) -> None:
    with pytest.raises(SourceRefused, match="more than"):
        await client.get_bytes(url + "whole", largest_bytes=1000)


async def test_a_packed_body_is_unpacked(client: HttpClient, url: str) -> None:
    assert await client.get_bytes(url + "gzip", largest_bytes=100) == b"#EXTM3U"


async def test_usual_requests_share_a_connection_and_one_on_a_fresh_connection_does_not(
    client: HttpClient,
) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    async with OddAnswers([answer], then="keep") as origin:
        for fresh in (False, False, True, True, False):
            async with client.get_body(origin.url, fresh_connection=fresh) as whole:
                assert b"".join([chunk async for chunk in whole]) == b"hello"
        assert origin.connections == 3
        assert origin.requests == 5


async def test_a_text_that_stalls_comes_by_a_second_try_on_a_new_connection(client: HttpClient) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    limits = Limits(answer_soft_s=0.1, silence_soft_s=0.1)
    async with OddAnswers([answer, b"hello"], stalls=[0, None, 1], then="keep") as origin:
        assert (await client.get_text(origin.url, limits=limits)).text == "hello"
        assert (origin.requests, origin.connections, origin.most_at_once) == (2, 2, 2)
        await origin.until_idle()
        assert (await client.get_text(origin.url, limits=limits)).text == "hello"
        await origin.until_idle()
        assert origin.requests == 4
        assert origin.most_at_once == 2


@pytest.mark.parametrize(
    ("stated", "sent", "kind", "word"),
    [
        ("bytes 256-299/300", 44, SourceUnreachable, "44 of a range of 100 bytes"),
        ("bytes 256-355/*", 120, SourceUnreachable, "120 of a range of 100 bytes"),
        ("bytes 0-99/300", 100, SourceRefused, "another range"),
    ],
    ids=["less, since no more is there yet", "more", "from elsewhere"],
)
async def test_a_range_that_is_not_the_one_asked_for_is_an_error(
    client: HttpClient, stated: str, sent: int, kind: type[LongtakeError], word: str
) -> None:
    head = f"HTTP/1.1 206 Partial Content\r\nContent-Range: {stated}\r\nContent-Length: {sent}\r\n\r\n"
    async with OddAnswers([head.encode() + CONTENT[:sent]]) as origin:
        with pytest.raises(kind, match=word):
            await body(client, origin.url, ByteRange(length_bytes=100, offset_bytes=256))


async def test_a_signed_address_is_asked_for_as_it_is_written() -> None:
    """A signature is over the very bytes: nothing in it is decoded, encoded or put in order on the way."""
    signed = "/a%2Fb/x.ts?acl=%2f*~hmac=AB%3D%3d&key=AKIA%2F2026%2Fs3&plus=a+b%20c&x=%7E"
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.raw_path)
        if len(asked) == 1:
            return web.Response(status=302, headers={"Location": f"{signed}&again=%2F"})
        return web.Response(text="there")

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with HttpClient() as client:
            await client.get_text(f"http://127.0.0.1:{port}{signed}")
    finally:
        await runner.cleanup()
    assert asked == [signed, f"{signed}&again=%2F"]
