"""Bad input to every command: a clear error, the right exit code, never a traceback."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from longtake.cli.main import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@contextmanager
def arguments(*words: str) -> Iterator[None]:
    before, sys.argv = sys.argv, ["longtake", *words]
    try:
        yield
    finally:
        sys.argv = before


def run(*words: str) -> Ended:
    """The command in this process, as the entry point runs it."""
    out, err = io.StringIO(), io.StringIO()
    with arguments(*words), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code
    return Ended(code=code if isinstance(code, int) else 1, out=out.getvalue(), err=err.getvalue())


T = ("2026-11-24T04:00:00Z", "2026-11-24T04:00:10Z")
STORE = ("--store", "STORE")
OUT = ("-o", "OUT.ts")
CUT_TWO = ("cut", "demo", "--range", ",".join(T), "--range", ",".join(T), *STORE)

BAD = [
    (2, ["cut", "demo", "yesterday", "today", *STORE, *OUT], "yesterday", "a cut between no times"),
    (
        2,
        ["cut", "demo", T[1], T[0], *STORE, *OUT],
        "must end after it starts",
        "a cut that ends before it starts",
    ),
    (2, ["cut", "demo", T[0], *STORE, *OUT], "START and END", "a cut without an end"),
    (2, ["cut", "demo", *STORE, *OUT], "which range", "a cut of no range"),
    (2, ["cut", "demo", *T, "--range", ",".join(T), *STORE, *OUT], "either", "a cut of two kinds of range"),
    (2, ["cut", "demo", "--range", T[0], *STORE, *OUT], "START,END", "half a range"),
    (2, ["cut", "demo", *T, "--kind", "huge", *STORE, *OUT], "no kind of cut", "an unknown kind of cut"),
    (1, ["cut", "demo", *T, "--kind", "full", *STORE, *OUT], "not there yet", "a full cut"),
    (
        2,
        ["cut", "demo", *T, "--kind", "rough", *STORE, "-o", "OUT.exe"],
        "no container",
        "an unknown container",
    ),
    (2, ["cut", "demo", *T, "--transition", "fade", *STORE, *OUT], "NAME,SECONDS", "half a transition"),
    (2, ["cut", "demo", "x", T[1], *STORE, *OUT], "START: 'x' is no time", "a start that is no time"),
    (2, ["cut", "demo", T[0], "x", *STORE, *OUT], "END: 'x' is no time", "an end that is no time"),
    (2, [*CUT_TWO, "--range", "x,y", *OUT], "--range: 'x' is no time", "a range between no times"),
    (2, ["cut", "demo", *T, "--kind", "mp4", *STORE, *OUT], "as in .mp4", "a container for a kind"),
    (2, ["cut", "demo", *T, *STORE, "-o", "OUT.webm"], "never .webm", "an exact cut as webm"),
    (2, ["cut", "demo", *T, *STORE, "-o", "OUT"], "--output: '' is no container", "a file without an ending"),
    (
        2,
        ["cut", "demo", *T, "--kind", "webm", *STORE, *OUT],
        "makes a .webm",
        "webm in a file that ends in .ts",
    ),
    (2, ["cut", "demo", *T, "--kind", "archive", *STORE, *OUT], "never .ts", "an archive as ts"),
    (
        1,
        ["cut", "demo", *T, "--kind", "archive", *STORE, "-o", "OUT"],
        "not there yet",
        "an archive in a folder",
    ),
    (1, ["cut", "demo", *T, *STORE, "-o", "OUT.mkv"], "so far, not as .mkv", "an exact cut as mkv"),
    (
        2,
        ["cut", "demo", *T, "--transition", "fade,1", *STORE, *OUT],
        "for 1 range",
        "a transition and one range",
    ),
    (2, [*CUT_TWO, "--transition", "fadee,1", *OUT], "is fade", "a transition that is nearly known"),
    (2, [*CUT_TWO, "--transition", "fade,61", *OUT], "at most 60 s", "a transition over a minute"),
    (2, [*CUT_TWO, "--transition", "fade,inf", *OUT], "--transition: 'fade,inf'", "a transition without end"),
    (
        2,
        [*CUT_TWO, "--transition", "fade,11", *OUT],
        "takes 11 s of range 1",
        "a transition that does not fit",
    ),
    (
        2,
        [*CUT_TWO, "--kind", "rough", "--transition", "fade,1", *OUT],
        "have no",
        "a rough cut with a transition",
    ),
    (1, [*CUT_TWO, "--transition", "fade,1", *OUT], "not there yet", "an exact cut with a transition"),
    (1, ["cut", "demo", *T, "--kind", "rough", *STORE, *OUT], "nothing of demo/source", "an unknown channel"),
    (2, ["cut", "a/b", *T, "--kind", "rough", *STORE, *OUT], "contains '/'", "a channel with a slash"),
    (1, ["cut", "demo", *T, "--store", "NOWHERE", *OUT], "no store at", "a cut from no store"),
    (1, ["ls", "--store", "NOWHERE"], "no store at", "a listing of no store"),
    (1, ["ls", *STORE], "nothing is recorded", "a listing of an empty store"),
    (1, ["ls", "demo", *STORE], "nothing of demo", "a listing of an unknown channel"),
    (2, ["ls", "demo", "source", "now", *STORE], "is no hour", "a listing of no hour"),
    (2, ["ls", ".hidden", *STORE], "begins with a dot", "a listing of a hidden channel"),
    (1, ["status", "--store", "NOWHERE"], "no store at", "the status of no store"),
    (1, ["status", *STORE], "no longtake process", "the status of a store where nothing runs"),
    (1, ["serve", "--store", "NOWHERE"], "no store at", "to serve no store"),
    (2, ["serve"], "--store", "to serve without a store"),
    (2, ["serve", *STORE, "--listen", "here"], "HOST:PORT", "to listen nowhere"),
    (2, ["serve", *STORE, "--listen", "127.0.0.1:99999"], "HOST:PORT", "a port too high"),
    (1, ["serve", *STORE, "--listen", "192.0.2.1:8700"], "cannot listen", "an address of another machine"),
    (2, ["capture", "nourl", *STORE], "NAME=URL", "to capture without a URL"),
    (
        2,
        ["capture", "!=http://x/y.m3u8", *STORE],
        "NAME=URL",
        "to capture what has no name, but is important",
    ),
    (2, ["capture", "a=ftp://example.org/x", *STORE], "http", "to capture over FTP"),
    (2, ["capture", "a/b=http://example.org/x.m3u8", *STORE], "contains '/'", "to capture into two folders"),
    (2, ["capture", *STORE], "no channel", "to capture nothing"),
    (
        2,
        ["capture", "a=http://x/y.m3u8", "a=http://x/z.m3u8", *STORE],
        "twice",
        "to capture two streams as one",
    ),
    (
        2,
        ["capture", "a=http://x/y.m3u8", "--quality", "chat", *STORE],
        "chat",
        "to capture chat as a quality",
    ),
    (2, ["custody"], "--store", "custody of nothing"),
    (2, ["custody", *STORE, "--keep", "long"], "no duration", "to keep for long"),
    (2, ["facts", "rebuild", "../demo", *STORE], "dot", "facts of a channel that is a path"),
    (2, ["facts", "rebuild", "--quality", ".x", *STORE], "dot", "facts of a hidden quality"),
    (2, ["facts", "rebuild", "--since", "lately", *STORE], "is no time", "facts since no time"),
    (2, ["facts", "rebuild", "--since", "9" * 30, *STORE], "too many", "facts since before time began"),
    (1, ["facts", "rebuild", "demo", *STORE], "nothing of demo", "facts of what is not recorded"),
    (2, ["facts", "show", "demo", "lately", *STORE], "is no time", "to show facts of no time"),
    (1, ["facts", "show", "demo", T[0], *STORE], "nothing of demo/source", "to show facts of nothing"),
    (1, ["facts", "show", "demo", "--store", "NOWHERE"], "no store", "to show facts of no store"),
    (2, ["run", "--config", "NOWHERE"], "cannot be read", "a config that is not there"),
    (2, ["run", "--dir", "STORE", "--stream", "x"], "NAME=URL", "to run a stream without a URL"),
    (2, ["demo", "--listen", "x"], "HOST:PORT", "a demo that listens nowhere"),
    (2, ["test-stream", "--listen", "x"], "HOST:PORT", "a test stream that listens nowhere"),
    (2, ["config", "check", "--config", "NOWHERE"], "cannot be read", "to check a config that is not there"),
    (2, ["config", "check", "NOWHERE"], "cannot be read", "to check a file that is not there"),
    (2, ["config", "check", "A", "--config", "B"], "one is enough", "to check two files"),
    (2, ["config", "schema", "--format", "xml"], "xml", "to explain in XML"),
    (2, ["nothing"], "nothing", "an unknown command"),
    (2, ["ls", "--nothing"], "--nothing", "an unknown option"),
]


@pytest.mark.parametrize(("code", "words", "said"), [row[:3] for row in BAD], ids=[row[3] for row in BAD])
def test_bad_input_ends_with_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "STORE").mkdir()
    ended = run(*words)
    assert ended.code == code, ended.err
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not list(tmp_path.glob("OUT*"))


CONFIGS = [
    ("[serve]\nlisen = 'x'", "serve.lisen: there is no such key", "a misspelt key"),
    ("[servce]\n", "servce: there is no such key", "a misspelt section"),
    ("[serve\n", "no valid TOML", "no TOML"),
    ("[store]\nkeep = 'long'", "store.keep", "a duration that is none"),
    ("[store]\nkeep = 14", "store.keep: a duration needs a unit", "a duration without a unit"),
    ("[store]\nkeep = '14'", "store.keep: a duration needs a unit", "a duration in quotes without a unit"),
    ("[store]\nkeep = '1m'", "store.keep", "to keep for a minute"),
    (
        "[channels.media]\nurl = 'http://x/y'",
        "channels.media: that name is taken",
        "a channel in an extra folder",
    ),
    ("[store]\nreserve = '1 elephant'", "store.reserve", "a size that is none"),
    ("[serve]\ncuts_at_once = 0", "serve.cuts_at_once", "no cuts at all"),
    ("[channels.a]\nurl = 'x'", "channels.a.url", "a URL that is none"),
    ("[channels.a]\n", "channels.a.url", "a channel without a URL"),
    ("[channels.'.a']\nurl = 'http://x/y'", "begins with a dot", "a hidden channel"),
    (
        "[channels.a]\nurl = 'http://x/y'\nqualities = []",
        "channels.a.qualities",
        "a channel without a quality",
    ),
    ("[log]\nlevel = 'loud'", "log.level: must be one of debug, info, warning, error", "an unknown level"),
    (
        "[serve]\ncuts_at_once = 'four'",
        "serve.cuts_at_once: must be a whole number, like 4",
        "a number in words",
    ),
    ("[serve]\ncuts_at_once = 101", "serve.cuts_at_once: must be at most 100", "too many cuts"),
    ("[serve]\nenabled = 'perhaps'", "serve.enabled: must be true or false", "perhaps"),
    ("[store]\nwarn_hours = 'many'", "store.warn_hours: must be a number", "hours in words"),
    ("[channels.a]\nurl = 1", "channels.a.url: must be a text in quotes", "a URL that is a number"),
    ("[channels.a]\nqualities = []", "channels.a.url: is missing", "a channel that is nowhere"),
    (
        "[channels.a]\nurl = 'http://x/y'\nqualities = 'source'",
        "must be a list",
        "qualities that are no list",
    ),
    (
        "[channels.a]\nurl = 'http://x/y'\nads = 'hide'",
        "must be one of 'skip' or 'record'",
        "ads that are hidden",
    ),
    ("[channels]\na = 'http://x/y'", "channels.a: must be a table", "a channel without a table"),
    ("channels = 'http://x/y'", "channels: must be a table", "channels that are a text"),
    (
        "[channels.a]\nurl = 'http://x/y'\nquality = 'x'",
        "is 'qualities' meant?",
        "a key that is nearly right",
    ),
    ("[chanels.a]\nurl = 'http://x/y'", "is 'channels' meant?", "a section that is nearly right"),
    ("[twitch]\ntoken = 'SECRET'\ntoken_file = 'x'", "one is enough", "two tokens"),
]


@pytest.mark.parametrize(("text", "said"), [row[:2] for row in CONFIGS], ids=[row[2] for row in CONFIGS])
def test_a_bad_config_is_explained(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "longtake.toml"
    file.write_text(text)
    ended = run("config", "check", "--config", str(file))
    assert ended.code == 2
    assert said in ended.err
    assert str(file) in ended.err
    assert "SECRET" not in ended.err
    assert "Input should" not in ended.err


@pytest.mark.parametrize("variable", ["LONGTAKE_SERVE__LISEN", "LONGTAKE_LOG_LEVEL", "LONGTAKE_SERVE"])
def test_a_misspelt_environment_variable_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "127.0.0.1:1")
    ended = run("config", "check", "--dir", str(tmp_path))
    assert ended.code == 2
    assert variable.rpartition("_")[2].lower() in ended.err.lower()


def test_a_config_that_is_not_text_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "longtake.toml"
    file.write_bytes(b"\xff\xfe\x00")
    ended = run("config", "check", "--config", str(file))
    assert ended.code == 2
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("words", [["ls"], ["holes", "demo"], ["status"], ["facts", "show", "demo"]])
def test_who_names_the_folder_of_a_node_is_told_where_its_store_is(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "store" / ".longtake").mkdir(parents=True)
    ended = run(*words, "--store", str(tmp_path))
    assert ended.code == 1
    assert f"its store is {tmp_path / 'store'}" in ended.err
