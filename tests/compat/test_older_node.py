"""The stand-in for an older node says what the older system was seen to say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.compat.stores import HOUR, NEXT_HOUR, put, put_chat, put_file, two_hours
from tests.fakes.answer import Answer
from tests.fakes.older_node import OlderNode, faults
from yarl import URL

Get = Callable[..., Awaitable[Answer]]
PACKETS = (b"\x47\x1f\xff\x10" + b"\xff" * 184) * 3
HASH = "4elFt9hWV03wAPLdeoPeJTjT1pVagkgXypXW7SJrFMQ"


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[OlderNode]:
    async with OlderNode(folder=tmp_path) as node:
        yield node


@pytest_asyncio.fixture
async def get(node: OlderNode) -> AsyncIterator[Get]:
    async with aiohttp.ClientSession() as session:

        async def get(path: str, *, method: str = "GET", **headers: str) -> Answer:
            url = URL(node.url + path, encoded=True)
            async with session.request(method, url, headers=headers) as response:
                return Answer(status=response.status, headers=response.headers, body=await response.read())

        yield get


async def test_a_playlist_to_the_byte(node: OlderNode, get: Get) -> None:
    for clock in ("59:50.123000", "59:52.123000", "59:56.123000"):
        put(node.folder, clock, content=PACKETS)
    answer = await get("/playlist/demo/source.m3u8?start=2024-11-09T23:59:50.123&end=2024-11-09T23:59:58")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text == (
        "#EXTM3U\n"
        "#EXT-X-TARGETDURATION:2.000\n"
        "\n"
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:59:50.123000Z\n"
        "#EXTINF:2.000,live\n"
        f"/segments/demo/source/2024-11-09T23/59%3A50.123000-2.0-full-{HASH}.ts\n"
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:59:52.123000Z\n"
        "#EXTINF:2.000,live\n"
        f"/segments/demo/source/2024-11-09T23/59%3A52.123000-2.0-full-{HASH}.ts\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:59:56.123000Z\n"
        "#EXTINF:2.000,live\n"
        f"/segments/demo/source/2024-11-09T23/59%3A56.123000-2.0-full-{HASH}.ts\n"
        "#EXT-X-ENDLIST\n"
    )


async def test_a_playlist_with_nothing_in_it(node: OlderNode, get: Get) -> None:
    put(node.folder, "59:50")
    answer = await get("/playlist/demo/source.m3u8?start=2024-11-09T10:00&end=2024-11-09T10:00")
    assert answer.text == "#EXTM3U\n#EXT-X-TARGETDURATION:6.000\n\n"


async def test_a_live_playlist_never_looks_finished(node: OlderNode, get: Get) -> None:
    put(node.folder, "59:50", duration="10.0")
    assert "#EXT-X-ENDLIST" not in (await get("/playlist/demo/source.m3u8")).text
    assert "#EXT-X-ENDLIST" in (await get("/playlist/demo/source.m3u8?end=2024-11-10T00:00:00")).text


async def test_a_master_playlist_copies_the_query(node: OlderNode, get: Get) -> None:
    put(node.folder, "59:50")
    put_chat(node.folder)
    answer = await get("/playlist/demo.m3u8?end=2024-11-10T00:00:00")
    assert answer.text.splitlines() == [
        "#EXTM3U",
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="source",NAME="source",AUTOSELECT=YES,DEFAULT=YES',
        '#EXT-X-STREAM-INF:VIDEO="source",NAME="source",BANDWIDTH=6846146',
        "/playlist/demo/source.m3u8?end=2024-11-10T00:00:00",
    ]
    late = await get("/playlist/demo.m3u8?start=2024-11-11T00:00:00")
    assert late.text == "#EXTM3U\n"


STATUSES = {
    "/files/nobody": 200,
    "/files/.demo": 403,
    "/segments/.demo": 403,
    f"/files/demo/source/{HOUR}?tombstones=TRUE": 200,
    f"/files/demo/source/{HOUR}?tombstones=yes": 400,
    "/extras/nothing": 200,
    "/segments/demo/source/none.ts": 404,
    "/segments/demo/../../outside.ts": 404,
    "/playlist/nobody.m3u8": 404,
    "/playlist/demo/nothing.m3u8": 404,
    "/playlist/demo/source.m3u8?start=then": 500,
    "/playlist/demo/source.m3u8?start=2024-11-09T00:00:00": 400,
    "/cut/demo/source.ts?type=rough&start=2024-11-09T23:59:50.123&end=2024-11-09T23:59:58": 200,
    "/cut/demo/source.ts?type=rough&start=2024-11-09T23:00:00&end=2024-11-09T23:59:58": 406,
    "/cut/demo/source.ts?type=rough&start=2024-11-09T23:00:00&end=2024-11-09T23:59:58&allow_holes=true": 200,
    "/cut/demo/source.ts?range=2024-11-09T23:00:00": 500,
    "/cut/demo/source.ts?start=2024-11-09T23:00:00&end=2024-11-09T22:00:00": 400,
    "/cut/demo/source.ts?type=mp4": 400,
    "/nothing/of/the/kind": 404,
}


@pytest.mark.parametrize("path", STATUSES)
async def test_statuses_pages_and_headers_for_any_origin(node: OlderNode, get: Get, path: str) -> None:
    two_hours(node.folder)
    answer = await get(path)
    assert answer.status == STATUSES[path]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET,POST,HEAD"
    if answer.status >= 400:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.text.startswith("<!doctype html>")


async def test_methods(node: OlderNode, get: Get) -> None:
    assert (await get("/files", method="POST")).status == 405
    options = await get("/files", method="OPTIONS")
    assert (options.status, options.headers["Allow"]) == (200, "GET, HEAD, OPTIONS")
    head = await get("/files", method="HEAD")
    assert (head.status, head.headers["Content-Length"]) == (200, "2")


async def test_listings_hold_temps_and_odd_names_in_any_order(node: OlderNode, get: Get) -> None:
    two_hours(node.folder)
    path = f"/files/demo/source/{HOUR}"
    names = json.loads((await get(path)).body)
    assert names != sorted(names)
    assert names == json.loads((await get(path)).body)
    assert "notes.ts" in names
    assert any("-temp-" in name for name in names)
    assert not any(name.startswith("57:00.") or name.endswith((".tombstone", ".txt")) for name in names)
    both = json.loads((await get(f"{path}?tombstones=true")).body)
    assert both[: len(names)] == names
    assert sorted(name[:6] for name in both[len(names) :]) == ["57:00.", "59:58."]


async def test_base_and_extras_hide_little(node: OlderNode, get: Get) -> None:
    put_file(node.folder, "roles.csv")
    put_file(node.folder, "media/a/.1.temp")
    put_file(node.folder, "media/b.png")
    assert set(json.loads((await get("/files")).body)) == {"roles.csv", "media"}
    assert set(json.loads((await get("/extras/media")).body)) == {"a/.1.temp", "b.png"}


async def test_files_come_in_parts(node: OlderNode, get: Get) -> None:
    name = put(node.folder, "59:50", content=b"0123456789")
    answer = await get(f"/segments/demo/source/{HOUR}/{name}", Range="bytes=2-4")
    assert (answer.status, answer.body) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"
    assert answer.headers["Content-Type"] == "text/vnd.trolltech.linguist; charset=utf-8"


async def test_the_best_of_segments_that_start_together(node: OlderNode, get: Get) -> None:
    put(node.folder, "00:00", content=b"longest", duration="2.5", hour=NEXT_HOUR)
    put(node.folder, "00:00.0", content=b"larger than the longest", hour=NEXT_HOUR)
    put(node.folder, "00:02.5", content=b"a small suspect", kind="suspect", hour=NEXT_HOUR)
    put(node.folder, "00:02.5", content=b"a partial that is larger", kind="partial", hour=NEXT_HOUR)
    put(node.folder, "00:04.485", content=b"overlaps by 15 ms", hour=NEXT_HOUR)
    put(node.folder, "00:04.505", content=b"after the suspect", hour=NEXT_HOUR)
    cut = "/cut/demo/source.ts?type=rough&allow_holes=true&start=2024-11-10T00:00:00&end=2024-11-10T00:00:06.505"
    assert (await get(cut)).body == b"longesta small suspectafter the suspect"


async def test_an_infinite_duration_breaks_its_hour(node: OlderNode, get: Get) -> None:
    put(node.folder, "59:50")
    put(node.folder, "59:52", duration="inf")
    assert (await get("/playlist/demo/source.m3u8")).status == 500
    assert len(json.loads((await get(f"/files/demo/source/{HOUR}")).body)) == 2


LISTING = f"/files/demo/source/{HOUR}"
ODD = [{"a": 1}, "text", [[1], {}], 7, None, ["../../x", "\u0000", 3]]


@pytest.mark.parametrize(
    "value", ODD, ids=["a dict", "a text", "nested", "a number", "null", "hostile names"]
)
async def test_any_json_instead_of_a_listing(node: OlderNode, get: Get, value: Any) -> None:
    node.faults[LISTING] = faults.saying(value)
    assert json.loads((await get(LISTING)).body) == value
    assert (await get("/files")).body == b"[]"


async def test_faults_of_a_file(node: OlderNode, get: Get) -> None:
    path = f"/segments/demo/source/{HOUR}/{put(node.folder, '59:50', content=b'0123456789')}"
    below = f"/segments/demo/source/{HOUR}/*"
    for trouble, status, body in (
        (faults.half, 200, b"01234"),
        (faults.wrong_byte, 200, b"0123456788"),
        (faults.failing_with(503, "busy"), 503, b"busy"),
        (faults.delayed(0.01), 200, b"0123456789"),
    ):
        node.faults[below] = trouble
        answer = await get(path)
        assert (answer.status, answer.body) == (status, body)
    node.faults[below] = faults.first_times(1, faults.cut_short)
    with pytest.raises(aiohttp.ClientPayloadError):
        await get(path)
    assert (await get(path)).body == b"0123456789"
    assert node.asked == [path] * 6


async def test_a_body_without_an_end_and_an_answer_that_never_comes(node: OlderNode) -> None:
    put_file(node.folder, "demo/x.ts", b"begin")
    path = f"{node.url}/segments/demo/x.ts"
    async with aiohttp.ClientSession() as session:
        node.faults["/segments/demo/x.ts"] = faults.endless
        async with session.get(path) as response:
            assert (await response.content.readexactly(1_000_000)).startswith(b"begin\xff")
        node.faults["/segments/demo/x.ts"] = faults.silent
        with pytest.raises(asyncio.TimeoutError):
            await session.get(path, timeout=aiohttp.ClientTimeout(total=0.1))


async def test_more_names_than_there_are(node: OlderNode, get: Get) -> None:
    put(node.folder, "59:50")
    node.faults[LISTING] = faults.also_listing("../../etc/passwd.ts", 7)
    names = json.loads((await get(LISTING)).body)
    assert names[:2] == ["../../etc/passwd.ts", 7]
    assert len(names) == 3
