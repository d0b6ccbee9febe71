"""``longtake ls`` as people and programs use it: on a terminal, in a pipe, as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.builders import a_run, a_segment
from tests.cli.laid_out import lay_out
from typer.testing import CliRunner

from longtake.cli.main import app
from longtake.core.errors import InvalidTime, LongtakeError, NotFound

HOUR = "2024-11-09T04"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two hours with one of nothing between them; holes, doubts, a tombstone, an odd name; a second quality, and chat."""
    lay_out(
        tmp_path,
        [*a_run("04:10:00", 3), a_segment("04:10:10", 2.0, "suspect"), *a_run("06:00:00", 2)],
        size_bytes=1024,
    )
    lay_out(tmp_path, a_run("04:10:00", 5), quality="480p", size_bytes=10)
    hour = tmp_path / "demo" / "source" / HOUR
    (hour / f"{a_segment('04:10:04').name.removesuffix('.ts')}.tombstone").touch()
    (hour / "what is this.ts").touch()
    chat = tmp_path / "demo" / "chat" / HOUR
    chat.mkdir(parents=True)
    (chat / "00:00.000000-batch.json").touch()
    return tmp_path


def ls(store: Path, *words: str) -> str:
    ended = CliRunner().invoke(app, ["ls", *words, "--store", str(store)])
    assert ended.exit_code == 0, ended.exception
    return ended.output


def refused(store: Path, *words: str) -> LongtakeError:
    ended = CliRunner().invoke(app, ["ls", *words, "--store", str(store)])
    assert isinstance(ended.exception, LongtakeError)
    return ended.exception


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(width))


