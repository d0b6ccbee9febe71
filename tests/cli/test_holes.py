"""``longtake holes`` as people, programs and timed jobs use it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.builders import a_run, a_segment
from tests.cli.laid_out import lay_out
from typer.testing import CliRunner

from longtake.cli.main import app
from longtake.core.errors import InvalidInput, InvalidTime, LongtakeError, NotFound
from longtake.core.times import SECOND_US, format_us

WHOLE_US = 2 * SECOND_US


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Of the source: 6 s, 4 s missing, 4 s doubtful, then nothing until 06:00. Of 480p nothing is missing."""
    doubtful = a_run("04:00:10", 2, type="suspect")
    lay_out(tmp_path, [*a_run("04:00:00", 3), *doubtful, *a_run("06:00:00", 2)])
    lay_out(tmp_path, a_run("04:00:00", 5), quality="480p")
    (tmp_path / "demo" / "chat" / "2024-11-09T04").mkdir(parents=True)
    return tmp_path


def holes(store: Path, *words: str, exit_code: int = 0) -> str:
    ended = CliRunner().invoke(app, ["holes", *words, "--store", str(store)])
    assert ended.exit_code == exit_code, ended.exception
    return ended.output


def refused(store: Path, *words: str) -> LongtakeError:
    ended = CliRunner().invoke(app, ["holes", *words, "--store", str(store)])
    assert isinstance(ended.exception, LongtakeError)
    return ended.exception


def told(store: Path, *words: str) -> list[dict[str, object]]:
    qualities: list[dict[str, object]] = json.loads(holes(store, *words, "--json"))["qualities"]
    return qualities


def test_in_a_pipe_each_hole_is_a_line_that_names_its_quality(store: Path) -> None:
    lines = holes(store, "demo").splitlines()
    sums = (
        "2 holes, 1:59:50.000 in all, the longest 1:59:46.000; 1 doubtful stretch, 0:04.000; 0.13 % covered"
    )
    assert [" ".join(line.split()) for line in lines] == [
        "demo/source 2024-11-09T04:00:06.000Z 2024-11-09T04:00:10.000Z 0:04.000 not recorded",
        "demo/source 2024-11-09T04:00:10.000Z 2024-11-09T04:00:14.000Z 0:04.000 ~ recorded, but doubtful",
        "demo/source 2024-11-09T04:00:14.000Z 2024-11-09T06:00:00.000Z 1:59:46.000 not recorded",
        f"demo/source {sums}",
        "demo/480p no hole; 100 % covered",
    ]


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_shows_the_range_as_a_picture(
    store: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    for name, value in {
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "COLUMNS": str(width),
        "NO_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    shown = holes(store, "demo").replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
    lines = shown.splitlines()
    assert lines[0] == "demo/source  2024-11-09T04:00:00.000Z to 2024-11-09T06:00:04.000Z  2:00:04"
    assert lines[1].split() == ["start", "end", "length", "reason"]
    end = "04:00:10.000Z" if width == 80 else "2024-11-09T04:00:10.000Z"
    assert lines[2].split() == ["2024-11-09T04:00:06.000Z", end, "0:04.000", "not", "recorded"]
    cells = min(width, 120)
    assert lines[5] == "▂" + "·" * (cells - 2) + "▂"
    assert lines[6].split() == ["2024-11-09T04:00:00Z", "2024-11-09T06:00:04Z"]
    assert "█" * cells in lines
    assert lines[-1].startswith("█ recorded")
    assert max(map(len, lines)) <= width


def test_a_range_may_reach_beyond_what_is_recorded(store: Path) -> None:
    source, small = told(store, "demo", "2024-11-09T03:59:00Z", "2024-11-09T04:01:00Z")
    assert source["start"] == "2024-11-09T03:59:00.000000Z"
    assert source["seconds"] == {
        "full": 6.0,
        "missing": 110.0,
        "suspect": 4.0,
        "partial": 0.0,
        "undecodable": 0.0,
    }
    assert [source[key] for key in ("holes", "doubtful", "short", "longest_s")] == [3, 1, 0, 60.0]
    assert (small["quality"], small["holes"]) == ("480p", 2)


def test_a_start_alone_goes_to_the_newest_segment(store: Path) -> None:
    (source,) = told(store, "demo", "2024-11-09T06:59+01:00", "--quality", "source")
    assert (source["start"], source["end"]) == ("2024-11-09T05:59:00.000000Z", "2024-11-09T06:00:04.000000Z")
    assert source["gaps"] == [
        {
            "start": "2024-11-09T05:59:00.000000Z",
            "end": "2024-11-09T06:00:00.000000Z",
            "seconds": 60.0,
            "kind": "missing",
            "reason": "not recorded",
        }
    ]


def test_what_is_shorter_is_left_out_and_counted(store: Path) -> None:
    assert "2 shorter, not shown" in holes(store, "demo", "--least", "5s")
    source, _ = told(store, "demo", "--least", "1m")
    assert (source["holes"], source["doubtful"], source["short"]) == (1, 0, 2)


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (["--quality", "480p"], 0),
        (["--quality", "source"], 1),
        ([], 1),
        (["2024-11-09T04:00:10Z", "2024-11-09T04:00:14Z", "--quality", "source"], 1),
        (["2024-11-09T04:00:00Z", "2024-11-09T04:00:06Z"], 0),
        (["--least", "3h"], 0),
        (["--json"], 1),
    ],
    ids=[
        "of a quality that is whole",
        "of one that is not",
        "of both",
        "where it is only doubtful",
        "where both are whole",
        "of long ones where there are none",
        "as JSON",
    ],
)
def test_a_check_ends_with_1_if_anything_is_listed(store: Path, words: list[str], exit_code: int) -> None:
    holes(store, "demo", *words, "--check", exit_code=exit_code)
    holes(store, "demo", *words)


