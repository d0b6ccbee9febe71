"""``/api/v1/status`` over real HTTP, with what processes of a node leave in its store."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

from longtake.core.times import SECOND_US, format_us

NEWEST = "2024-11-24T04:00:00Z"


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


def ago(seconds: float) -> str:
    return format_us(time.time_ns() // 1000 - round(seconds * SECOND_US))


def say(
    node: WebNode, name: str, *, silent_s: float = 0, service: str = "capture", **details: object
) -> None:
    """A status file as a process leaves it."""
    folder = node.store.layout.root / ".longtake" / "status"
    folder.mkdir(parents=True, exist_ok=True)
    head = {"service": service, "pid": 7, "started": ago(100), "updated": ago(silent_s), "metrics": []}
    (folder / f"{name}.json").write_text(json.dumps({**head, "details": details}))


def recorder(**words: object) -> dict[str, object]:
    usual = {"channel": "demo", "quality": "source", "state": "recording", "since": ago(720)}
    return (
        usual
        | {"last_segment_end": ago(3), "lag_s": 1.5, "segments": {"full": 3}, "bitrate_bps": 6e6}
        | words
    )


async def status(node: WebNode) -> dict[str, list[dict[str, object]]]:
    answer = await node.get("/api/v1/status")
    assert answer.status == 200
    told: dict[str, list[dict[str, object]]] = json.loads(answer.body)
    return told


async def test_a_recorder_stands_with_its_disk_and_its_skew(node: WebNode) -> None:
    disks = [
        {"name": "/a", "free_bytes": 1 << 30, "hours": 5.0, "verdict": "enough"},
        {"name": "/b", "free_bytes": 2 << 30, "hours": 50.0, "verdict": "enough"},
    ]
    errors = [{"reason": "gave 503", "count": 4, "last": NEWEST}]
    say(
        node,
        "capture",
        recorders=[recorder(disk="/b", ads=7, errors=errors), recorder(quality="480p")],
        disks=disks,
    )
    skew = {"channel": "demo", "quality": "source", "skew_s": 0.7, "spread_s": 0.0, "segments": 9}
    say(node, "custody", service="custody", skews=[skew | {"newest": NEWEST}])
    told = await status(node)
    source, small = told["recorders"]
    assert (source["disk_hours"], source["disk_free_bytes"], source["skew_s"]) == (50.0, 2 << 30, 0.7)
    assert (source["ads"], source["errors"], source["bitrate_bps"]) == (7, errors, 6e6)
    assert 2.9 < float(str(source["age_s"])) < 30
    assert (small["disk_hours"], small["skew_s"]) == (None, None)
    assert [(one["place"], one["level"]) for one in told["troubles"]] == [("demo/source", "wait")]


async def test_of_the_only_disk_an_older_recorder_need_not_say_the_name(node: WebNode) -> None:
    say(node, "capture", recorders=[recorder()], disks=[{"name": "/", "hours": 9.0}])
    assert (await status(node))["recorders"][0]["disk_hours"] == 9.0


async def test_the_word_of_a_silent_process_is_no_fact_any_more(node: WebNode) -> None:
    say(node, "capture", silent_s=60, recorders=[recorder()])
    say(node, "capture-2", recorders=[recorder(channel="other")])
    told = await status(node)
    lost, other = told["recorders"]
    assert (lost["state"], lost["bitrate_bps"], lost["lag_s"], lost["segments"]) == (
        "unknown",
        None,
        None,
        {},
    )
    assert lost["since"] == lost["heard"]
    assert "last word was: recording" in str(lost["message"])
    assert other["state"] == "recording"
    (trouble,) = told["troubles"]
    assert (trouble["place"], trouble["level"]) == ("capture", "look")
    assert "whether demo/source is recorded" in str(trouble["what"])
    channels = json.loads((await node.get("/api/v1/channels")).body)["channels"]
    assert [one["qualities"][0]["state"] for one in channels] == ["stopped", "recording"]


async def test_another_process_that_lives_knows_better(node: WebNode) -> None:
    say(node, "capture", silent_s=60, recorders=[recorder()])
    say(node, "capture-2", recorders=[recorder()])
    told = await status(node)
    assert [one["state"] for one in told["recorders"]] == ["recording"]
    assert "nobody knows" not in str(told["troubles"])


async def test_what_is_in_the_settings_and_nobody_records_is_shown(node: WebNode) -> None:
    say(node, "capture", recorders=[recorder()])
    named = {"lost": ["480p", "source"], "demo": ["source"], "odd": 7}
    say(node, "supervisor", service="supervisor", channels=named)
    told = await status(node)
    listed = json.loads((await node.get("/api/v1/channels")).body)["channels"]
    assert [(one["channel"], one["quality"], one["state"]) for one in told["recorders"]] == [
        ("demo", "source", "recording"),
        ("lost", "source", "absent"),
        ("lost", "480p", "absent"),
    ]
    assert [one["place"] for one in told["troubles"]] == ["lost/source", "lost/480p"]
    assert [one["name"] for one in listed] == ["demo", "lost"]


async def test_what_was_just_added_to_the_config_is_given_time(node: WebNode) -> None:
    config = {"file": "/a.toml", "read": ago(1)}
    say(node, "supervisor", service="supervisor", config=config, channels={"new": ["source"]})
    told = await status(node)
    assert [one["state"] for one in told["recorders"]] == ["starting"]
    assert told["troubles"] == []


async def test_a_config_that_cannot_be_used_is_told_with_what_to_do(node: WebNode) -> None:
    config = {"file": "/a.toml", "read": NEWEST, "trouble": "line 3 is odd", "waiting": ["serve.listen"]}
    say(node, "supervisor", service="supervisor", config=config)
    told = await status(node)
    assert json.dumps(told["config"], sort_keys=True) == json.dumps(config, sort_keys=True)
    assert [(one["place"], one["level"]) for one in told["troubles"]] == [
        ("config", "look"),
        ("config", "wait"),
    ]
    assert "mend /a.toml" in str(told["troubles"][0]["advice"])


@pytest.mark.parametrize(
    ("state", "level", "words"),
    [
        ("down", "wait", "the stream is down: why"),
        ("refused", "look", "the site refuses, or has changed: why"),
        ("unreachable", "look", "no answer from the source: why"),
        ("stalled", "look", "the stream is there, but its segments do not come: why"),
        ("paused", "look", "recording is paused: why"),
        ("dreaming", "look", "dreaming and not recording: why"),
    ],
)
async def test_each_state_says_what_it_means_and_what_to_do(
    node: WebNode, state: str, level: str, words: str
) -> None:
    say(node, "capture", recorders=[recorder(state=state, message="why")])
    (trouble,) = (await status(node))["troubles"]
    assert (trouble["level"], trouble["what"]) == (level, words)
    assert trouble["advice"]
    assert str(trouble["since"]).endswith("Z")


async def test_separate_sound_stands_with_its_pictures(node: WebNode) -> None:
    for quality in ("source", "source.audio", "source.audio-de", "480p.audio"):
        await record(node.store, quality=quality, count=1)
    (channel,) = json.loads((await node.get("/api/v1/channels")).body)["channels"]
    assert [(one["name"], one["audio"]) for one in channel["qualities"]] == [
        ("source", ["source.audio", "source.audio-de"]),
        ("480p.audio", []),
    ]


async def replication_of(node: WebNode) -> dict[str, list[dict[str, object]]] | None:
    told: dict[str, dict[str, list[dict[str, object]]] | None] = json.loads(
        (await node.get("/api/v1/status")).body
    )
    return told["replication"]


async def test_peers_are_told_with_what_is_wrong_with_them(node: WebNode) -> None:
    peer = {"name": "south", "url": "http://south:8700", "state": "unreachable", "since": ago(400)}
    told = {"node": "north", "peers_trouble": "the database does not answer", "peers": [peer, {"name": 5}]}
    assert await replication_of(node) is None
    say(node, "replicate", service="replicate", replication=told)
    replication = await replication_of(node)
    assert replication is not None
    (shown,) = replication.pop("peers")
    assert json.loads(json.dumps(replication)) == {
        "node": "north",
        "peers_trouble": "the database does not answer",
        "trouble": None,
    }
    assert (shown["state"], shown["pulled"], shown["hours_to_do"]) == ("unreachable", 0, None)
    assert [(one["place"], one["level"]) for one in (await status(node))["troubles"]] == [
        ("replication", "wait"),
        ("peer south", "wait"),
    ]
    say(node, "replicate", service="replicate", silent_s=60, replication=told)
    assert [one["place"] for one in (await status(node))["troubles"]] == ["longtake"]
    silent = await replication_of(node)
    assert silent is not None
    assert silent["peers"][0]["state"] == "unknown"


async def test_the_page_has_two_views_and_no_folders(node: WebNode) -> None:
    watch, channels = await node.get("/"), await node.get("/channels")
    assert watch.status == channels.status
    assert watch.body == channels.body
    assert (await node.get("/channels/more")).status == 404