def plain(text: str) -> list[str]:
    """Without the codes for bold and dim, which stay where colours do not."""
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[0m"):
        text = text.replace(code, "")
    assert "\x1b" not in text
    return text.splitlines()


def test_in_a_pipe_each_quality_is_a_line_with_all_that_is_known(store: Path) -> None:
    shown = ls(store)
    assert "\x1b" not in shown
    header, small, chat, best = rows(shown)
    words = "stream first last newest recorded missing doubtful covered files hours tombstones skipped"
    assert " ".join(header) == words
    assert small[:3] == ["demo/480p", "2024-11-09T04:10:00Z", "2024-11-09T04:10:10Z"]
    assert small[-5:] == ["0:00:10", "100", "%", "5", "1"]
    assert chat == ["demo/chat", "none", "1", "1"]
    assert best[:3] == ["demo/source", "2024-11-09T04:10:00Z", "2024-11-09T06:00:04Z"]
    assert best[-9:] == ["0:00:10", "1:49:54", "0:00:02", "0.12", "%", "5", "2", "1", "1"]


def test_of_a_channel_each_hour_is_a_line_the_hours_of_nothing_too(store: Path) -> None:
    shown = rows(ls(store, "demo", "source"))
    assert " ".join(shown[0]) == "hour covered full suspect missing files tombstones skipped"
    assert [row[0] for row in shown[1:]] == [
        f"demo/source/{HOUR}",
        "demo/source/2024-11-09T05",
        "demo/source/2024-11-09T06",
    ]
    assert shown[1][1:] == ["0.13", "%", "0:00:04", "0:00:02", "0:49:54", "3", "1", "1"]
    assert shown[2][1:] == ["0.00", "%", "1:00:00"]
    assert shown[3][1:] == ["100", "%", "0:00:04", "2"]


def test_a_channel_alone_shows_all_of_its_qualities(store: Path) -> None:
    shown = ls(store, "demo")
    assert all(f"demo/{quality}/{HOUR}" in shown for quality in ("480p", "chat", "source"))


def test_a_terminal_shows_where_in_the_hour_something_is(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_terminal(monkeypatch, 150)
    title, header, *hours, blank, legend = plain(ls(store, "demo", "source"))
    assert title == "demo/source"
    assert header.endswith("  00             15             30             45")
    assert [line[-60:] for line in hours] == [
        " " * 10 + "▂" + "·" * 49,
        "·" * 60,
        "█" + " " * 59,
    ]
    assert blank == ""
    assert "█ recorded" in legend


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_longer_than_the_terminal(
    store: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    on_a_terminal(monkeypatch, width)
    for words in ((), ("demo",), ("--long",), ("demo", "--tombstones")):
        lines = plain(ls(store, *words))
        assert max(map(len, lines)) <= width
        assert not any("…" in line for line in lines)


def test_the_files_of_an_hour_are_its_names(store: Path) -> None:
    names = ls(store, "demo", "source", HOUR).splitlines()
    assert names == [
        a_segment("04:10:00").name,
        a_segment("04:10:02").name,
        a_segment("04:10:10", 2.0, "suspect").name,
        "what is this.ts",
    ]
    with_tombstones = ls(store, "demo", "source", HOUR, "--tombstones").splitlines()
    assert with_tombstones[:4] == names
    assert with_tombstones[4].endswith(".tombstone")


@pytest.mark.parametrize("hour", ["2024-11-09T04:59:59Z", "2024-11-09T05:30+01:00", "2024-11-09 04:00"])
def test_any_time_in_an_hour_stands_for_it(store: Path, hour: str) -> None:
    assert len(ls(store, "demo", "source", hour).splitlines()) == 4


def test_long_lines_tell_times_types_and_sizes(store: Path) -> None:
    lines = ls(store, "demo", "source", HOUR, "--long").splitlines()
    assert rows(lines[2])[0][:5] == ["2024-11-09T04:10:10.000Z", "2.000", "s", "suspect", "1,024"]
    assert len({line.rstrip().rfind("  ") for line in lines}) == 1
    assert "size" in ls(store, "--long").splitlines()[0]
    assert rows(ls(store, "demo", "480p", "--long"))[1][-2:] == ["50", "B"]


def test_tombstones_are_counted_if_asked_for_also_where_there_are_none(store: Path) -> None:
    assert "tombstones" not in ls(store, "demo", "480p")
    shown = rows(ls(store, "demo", "480p", "--tombstones"))
    assert (shown[0][-1], shown[1][-1]) == ("tombstones", "0")


def test_json_of_qualities(store: Path) -> None:
    told = json.loads(ls(store, "--json"))
    assert set(told) == {"now", "qualities"}
    assert told["qualities"][2] == {
        "channel": "demo",
        "quality": "source",
        "hours": 2,
        "start": "2024-11-09T04:10:00.000000Z",
        "end": "2024-11-09T06:00:04.000000Z",
        "seconds": {"full": 8.0, "missing": 6594.0, "suspect": 2.0, "partial": 0.0, "undecodable": 0.0},
        "segments": {"full": 4, "suspect": 1, "partial": 0},
        "others": 0,
        "tombstones": 1,
        "skipped": 1,
        "size_bytes": None,
    }


def test_json_of_hours_and_of_files(store: Path) -> None:
    hours = json.loads(ls(store, "demo", "source", "--json", "--long"))["hours"]
    assert [(one["hour"], one["folder"], one["size_bytes"]) for one in hours] == [
        (HOUR, True, 3072),
        ("2024-11-09T05", False, None),
        ("2024-11-09T06", True, 2048),
    ]
    told = json.loads(ls(store, "demo", "source", HOUR, "--json", "--long"))
    assert set(told) == {
        "now",
        "channel",
        "quality",
        "hour",
        "segments",
        "others",
        "tombstones",
        "skipped",
    }
    assert told["segments"][2] == {
        "name": a_segment("04:10:10", 2.0, "suspect").name,
        "start": "2024-11-09T04:10:10.000000Z",
        "end": "2024-11-09T04:10:12.000000Z",
        "seconds": 2.0,
        "type": "suspect",
        "size_bytes": 1024,
    }
    assert told["others"] == ["what is this.ts"]
    assert (len(told["tombstones"]), told["skipped"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dmo"], "nothing of dmo is recorded; did you mean demo?"),
        (["demo", "sorce"], "nothing of demo/sorce is recorded; did you mean source?"),
        (["demo", "1080p"], "nothing of demo/1080p is recorded; there are 480p, chat, source"),
        (
            ["demo", "source", "2024-11-09T08"],
            "no files of demo/source in 2024-11-09T08; the nearest hour that is recorded is 2024-11-09T06",
        ),
    ],
    ids=["a channel", "a quality", "a quality like no other", "an hour"],
)
def test_what_is_not_there_is_told_with_what_may_be_meant(store: Path, words: list[str], said: str) -> None:
    error = refused(store, *words)
    assert isinstance(error, NotFound)
    assert str(error) == said


@pytest.mark.parametrize("hour", ["now", "2024-11-09", "2024-11-09T25", "2024-11-09T04:61"])
def test_what_is_no_hour_is_told(store: Path, hour: str) -> None:
    assert isinstance(refused(store, "demo", "source", hour), InvalidTime)


def test_a_name_cannot_steer_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, a_run(), channel="evil\x9b31m[b]")
    on_a_terminal(monkeypatch, 100)
    for shown in (ls(tmp_path), ls(tmp_path, "evil\x9b31m[b]")):
        assert "\x9b" not in shown
        assert "evil\\x9b31m[b]/source" in shown


@pytest.mark.parametrize("words", [[], ["demo"], ["demo", "source", HOUR]], ids=["all", "hours", "files"])
def test_who_has_read_enough_may_go(store: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "longtake", "ls", *words, "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        listing.stdout.close()
        assert listing.stderr is not None
        told = listing.stderr.read()
    assert told == b""
    assert listing.returncode == 1
