"""``longtake nodes`` and ``longtake db``, as a person uses them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from tests.fakes.node_process import longtake


def test_a_node_is_added_shown_changed_and_removed(tmp_path: Path) -> None:
    where = ("--dir", str(tmp_path))
    first = longtake("nodes", "add", "north", "https://north.example.org/", *where)
    assert (first.returncode, first.stdout) == (
        0,
        "the database is new: it was set up\nnorth is added\n",
    ), first.stderr
    assert (tmp_path / "longtake.db").exists()
    assert (
        longtake("nodes", "add", "south", "http://10.0.0.2:8700", "--no-pull", *where).stdout
        == "south is added\n"
    )
    again = longtake("nodes", "add", "north", "https://north.example.org", *where)
    assert again.stdout == "north was there already, just so\n"
    changed = longtake("nodes", "add", "north", "https://new.example.org", *where)
    assert changed.stdout == "north is changed\n"
    listed = longtake("nodes", "list", *where)
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["north", "https://new.example.org"],
        ["south", "http://10.0.0.2:8700", "is", "not", "pulled", "from"],
    ]
    as_json = json.loads(longtake("nodes", "list", "--json", *where).stdout)
    assert as_json[1] == {"name": "south", "url": "http://10.0.0.2:8700", "pulled_from": False}
    removed = longtake("nodes", "remove", "north", *where)
    assert (removed.returncode, removed.stdout) == (0, "north is removed\n")
    unknown = longtake("nodes", "remove", "north", *where)
    assert unknown.returncode == 1
    assert "there is no node 'north'" in unknown.stderr


def test_a_new_database_has_no_nodes_and_is_not_made_by_looking(tmp_path: Path) -> None:
    listed = longtake("nodes", "list", "--dir", str(tmp_path))
    assert listed.returncode == 0
    assert "there are no nodes yet" in listed.stdout
    assert longtake("nodes", "remove", "north", "--dir", str(tmp_path)).returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("north", "north.example.org"), "is no URL of a node", id="no URL"),
        pytest.param(("a/b", "http://north"), "contains '/'", id="no name"),
        pytest.param((".north", "http://north"), "begins with a dot", id="a hidden name"),
    ],
)
def test_what_is_no_node_is_refused(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = longtake("nodes", "add", *arguments, "--dir", str(tmp_path))
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "longtake.db").exists()


def test_the_database_is_upgraded_once_and_says_where_it_is(tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path}/team.db")
    before = longtake("db", "status", *database)
    assert before.returncode == 1
    assert "longtake db upgrade" in before.stdout
    first = longtake("db", "upgrade", *database)
    assert first.stdout == "the database is at revision 0001 now; before: not set up\n"
    assert longtake("db", "upgrade", *database).stdout == "the database is up to date: revision 0001\n"
    assert longtake("db", "status", *database).returncode == 0
    with sqlite3.connect(tmp_path / "team.db") as connection:
        assert connection.execute("select count(*) from nodes").fetchone() == (0,)
    connection.close()


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    done = longtake("nodes", "list", "--database", "postgresql://team:very-secret@127.0.0.1:1/longtake")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "very-secret" not in done.stderr


def test_two_ways_to_name_a_database_are_one_too_many(tmp_path: Path) -> None:
    done = longtake("nodes", "list", "--dir", str(tmp_path), "--database", "sqlite:///x.db")
    assert done.returncode == 2
    odd = longtake("nodes", "list", "--database", "mysql://x")
    assert odd.returncode == 2
    assert "sqlite:///" in odd.stderr


def test_no_secret_is_shown_with_the_settings(tmp_path: Path) -> None:
    (tmp_path / "longtake.toml").write_text(
        '[node]\nsecret = "very-secret-of-the-team"\n[database]\nurl = "postgresql://team:very-secret@db/longtake"\n'
        '[replicate.peers]\nnorth = "https://me:very-secret@north.example.org"\n[twitch]\ntoken = "very-secret"\n'
    )
    done = longtake("config", "show", "--dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "very-secret" not in done.stdout
    assert "north.example.org" in done.stdout
