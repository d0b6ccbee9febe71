"""``longtake status`` with what processes of any version left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
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
}


TERMINAL = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "100", "TERM": "xterm-256color"}


def said(**other: object) -> dict[str, object]:
    now = format_us(time.time_ns() // 1000)
    said = {"service": "capture", "pid": 1, "started": now, "updated": now, "details": {}, "metrics": []}
    return said | other


def ago(seconds: float) -> str:
    return format_us(time.time_ns() // 1000 - round(seconds * 1e6))


def status(folder: Path, *words: str, exit_code: int = 0, **files: object) -> str:
    place = folder / ".longtake" / "status"
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / f"{name}.json").write_text(json.dumps(content))
    ended = CliRunner().invoke(app, ["status", "--store", str(folder), *words])
    assert ended.exit_code == exit_code, ended.output
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
    told = {"bitrate_bps": 6.1e6, "ads": 12, "lag_s": 1.25, "disk": "/mnt/a", "since": ago(725)}
    recorder = RECORDER | told | {"last_segment_end": ago(4), "segments": {"full": 1234, "suspect": 2}}
    shown = status(tmp_path, capture=said(details={"recorders": [recorder], "room": room, "disks": disks}))
    header, row = (
        " ".join(line.split()) for line in shown.splitlines() if "Mbit/s" in line or "demo/" in line
    )
    assert header == "stream state for newest lag Mbit/s full doubtful ads room"
    assert row.startswith("demo/source ● recording 12 min ")
    assert row.endswith(" ago 1.2 s 6.1 1,234 2 12 12 h")
    assert "disk /mnt/a: 10 GiB free, room for 12 h of recording\n" in shown
    assert "disk /mnt/[b]: the disk is read-only: recording on it pauses. To do: " in shown
    assert "○ disk /mnt/[b]: slow. To do: look for what else uses it\n" in shown
    assert "▲ disk /mnt/c: nearly full, 10 GiB free: recording on it pauses. To do: make room" in shown
    assert "disk /mnt/d: nothing known yet\n" in shown
    assert "nameless" not in shown
    assert "processes: capture 1\n" in shown


def test_that_all_is_well_is_one_line(tmp_path: Path) -> None:
    shown = status(tmp_path, capture=said(details={"recorders": [RECORDER]}))
    assert "● all is well: 1 stream is recorded\n" in shown
    assert "To do" not in shown
    assert "\x1b" not in shown


def test_an_empty_node_says_what_to_do(tmp_path: Path) -> None:
    assert "`longtake run --stream NAME=URL` records a stream" in status(
        tmp_path, serve=said(service="serve")
    )


def test_why_a_stream_waits_is_one_line_however_narrow_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    why = "https://edge-17.example.org/live/hd/segment-1234567.ts gave no answer in time [/x]"
    told = {
        "state": "stalled",
        "segments": {"full": 1234567, "suspect": 3},
        "message": why,
        "since": ago(200),
    }
    waiting = {**RECORDER, **told, "lag_s": 12.3, "bitrate_bps": 6e6, "ads": 9, "retries": 77, "missed": 1000}
    shown = status(tmp_path, capture=said(details={"recorders": [waiting]})).splitlines()
    (line,) = [line for line in shown if why in line]
    assert line.startswith(f"▲ demo/source: the stream is there, but its segments do not come: {why}; since ")
    assert "UTC (3 min). To do: try the stream in a browser" in line
    (row,) = [line for line in shown if "▲ stalled" in line]
    assert "1,000" in row
    assert max(len(line) for line in shown if why not in line) <= 80


def test_what_needs_a_look_stands_before_what_passes_by_itself_and_its_channel_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    states = {"a": "recording", "b": "down", "c": "refused"}
    recorders = [RECORDER | {"channel": name, "state": state} for name, state in states.items()]
    shown = status(tmp_path, capture=said(details={"recorders": recorders}))
    at = [
        shown.index(words) for words in ("c/source  ▲ refused", "b/source  ○ down", "a/source  ● recording")
    ]
    at += [shown.index("▲ c/source: the site refuses"), shown.index("○ b/source: the stream is down")]
    assert at == sorted(at)


def test_the_word_of_a_silent_process_is_told_as_such_and_no_success(tmp_path: Path) -> None:
    silent = said(details={"recorders": [RECORDER]}, updated=ago(90))
    shown = status(tmp_path, capture=silent, exit_code=1)
    assert "▲ unknown" in shown
    assert "recording" not in shown.split("▲ longtake")[0]
    assert "no process of this node has spoken: capture; since" in shown


def test_json_has_all_of_it(tmp_path: Path) -> None:
    told = json.loads(status(tmp_path, "--json", capture=said(details={"recorders": [RECORDER], "own": 5})))
    assert told["services"][0]["details"]["own"] == 5
    assert told["recorders"][0]["state"] == "recording"
    assert told["troubles"] == []


def test_what_the_running_nodes_settings_name_and_nobody_records_is_shown(tmp_path: Path) -> None:
    told = {"channels": {"lost": ["source"]}}
    shown = status(tmp_path, supervisor=said(service="supervisor", started=ago(60), details=told))
    assert "lost/source: in the settings, but no process records it" in shown


def test_it_is_shown_anew_until_somebody_has_seen_enough(tmp_path: Path) -> None:
    place = tmp_path / ".longtake" / "status"
    place.mkdir(parents=True)
    (place / "capture.json").write_text(json.dumps(said(details={"recorders": [RECORDER]})))
    command = [sys.executable, "-m", "longtake", "status", "--watch", "--store", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=TERMINAL) as watching:
        assert watching.stdout is not None
        while b"recording" not in (line := watching.stdout.readline()):
            assert line, "it ended"
        watching.send_signal(signal.SIGINT)
        _, told = watching.communicate(timeout=10)
    assert watching.returncode == 0
    assert told == b""


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
    assert "date the same" not in status(tmp_path / "old", custody=old, exit_code=1)
    shown = " ".join(status(tmp_path / "new", custody=said(service="custody", details=details)).split())
    assert (
        "demo/source: other nodes date the same content 0.700 s earlier than this node (60 segments)" in shown
    )
    assert "demo/480p: other nodes date the same content 1.250 s later" in shown
    assert "1,234 segments in 2 hours" in shown
    assert "damaged files: 2: demo/[source]/2024-11-24T04/x.ts, …" in shown
    assert "the disk is away" in shown
