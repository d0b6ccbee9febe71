"""``longtake db``, and what ``longtake nodes`` says of it, on a file and on a real server."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.node_process import longtake
from tests.fakes.postgres import PASSWORD, Postgres, running_postgres

from longtake.adapters.db.upgrade import upgrade


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, or of a file that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/team.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(asyncio.run(server.new_database()))


def test_a_database_is_set_up_once_and_says_where_it_is(database: str) -> None:
    named = ("--database", database)
    shown = f"the database {database.removeprefix('sqlite:///').replace(f'longtake:{PASSWORD}@', '')} "
    before = longtake("db", "status", *named)
    assert (before.returncode, before.stdout) == (
        1,
        f"{shown}was not set up yet: run `longtake db upgrade`\n",
    ), before.stderr
    first = longtake("db", "upgrade", *named)
    assert (first.returncode, first.stdout) == (0, f"{shown}was set up: revision 0001\n"), first.stderr
    after = longtake("db", "status", *named)
    assert (after.returncode, after.stdout) == (0, f"{shown}is up to date: revision 0001\n")
    again = longtake("db", "upgrade", *named)
    assert (again.returncode, again.stdout) == (0, f"{shown}is up to date: revision 0001\n")


def test_nodes_of_a_server_that_is_not_set_up_name_the_command(postgres: Postgres) -> None:
    named = ("--database", postgres.url(asyncio.run(postgres.new_database())))
    done = longtake("nodes", "add", "north", "http://north", *named)
    assert (done.returncode, done.stdout) == (1, "")
    assert "run `longtake db upgrade`" in done.stderr
    assert PASSWORD not in done.stderr


def test_a_wrong_password_is_told_and_not_shown(postgres: Postgres) -> None:
    url = postgres.url("postgres", password="very-secret")
    done = longtake("db", "upgrade", "--database", url)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the database postgresql://127.0.0.1:")
    assert "refuses the user or the password" in done.stderr
    assert "very-secret" not in done.stderr + done.stdout


def test_what_a_newer_longtake_made_is_read_and_not_touched(tmp_path: Path) -> None:
    named = ("--dir", str(tmp_path))
    asyncio.run(upgrade(f"sqlite:///{tmp_path}/longtake.db"))
    with sqlite3.connect(tmp_path / "longtake.db") as connection:
        connection.execute("update longtake_version set version_num = '9999'")
    connection.close()
    status = longtake("db", "status", *named)
    assert status.returncode == 1
    assert "has revision 9999, which a newer longtake made" in status.stdout
    assert longtake("nodes", "list", *named).returncode == 0
    for command in (
        ("db", "upgrade"),
        ("nodes", "add", "south", "http://south"),
        ("nodes", "remove", "north"),
    ):
        done = longtake(*command, *named)
        assert done.returncode == 1
        assert "install the newer longtake" in done.stderr