def live(store: Path, ended_s_ago: float) -> int:
    """A recording whose newest segment ended so long ago, with a hole in the middle; its start."""
    start_us = time.time_ns() // 1000 - round(ended_s_ago * SECOND_US) - 5 * WHOLE_US
    lay_out(store, [a_segment(start_us + index * WHOLE_US) for index in (0, 1, 3, 4)])
    return start_us


def test_what_a_live_stream_has_yet_to_send_is_no_hole(tmp_path: Path) -> None:
    start_us = live(tmp_path, ended_s_ago=5)
    later = format_us(start_us + 3600 * SECOND_US)
    for words in ([], [format_us(start_us), later]):
        (source,) = told(tmp_path, "demo", *words)
        assert (source["end"], source["holes"]) == (format_us(start_us + 5 * WHOLE_US), 1)


def test_what_a_stream_did_not_send_that_stopped_is_missing_up_to_now(tmp_path: Path) -> None:
    start_us = live(tmp_path, ended_s_ago=600)
    (source,) = told(tmp_path, "demo", format_us(start_us), format_us(start_us + 7200 * SECOND_US))
    missing_s = source["longest_s"]
    assert isinstance(missing_s, float)
    assert 600 <= missing_s < 660


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (["demo", "lately"], InvalidTime, "is no time"),
        (["demo", "2024-11-09T05:00Z", "2024-11-09T05:00Z"], InvalidTime, "must end after it starts"),
        (["demo", "2024-11-09T07:00Z"], InvalidTime, "is recorded from 2024-11-09T04:00:00.000Z to"),
        (["demo", "2999-01-01", "2999-01-02"], InvalidTime, "nothing to look for in that range"),
        (["demo", "--least", "short"], InvalidTime, "is no duration"),
        (["dmo"], NotFound, "nothing of dmo is recorded; did you mean demo?"),
        (["demo", "--quality", "surce"], NotFound, "did you mean source?"),
        (["demo", "--quality", "chat"], NotFound, "nothing of demo/chat is recorded"),
        (["a/b"], InvalidInput, "contains '/'"),
        (["demo", "--quality", ".x"], InvalidInput, "begins with a dot"),
    ],
    ids=[
        "no time",
        "a range of nothing",
        "a range behind all that is recorded",
        "a range in the future",
        "no duration",
        "an unknown channel",
        "an unknown quality",
        "a quality that is no video",
        "a channel that is a path",
        "a hidden quality",
    ],
)
def test_bad_questions_are_told(store: Path, words: list[str], kind: type[LongtakeError], said: str) -> None:
    error = refused(store, *words)
    assert isinstance(error, kind)
    assert said in str(error)


def test_a_channel_of_which_nothing_is_recorded_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo" / "source" / ".longtake").mkdir(parents=True)
    assert str(refused(tmp_path, "demo")) == "nothing of demo is recorded"


def test_who_has_read_enough_may_go(store: Path) -> None:
    command = [sys.executable, "-m", "longtake", "holes", "demo", "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        listing.stdout.close()
        assert listing.stderr is not None
        said = listing.stderr.read()
    assert said == b""
    assert listing.returncode == 1
