"""Faults that nodes like this one have had, each with what a store or a client must not bring about here.

Requests that make no sense are in ``test_bad_input``; here is a store in which all sorts of things lie that are no
segments, and clients that behave badly.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

from longtake.core.names import hash_text

HOUR = "2024-11-24T04"
RANGE = f"start={HOUR}:00:00Z&end={HOUR}:00:04Z"
HASH = hash_text(bytes(32))
ODD_NAMES = [
    f"00:30.000000-inf-full-{HASH}.ts",
    f"00:31.000000-nan-full-{HASH}.ts",
    f"00:32.000000-1e-05-full-{HASH}.ts",
    f"00:33.000000--2.0-full-{HASH}.ts",
    f"00:34.000000-2.0-full-{HASH[:-1]}.ts",
    f"00:35.000000-2.0-full-{HASH}A.ts",
    f"00:36.000000-2.0-full-{'!' * 43}.ts",
    f"61:99.000000-2.0-full-{HASH}.ts",
    f"00:37.000000-2.0-huge-{HASH}.ts",
    "notes.ts",
]
"""Durations that are no length, hashes of a wrong length or alphabet, times outside of the hour, a type of no meaning."""


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    """A node over an odd store, for those who only look."""
    async with web_node(tmp_path_factory.mktemp("odd")) as node:
        await an_odd_store(node)
        yield node


def store_of(node: WebNode) -> Path:
    return node.store.layout.root


async def an_odd_store(node: WebNode) -> Path:
    """Five good segments, and beside them at each level what does not belong there."""
    await record(node.store)
    root = store_of(node)
    quality = root / "demo" / "source"
    for name in ODD_NAMES:
        (quality / HOUR / name).write_bytes(b"odd")
    (quality / HOUR / f".00:38.000000-2.0-temp-{HASH}.ts").write_bytes(b"half")
    (quality / HOUR / "folder.ts").mkdir()
    for stray in ("backup", "2024-11-24", "2024-11-24T99", "lost+found", "9999-99-99T99"):
        (quality / stray).mkdir()
        (quality / stray / f"00:00.000000-2.0-full-{HASH}.ts").write_bytes(b"stray")
    (quality / "2024-11-24T05").write_text("a file in place of an hour")
    (root / "demo" / "readme").write_text("a file in place of a quality")
    (root / "empty").mkdir()
    for private in ("roles.csv", "nodes.csv", "node.log", "demo_source_cut_0.mkv"):
        (root / private).write_text("secret")
    return quality


async def playlist_of(node: WebNode, path: str) -> str:
    answer = await node.get(path)
    assert answer.status == 200, answer.text
    return answer.text


GOOD = [
    ("/playlist/demo.m3u8", "the master playlist"),
    ("/playlist/demo/source.m3u8", "the live playlist"),
    (f"/playlist/demo/source.m3u8?{RANGE}", "a playlist of the past"),
    (f"/playlist/demo/source.m3u8?start={HOUR}:00:00Z", "a growing playlist"),
    (f"/playlist/demo/source.m3u8?end={HOUR}:30:00Z", "a playlist from the earliest hour on"),
    (f"/cut/demo/source.ts?type=rough&{RANGE}", "a rough cut"),
    (
        f"/cut/demo/source.ts?type=rough&allow_holes=true&start={HOUR}:00:00Z",
        "a cut to the end of the last hour",
    ),
    (f"/frame/demo/source.png?timestamp={HOUR}:00:01Z", "a picture"),
    (f"/api/v1/coverage/demo/source?{RANGE}", "what is recorded"),
    (f"/api/v1/frames/demo/source?{RANGE}", "the times of frames"),
    ("/api/v1/channels", "all channels"),
    (f"/files/demo/source/{HOUR}", "the listing of the hour"),
    ("/files/demo/source/2024-11-24T05", "the listing of a file in place of an hour"),
    ("/files/demo/source/backup", "the listing of a stray folder"),
    ("/files/demo/readme", "the listing of a file in place of a quality"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", [row[0] for row in GOOD], ids=[row[1] for row in GOOD])
async def test_nothing_odd_in_a_store_spoils(odd: WebNode, path: str) -> None:
    answer = await odd.get(path)
    assert answer.status == 200, answer.body[:300]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_name_without_a_sound_duration_or_hash_is_in_no_playlist(odd: WebNode) -> None:
    text = await playlist_of(odd, f"/playlist/demo/source.m3u8?start={HOUR}:00:00Z&end={HOUR}:30:00Z")
    assert text.count("#EXTINF") == 5
    assert "odd" not in text
    assert not re.search(r"inf-full|nan-full|1e-05|notes|stray|backup", text)


@pytest.mark.asyncio(loop_scope="module")
async def test_only_channels_are_listed_and_nothing_private_is_served(odd: WebNode) -> None:
    assert json.loads((await odd.get("/files")).body) == ["demo"]
    assert json.loads((await odd.get("/files/demo")).body) == ["source"]
    assert json.loads((await odd.get("/files/demo/source")).body) == [HOUR]
    for private in ("roles.csv", "nodes.csv", "node.log", "demo_source_cut_0.mkv", "demo/readme"):
        answer = await odd.get(f"/segments/{private}")
        assert answer.status == 404
        assert b"secret" not in answer.body


async def test_chat_is_listed_without_what_is_in_flight(node: WebNode) -> None:
    await record(node.store)
    hour = store_of(node) / "demo" / "chat" / HOUR
    hour.mkdir(parents=True)
    kept, suppressed = f"00:00.000000-60-full-{HASH}.json", f"01:00.000000-60-full-{HASH}.json"
    for name in (kept, suppressed, f".{kept}.temp", f"{kept}.temp"):
        (hour / name).write_text("[]")
    (hour / suppressed.replace(".json", ".tombstone")).touch()
    assert json.loads((await node.get(f"/files/demo/chat/{HOUR}")).body) == [kept]
    assert (await node.get(f"/demo/chat.json?start={HOUR}:00:00Z&end={HOUR}:10:00Z")).status == 501


async def test_a_file_that_vanishes_costs_itself_alone(node: WebNode) -> None:
    recorded = await record(node.store)
    path = f"/playlist/demo/source.m3u8?start={HOUR}:00:00Z&end={HOUR}:00:10Z"
    assert (await playlist_of(node, path)).count("#EXTINF") == 5
    gone = recorded[2].segment
    (store_of(node) / "demo" / "source" / gone.path).unlink()
    assert (await node.get(f"/segments/demo/source/{gone.path}")).status == 404
    assert (await playlist_of(node, path)).count("#EXTINF") == 4
    assert (
        await node.get(f"/cut/demo/source.ts?type=rough&start={HOUR}:00:00Z&end={HOUR}:00:10Z")
    ).status == 406


async def test_clients_that_hang_up_leave_no_old_playlist_behind(node: WebNode) -> None:
    await record(node.store, count=2)
    path = f"/playlist/demo/source.m3u8?start={HOUR}:00:00Z&end={HOUR}:00:10Z"
    host, port = node.url.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    await record(node.store, start=f"{HOUR}:00:04Z", count=1)
    assert (await playlist_of(node, path)).count("#EXTINF") == 3


async def test_a_cut_over_a_damaged_file_never_looks_whole(node: WebNode) -> None:
    recorded = await record(node.store)
    file = store_of(node) / "demo" / "source" / recorded[1].segment.path
    file.write_bytes(recorded[1].content[: len(recorded[1].content) // 2])
    whole = sum(len(one.content) for one in recorded[:3])
    try:
        answer = await node.get(f"/cut/demo/source.ts?type=rough&start={HOUR}:00:00Z&end={HOUR}:00:06Z")
    except aiohttp.ClientError:
        return  # the connection was broken, as it must be when a part has gone out
    assert answer.status != 200, f"{len(answer.body)} of {whole} bytes"


async def test_made_up_names_add_no_series_to_the_metrics(node: WebNode) -> None:
    await node.get("/files/once/upon")
    await node.get("/playlist/once/upon.m3u8")
    await node.get("/nothing-once")
    before = series((await node.get("/metrics")).text)
    for number in range(200):
        await node.get(f"/files/made-up-{number}/quality-{number}")
        await node.get(f"/playlist/made-up-{number}/quality-{number}.m3u8")
        await node.get(f"/nothing-{number}", method="GET" if number % 2 else f"MADE{number}")
    text = (await node.get("/metrics")).text
    assert "made-up" not in text
    assert "nothing-" not in text
    # The request for metrics itself, and 405 for methods of one sort, are new.
    assert len(series(text) - before) <= 6 * BUCKETS
    assert not [one for one in series(text) if "MADE" in one]


BUCKETS = 15
"""About how many series a histogram has for each set of labels."""


def series(text: str) -> set[str]:
    """Names and labels in a Prometheus text."""
    return {line.rpartition(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}


TYPES = [
    ("/files", "application/json"),
    ("/files/demo/source", "application/json"),
    ("/playlist/demo.m3u8", "application/vnd.apple.mpegurl"),
    ("/playlist/demo/source.m3u8", "application/vnd.apple.mpegurl"),
    (f"/cut/demo/source.ts?type=rough&{RANGE}", "video/mp2t"),
    (f"/cut/demo/source.mp4?type=rough&{RANGE}", "video/mp4"),
    (f"/frame/demo/source.jpg?timestamp={HOUR}:00:01Z", "image/jpeg"),
    ("/healthz", "application/json"),
    ("/metrics", "text/plain"),
    ("/api/v1/status", "application/json"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("path", "type"), TYPES, ids=[f"{kind} at {path[:30]}" for path, kind in TYPES])
async def test_everything_has_its_right_type(odd: WebNode, path: str, type: str) -> None:
    answer = await odd.get(path)
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, type)


@pytest.mark.asyncio(loop_scope="module")
async def test_other_origins_may_watch_but_not_ask_what_is_for_people(odd: WebNode) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    assert (await odd.get("/files", headers=headers)).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in (await odd.get("/api/v1/status", headers=headers)).headers


@pytest.mark.parametrize("path", ["/thumbnail/demo/source.png", "/generate_videos/demo/source"])
async def test_a_large_body_sent_to_what_is_not_there_is_not_waited_for(node: WebNode, path: str) -> None:
    """A client that sends on could lose the answer, so this one stops after the begin of what it announced."""
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {20 << 20}\r\n\r\n".encode())
    writer.write(b"\x89PNG" + bytes(1000))
    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert status.split()[1] == b"501"


async def test_media_playlists_say_what_players_need_and_round_up(node: WebNode) -> None:
    await record(node.store, leave_out={2})
    lines = (
        await node.get(f"/playlist/demo/source.m3u8?start={HOUR}:00:00Z&end={HOUR}:00:10Z")
    ).text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert "#EXT-X-TARGETDURATION:2" in lines
    assert any(line.startswith("#EXT-X-VERSION:") for line in lines)
    assert any(line.startswith("#EXT-X-MEDIA-SEQUENCE:") for line in lines)
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert "" not in lines
