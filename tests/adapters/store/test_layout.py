from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from longtake.adapters.store.layout import Layout, is_hour, is_quality
from longtake.core.errors import InvalidName, InvalidTime

ROOT = Path("/srv/store")
HOUR = "2024-11-09T23"


@pytest.mark.parametrize(
    ("path_of", "path"),
    [
        pytest.param(lambda layout: layout.node, ".longtake", id="what is the node's"),
        pytest.param(lambda layout: layout.status, ".longtake/status", id="status"),
        pytest.param(lambda layout: layout.channel("demo"), "demo", id="a channel"),
        pytest.param(lambda layout: layout.quality("demo", "source"), "demo/source", id="a quality"),
        pytest.param(lambda layout: layout.hour("demo", "480p", HOUR), f"demo/480p/{HOUR}", id="an hour"),
        pytest.param(
            lambda layout: layout.ours("demo", "source"), "demo/source/.longtake", id="what is ours"
        ),
        pytest.param(
            lambda layout: layout.temp("demo", "source", "capture"),
            "demo/source/.longtake/temp/capture",
            id="temps",
        ),
        pytest.param(
            lambda layout: layout.facts("demo", "source", HOUR),
            f"demo/source/.longtake/facts/{HOUR}.jsonl",
            id="facts",
        ),
        pytest.param(
            lambda layout: layout.ledgers("demo"),
            "demo/.longtake/ledger",
            id="the ledger",
        ),
    ],
)
def test_everything_has_its_place(path_of: Callable[[Layout], Path], path: str) -> None:
    assert path_of(Layout(ROOT)) == ROOT / path


@pytest.mark.parametrize("bad", ["", ".", "..", ".longtake", "a/b", "/etc", "a\0", "x" * 256])
def test_no_name_leads_elsewhere(bad: str) -> None:
    layout = Layout(ROOT)
    for path_of in (
        layout.channel,
        lambda name: layout.quality("demo", name),
        lambda name: layout.ours(name, "source"),
        lambda name: layout.temp("demo", name, "capture"),
        lambda name: layout.facts(name, "source", HOUR),
        layout.ledgers,
        lambda name: layout.hour("demo", name, HOUR),
    ):
        with pytest.raises(InvalidName):
            path_of(bad)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("2024-11-09T23", True, id="an hour"),
        pytest.param("2024-02-29T00", True, id="an hour of a leap day"),
        pytest.param("2023-02-29T00", False, id="an hour of no day"),
        pytest.param("2024-11-09T24", False, id="the 25th hour"),
        pytest.param("2024-11-09", False, id="a day"),
        pytest.param("2024-11-09T23.json", False, id="more than an hour"),
        pytest.param("2024-11-09T23\n", False, id="an hour with a line break"),
        pytest.param("../2024-11-09T23", False, id="a path"),
        pytest.param("٢٠٢٤-11-09T23", False, id="other digits"),
        pytest.param("lost+found", False, id="a word"),
    ],
)
def test_only_hours_are_hours(name: str, expected: bool) -> None:
    assert is_hour(name) is expected
    if not expected:
        with pytest.raises(InvalidTime):
            Layout(ROOT).hour("demo", "source", name)
        with pytest.raises(InvalidTime):
            Layout(ROOT).facts("demo", "source", name)


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        pytest.param(["source"], False, id="an empty folder"),
        pytest.param(["source/latest", "source/thumbnails"], False, id="folders that are no hours"),
        pytest.param([f"source/{HOUR}"], True, id="an hour, by an older node"),
        pytest.param(["source/latest", f"source/{HOUR}"], True, id="an hour among others"),
        pytest.param(["source/.longtake"], True, id="ours, before the first hour"),
    ],
)
def test_a_quality_is_known_by_what_is_in_it(tmp_path: Path, folders: list[str], expected: bool) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    assert is_quality(tmp_path / "source") is expected


def test_chat_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "chat").mkdir()
    assert is_quality(tmp_path / "chat")
