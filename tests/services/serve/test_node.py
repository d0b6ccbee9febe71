"""What a node says of itself over real HTTP: health, status, coverage, metrics."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio
from tests.builders import a_segment, us
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

from longtake.adapters.store.status_files import StatusFile
from longtake.core.segments import SegmentType
from longtake.core.times import format_us

HOUR = "2024-11-24T04"


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


def store_of(node: WebNode) -> Path:
    return node.store.layout.root


def say(node: WebNode, name: str, **words: object) -> None:
    """A status file as another process, or another version, leaves it."""
    folder = store_of(node) / ".longtake" / "status"
    folder.mkdir(parents=True, exist_ok=True)
    now = format_us(time.time_ns() // 1000)
    status = {"service": "capture", "pid": 1, "started": now, "updated": now, "details": {}, "metrics": []}
    (folder / f"{name}.json").write_text(json.dumps(status | words))


async def test_health(node: WebNode) -> None:
    assert json.loads((await node.get("/healthz")).body) == {"status": "ok"}


async def test_channels_and_what_happens_to_them(node: WebNode) -> None:
    await record(node.store, count=2)
    status = StatusFile(store_of(node), "capture")
    status.claim()
    told = {"channel": "other", "quality": "480p", "state": "waiting", "since": "x", "message": "down"}
    status.write({"recorders": [told]}, [])
    answer = json.loads((await node.get("/api/v1/channels")).body)
    assert answer["channels"] == [
        {
            "name": "demo",
            "qualities": [
                {
                    "name": "source",
                    "first": "2024-11-24T04:00:00.000000Z",
                    "last": "2024-11-24T04:00:04.000000Z",
                    "state": "stopped",
                    "message": None,
                    "audio": [],
                }
            ],
        },
        {
            "name": "other",
            "qualities": [
                {
                    "name": "480p",
                    "first": None,
                    "last": None,
                    "state": "waiting",
                    "message": "down",
                    "audio": [],
                }
            ],
        },
    ]
    assert "Access-Control-Allow-Origin" not in (await node.get("/api/v1/channels")).headers
    status.remove()


async def test_coverage_names_every_hole(node: WebNode) -> None:
    await record(node.store, count=4, leave_out={1}, types={3: SegmentType.PARTIAL})
    answer = json.loads(
        (
            await node.get("/api/v1/coverage/demo/source?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:09Z")
        ).body
    )

    def at(seconds: int) -> str:
        return f"2024-11-24T04:00:0{seconds}.000000Z"

    assert answer["spans"] == [{"start": at(0), "end": at(2)}, {"start": at(4), "end": at(6)}]
    assert answer["holes"] == [
        {"start": at(2), "end": at(4), "reason": "not recorded"},
        {"start": at(6), "end": at(8), "reason": "recorded in part"},
        {"start": at(8), "end": at(9), "reason": "not recorded"},
    ]


async def test_an_hour_of_doubtful_segments_is_one_hole(node: WebNode) -> None:
    await record(node.store, count=30, types=dict.fromkeys(range(30), SegmentType.SUSPECT))
    answer = await node.get(
        "/api/v1/coverage/demo/source?start=2024-11-24T04:00:00Z&end=2024-11-24T04:01:00Z"
    )
    reason = "recorded, but doubtful"
    start, end = "2024-11-24T04:00:00.000000Z", "2024-11-24T04:01:00.000000Z"
    assert json.loads(answer.body) == {
        "start": start,
        "end": end,
        "spans": [],
        "holes": [{"start": start, "end": end, "reason": reason}],
    }


async def test_who_asks_for_more_holes_than_an_answer_holds_is_told_to_ask_for_less(node: WebNode) -> None:
    """A week may hold 300,000 holes: an answer of 50 MB, for which all others would wait."""
    folder = node.store.layout.hour("demo", "source", HOUR)
    folder.mkdir(parents=True)
    first_us = us("04:00:00")
    for count in range(10_001):
        (folder / a_segment(first_us + count * 300_000, 0.2).name).touch()
    path = "/api/v1/coverage/demo/source?start=2024-11-24T04:00:00Z&end=2024-11-24T04"
    refused = await node.get(f"{path}:55:00Z")
    assert refused.status == 400
    assert "shorter range" in refused.text
    told = await node.get(f"{path}:10:00Z")
    assert told.status == 200
    assert len(json.loads(told.body)["holes"]) == 2000


async def test_metrics_of_all_processes_with_bounded_labels(node: WebNode) -> None:
    status = StatusFile(store_of(node), "capture")
    status.claim()
    sample = {"name": "longtake_capture_bytes_total", "labels": {"channel": "demo"}, "value": 5.0}
    family = {"name": "longtake_capture_bytes", "help": "Bytes", "type": "counter", "samples": [sample]}
    status.write({}, [family])
    await node.get("/files/some/where/else")
    text = (await node.get("/metrics")).text
    assert 'longtake_capture_bytes_total{channel="demo",service="capture"} 5.0' in text
    assert (
        'longtake_http_request_seconds_count{handler="names",method="GET",service="serve",status="200"}'
        in text
    )
    assert 'longtake_service_up{service="capture"} 1.0' in text
    assert 'longtake_service_up{service="serve"} 1.0' in text
    assert "else" not in text
    status.remove()


async def test_two_processes_never_claim_the_same_series_and_a_dead_one_none(node: WebNode) -> None:
    sample = {"name": "longtake_x_total", "labels": {"channel": "demo"}, "value": 5.0}
    metrics = [{"name": "longtake_x", "help": "X", "type": "counter", "samples": [sample]}]
    for name in ("capture", "capture-2"):
        say(node, name, metrics=metrics)
    say(node, "capture-3", updated="2024-11-24T04:00:00Z", metrics=metrics)
    lines = (await node.get("/metrics")).text.splitlines()
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert len(series) == len(set(series))
    assert [line for line in series if line.startswith("longtake_x_total")] == [
        'longtake_x_total{channel="demo",service="capture"}',
        'longtake_x_total{channel="demo",service="capture-2"}',
    ]
    assert 'longtake_service_up{service="capture-2"} 1.0' in lines
    assert 'longtake_service_up{service="capture-3"} 0.0' in lines


async def test_skews_and_facts_are_those_of_the_living_custody(node: WebNode) -> None:
    now = "2024-11-24T04:00:00Z"
    skew = {
        "channel": "demo",
        "quality": "source",
        "skew_s": 0.7,
        "spread_s": 0.0,
        "segments": 9,
        "newest": now,
    }
    facts = {"hours": 5, "hours_to_do": 1, "segments_to_do": 900, "looked": 900}
    say(node, "dead", updated=now, details={"skews": [skew], "facts": facts | {"hours": 1}})
    say(node, "live", details={"skews": [skew | {"quality": "480p"}], "facts": facts})
    status = json.loads((await node.get("/api/v1/status")).body)
    assert [one["quality"] for one in status["skews"]] == ["480p"]
    assert status["facts"]["hours"] == 5


async def test_status_files_of_other_versions_spoil_nothing(node: WebNode) -> None:
    recorder = {"channel": "demo", "quality": "source", "state": "recording", "since": "x"}
    say(node, "a", details={"recorders": [{"name": 1}, recorder], "room": {"free": 1}}, metrics=[{}])
    say(node, "b", details={"recorders": [{**recorder, "lag_s": math.nan}], "room": 7}, metrics={"x": 1})
    say(node, "c", details=[], metrics=[{"name": "x y", "help": 1, "type": [], "samples": [[]]}])
    say(node, "d", pid="x")
    room = {"free_bytes": 1, "hours": None, "verdict": "enough"}
    say(node, "dead", updated="2024-11-24T04:00:00Z", details={"room": {**room, "free_bytes": 0}})
    say(node, "live", details={"room": room})
    (store_of(node) / ".longtake" / "status" / "e.json").write_text("[[[")
    status = json.loads((await node.get("/api/v1/status")).body)
    assert [one["name"] for one in status["services"]] == ["a", "b", "c", "dead", "live"]
    assert [one["alive"] for one in status["services"]] == [True, True, True, False, True]
    assert [one["state"] for one in status["recorders"]] == ["recording"]
    assert status["room"] == room
    assert (await node.get("/api/v1/channels")).status == 200
    assert (await node.get("/metrics")).status == 200


async def test_the_api_describes_itself(node: WebNode) -> None:
    document = json.loads((await node.get("/api/v1/openapi.json")).body)
    assert {"/api/v1/channels", "/api/v1/status"} <= set(document["paths"])


async def test_many_who_keep_their_connections_open_shut_nobody_out(node: WebNode) -> None:
    host, _, port = node.url.removeprefix("http://").partition(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(300)]
    async with (
        asyncio.timeout(5),
        aiohttp.ClientSession() as newcomer,
        newcomer.get(f"{node.url}/healthz") as answer,
    ):
        assert answer.status == 200
    for _, writer in idle:
        writer.close()
        await writer.wait_closed()


async def test_any_origin_may_ask(node: WebNode) -> None:
    answer = await node.get("/files", method="OPTIONS")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
