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


async def test_what_is_in_the_settings_and_nobody_records_is_shown(tmp_path: Path) -> None:
    channels = {"lost": {"url": "https://example.org/a.m3u8?SECRET", "qualities": ("480p", "source")}}
    async with web_node(tmp_path, channels=channels) as node:
        say(node, "capture", recorders=[recorder()])
        told = await status(node)
        listed = json.loads((await node.get("/api/v1/channels")).body)["channels"]
    assert [(one["channel"], one["quality"], one["state"]) for one in told["recorders"]] == [
        ("demo", "source", "recording"),
        ("lost", "source", "absent"),
        ("lost", "480p", "absent"),
    ]
    assert [one["place"] for one in told["troubles"]] == ["lost/source", "lost/480p"]
    assert [one["name"] for one in listed] == ["demo", "lost"]
    assert "SECRET" not in str(told)


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


async def test_the_page_has_two_views_and_no_folders(node: WebNode) -> None:
    watch, channels = await node.get("/"), await node.get("/channels")
    assert watch.status == channels.status
    assert watch.body == channels.body
    assert (await node.get("/channels/more")).status == 404
