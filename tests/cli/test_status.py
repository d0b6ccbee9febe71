"""``longtake status`` with what processes of any version left behind."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from longtake.cli.main import app
from longtake.core.times import format_us

NOW = "2024-11-24T04:00:00Z"
RECORDER = {
    "channel": "demo",
    "quality": "source",
    "state": "recording",
    "since": NOW,
    "last_segment_end": NOW,
    "segments": {"full": 3},
    "message": "all is [/well]",
}


def said(**other: object) -> dict[str, object]:
    now = format_us(time.time_ns() // 1000)
    said = {"service": "capture", "pid": 1, "started": now, "updated": now, "details": {}, "metrics": []}
    return said | other


def status(folder: Path, *words: str, **files: object) -> str:
    place = folder / ".longtake" / "status"
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / f"{name}.json").write_text(json.dumps(content))
    ended = CliRunner().invoke(app, ["status", "--store", str(folder), *words])
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_recorders_room_and_processes_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    room = {"free_bytes": 10 << 30, "hours": 12.0, "verdict": "enough"}
    disks = [
        {"name": "/mnt/a", **room},
        {"name": "/mnt/[b]", "trouble": "the disk is read-only", "slow": True},
        {"name": "/mnt/c", **room, "hours": None, "verdict": "none"},
        {"name": "/mnt/d"},
        {"trouble": "nameless"},
    ]
    shown = status(tmp_path, capture=said(details={"recorders": [RECORDER], "room": room, "disks": disks}))
    assert "demo" in shown
    assert "3 full" in shown
    assert "all is [/well]" in shown
    assert "disk /mnt/a: 10 GiB free, 12 h of recording\n" in shown
    assert "disk /mnt/[b]: slow, the disk is read-only: recording on it pauses\n" in shown
    assert "disk /mnt/c: 10 GiB free, nearly full: recording on it pauses\n" in shown
    assert "disk /mnt/d: nothing known yet\n" in shown
    assert "nameless" not in shown
    assert "capture: running, process 1" in shown


def test_why_a_stream_waits_is_one_line_however_narrow_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    why = (
        "segments do not come: https://edge-17.example.org/live/hd/segment-1234567.ts gave no answer in time"
    )
    newest = format_us(time.time_ns() // 1000)
    told = {"state": "waiting", "segments": {"full": 1234567}, "message": why, "last_segment_end": newest}
    waiting = {**RECORDER, **told, "lag_s": 12.3}
    shown = status(tmp_path, capture=said(details={"recorders": [waiting]})).splitlines()
    assert f"demo/source: {why}" in shown
    (row,) = [line for line in shown if "waiting" in line]
    assert "1234567 full" in row
    assert max(len(line) for line in shown if why not in line) <= 80


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["for people", "as JSON"])
def test_files_of_other_versions_are_no_trouble(tmp_path: Path, words: list[str]) -> None:
    shown = status(
        tmp_path,
        *words,
        older=said(details={"recorders": [{"name": "demo"}, 5], "room": {"hours": "many"}}),
        newer=said(details={"recorders": [{**RECORDER, "lag_s": "little"}]}, metrics=[1]),
        foreign=["what is this"],
    )
    assert "older" in shown
    assert "newer" in shown
    assert "foreign" not in shown


def test_skews_damage_and_what_is_to_be_done_are_shown_of_a_custody_that_lives(tmp_path: Path) -> None:
    skew = {
        "channel": "demo",
        "quality": "source",
        "skew_s": -0.7,
        "spread_s": 0.01,
        "segments": 60,
        "newest": NOW,
    }
    facts = {
        "hours": 5,
        "hours_to_do": 2,
        "segments_to_do": 1234,
        "looked": 0,
        "damaged": 2,
        "damaged_files": ["demo/[source]/2024-11-24T04/x.ts"],
        "trouble": "the disk is away",
    }
    details = {"skews": [skew, skew | {"quality": "480p", "skew_s": 1.25}], "facts": facts}
    old = said(service="custody", details=details, updated=NOW)
    assert "skew of" not in status(tmp_path / "old", custody=old)
    shown = " ".join(status(tmp_path / "new", custody=said(service="custody", details=details)).split())
    assert (
        "skew of demo/source: others date the same content 0.700 s earlier than this node (60 segments"
        in shown
    )
    assert "skew of demo/480p: others date the same content 1.250 s later" in shown
    assert "1,234 segments in 2 hours" in shown
    assert "damaged files: 2: demo/[source]/2024-11-24T04/x.ts, …" in shown
    assert "the disk is away" in shown
