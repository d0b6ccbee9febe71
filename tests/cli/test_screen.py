"""Lines on a terminal, in a pipe, and where only ASCII goes."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

from longtake.cli.screen import Screen, printable


def test_a_pipe_gets_plain_lines_without_an_end_of_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.show([("a", "bold red"), (" " * 300 + "b  ", ""), ("   ", "")])
    screen.show()
    assert screen.width is None
    assert capsys.readouterr().out == "a" + " " * 300 + "b\n\n"


def test_where_only_ascii_goes_other_characters_are_shown_by_their_codes() -> None:
    content = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(content, encoding="ascii", write_through=True)):
        screen = Screen()
        screen.show([("日x", "")])
        assert not screen.has_shapes
        assert content.getvalue() == b"\\u65e5x\n"


def test_a_terminal_gets_styles_and_is_never_wrapped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "40"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    screen.show([("x" * 50, ""), ("[b]", "bold")])
    assert screen.width == 40
    assert capsys.readouterr().out == "x" * 50 + "\x1b[1m[b]\x1b[0m\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("日本", "日本"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("\x1b[2J", "\\x1b[2J"),
    ],
    ids=["ASCII", "Japanese", "a command in one byte", "text turned round", "a command that clears"],
)
def test_what_cannot_be_printed_is_shown_by_its_code(text: str, shown: str) -> None:
    assert printable(text) == shown
