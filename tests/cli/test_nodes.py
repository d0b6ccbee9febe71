"""``longtake nodes``, as a person uses it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from tests.fakes.node_process import longtake

from longtake.adapters.db.upgrade import upgrade


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
        ["node", "URL"],
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


def test_a_file_on_the_command_line_is_relative_to_where_the_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = ("--database", "sqlite:///team.db")
    assert longtake("nodes", "add", "north", "http://127.0.0.1:1", *named).returncode == 0
    assert (tmp_path / "team.db").exists()
    pulled = longtake("replicate", "--store", "elsewhere/store", "--once", *named)
    assert "1 unreachable" in pulled.stdout  # so it was found


def test_the_database_of_the_settings_is_beside_the_store_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:///team.db\n")
    config = tmp_path / "longtake.toml"
    config.write_text('[database]\nurl_file = "url"\n')
    added = longtake("nodes", "add", "north", "http://north", "--config", str(config))
    assert added.returncode == 0, added.stderr
    assert (tmp_path / "team.db").exists()
    by_environment = longtake(
        "nodes", "list", "--json", LONGTAKE_DATABASE__URL=f"sqlite:///{tmp_path}/team.db"
    )
    assert [one["name"] for one in json.loads(by_environment.stdout)] == ["north"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "cannot be read", id="not there"),
        pytest.param(b"\xff", "is not UTF-8", id="not UTF-8"),
        pytest.param(b"mysql://me:very-secret@db/x", "begins with", id="another database"),
    ],
)
def test_a_file_that_holds_no_url_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    (tmp_path / "longtake.toml").write_text('[database]\nurl_file = "url"\n')
    done = longtake("nodes", "list", "--dir", str(tmp_path))
    assert done.returncode == 2
    assert words in done.stderr
    assert "very-secret" not in done.stderr


def test_names_and_passwords_of_others_do_not_reach_the_terminal(tmp_path: Path) -> None:
    where = ("--dir", str(tmp_path))
    asyncio.run(upgrade(f"sqlite:///{tmp_path}/longtake.db"))
    with sqlite3.connect(tmp_path / "longtake.db") as connection:
        connection.execute("insert into nodes values ('north', 'https://me:very-secret@north', 1)")
        connection.execute("insert into nodes values ('od\x1b[2Jd', 'http://x', 1)")
    connection.close()
    listed = longtake("nodes", "list", *where).stdout
    assert "very-secret" not in listed
    assert "\x1b" not in listed
    assert json.loads(longtake("nodes", "list", "--json", *where).stdout)[0]["url"].count("very-secret") == 1


def test_no_secret_is_shown_with_the_settings(tmp_path: Path) -> None:
    (tmp_path / "longtake.toml").write_text(
        '[node]\nsecret = "very-secret-of-the-team"\n[database]\nurl = "postgresql://team:very-secret@db/longtake"\n'
        '[replicate.peers]\nnorth = "https://me:very-secret@north.example.org"\n[twitch]\ntoken = "very-secret"\n'
    )
    done = longtake("config", "show", "--dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "very-secret" not in done.stdout
    assert "north.example.org" in done.stdout
