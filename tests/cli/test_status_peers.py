"""The peers in ``longtake status``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_status import RECORDER, ago, said, status

WHY = "no answer from http://old-box.example.org:8000/files/demo/source/2026-11-24T04: connection refused"


def peer(name: str, state: str = "idle", **words: object) -> dict[str, object]:
    usual = {"name": name, "url": f"http://{name}:8700", "kind": "longtake 1.0", "last_pass": ago(12)}
    counts = {"pulled": 48211, "bytes": 91 << 30, "hours_to_do": 0, "segments_to_do": 0, "failed": {}}
    return usual | counts | {"state": state, "since": ago(130), "message": None} | words


def replicate(*peers: object, **words: object) -> dict[str, object]:
    told = {"node": "north", "peers_trouble": None, "trouble": None, "peers": list(peers)} | words
    return said(service="replicate", details={"replication": told})


def several() -> list[dict[str, object]]:
    return [
        peer("east"),
        peer("south", "pulling", hours_to_do=38, segments_to_do=1240),
        peer("old-box", "unreachable", kind="older", message=WHY, since=ago(4000), failed={"wrong bytes": 2}),
        peer("new", "starting", last_pass=None, kind=None, pulled=0, bytes=0),
        peer("[west]", "refused", message="not signed as nodes of the team do", hours_to_do=None),
    ]


def shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, width: int, *peers: object, **words: object
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = status(folder, replicate=replicate(*peers, **words)).splitlines()
    return [line.rstrip() for line in lines]


def test_each_peer_is_a_row_and_the_worst_is_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shown(tmp_path, monkeypatch, 200, *several())
    headers = "peer state for kind last pass pulled bytes to do failed message"
    assert " ".join(lines[0].split()) == headers
    rows = [" ".join(line.split()) for line in lines[2:7]]
    assert [row.split()[0] for row in rows] == ["[west]", "old-box", "new", "south", "east"]
    assert rows[0].endswith("unknown not signed as nodes of the team do")
    assert "▲ unreachable 1 h 06 min older" in rows[1]
    assert "○ starting" in rows[2]
    assert "none 0 0 B unknown" in rows[2]
    assert "● pulling 2 min longtake 1.0" in rows[3]
    assert "48,211 91 GiB 38 h, 1,240 now" in rows[3]
    assert rows[4].endswith("48,211 91 GiB nothing")


@pytest.mark.parametrize(
    ("width", "kept", "left_out"),
    [(100, "pulled", "kind"), (80, "for", "message"), (60, "last pass", "bytes"), (44, "to do", "for")],
)
def test_narrow_terminals_leave_out_what_is_worth_least(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, kept: str, left_out: str
) -> None:
    lines = shown(tmp_path, monkeypatch, width, *several())
    assert kept in lines[0]
    assert left_out not in lines[0]
    assert max(len(line) for line in lines[:7]) <= width


def test_a_long_message_is_cut_to_the_room_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(tmp_path, monkeypatch, 110, peer("a", "unreachable", message=WHY, pulled=0, bytes=0))
    assert "message" in lines[0]
    assert "no answer from http" in lines[2]
    assert lines[2].endswith("…")
    assert len(lines[2]) <= 110
    assert not any("To do" in line for line in lines), "two minutes are no trouble"


def test_what_a_peer_says_of_itself_moves_no_cursor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(tmp_path, monkeypatch, 200, peer("a", "refused", kind="\x1b[2J", message="\x1b[31mred"))
    assert "\x1b" not in "".join(lines)


def test_troubles_stand_below_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(tmp_path, monkeypatch, 100, *several(), peers_trouble="the database does not answer")
    told = [line for line in lines if "To do" in line]
    assert told[0].startswith("▲ peer old-box: it does not answer: no answer from http://old-box")
    assert "UTC (1 h 06 min). To do: check that node, then the network" in told[0]
    assert told[1].startswith("▲ peer old-box: sent other bytes")
    assert told[2].startswith("▲ peer [west]: it answers, but does not give what it has: not signed")
    assert told[3].startswith("○ replication: the list of peers cannot be read: the database does not answer")
    assert len(told) == 4


def test_a_node_that_only_pulls_is_well_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(tmp_path, monkeypatch, 100, peer("a"), peer("b"))
    assert "● all is well: nothing is set to be recorded, and 2 peers are asked for what is lacking" in lines


def test_without_peers_there_is_no_table_of_them(tmp_path: Path) -> None:
    told = status(tmp_path, capture=said(details={"recorders": [RECORDER]}), replicate=replicate())
    assert "last pass" not in told
    assert "● all is well: 1 stream is recorded\n" in told


def test_json_has_all_of_it(tmp_path: Path) -> None:
    told = json.loads(status(tmp_path, "--json", replicate=replicate(*several())))["replication"]
    assert told["node"] == "north"
    assert [one["name"] for one in told["peers"]] == ["east", "south", "old-box", "new", "[west]"]
    assert told["peers"][1]["segments_to_do"] == 1240
    capture = said(details={"recorders": [RECORDER]})
    assert json.loads(status(tmp_path / "alone", "--json", capture=capture))["replication"] is None
