"""Databases come to the newest revision: new ones, those of older systems, and when two try at once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.adapters.db.conftest import OLDER_TABLE, Database
from tests.fakes.postgres import Postgres

from longtake.adapters.db.engine import Use, answered
from longtake.adapters.db.nodes import Added, NodeRow, add_node, list_nodes
from longtake.adapters.db.place import parse_place
from longtake.adapters.db.revisions import NEWEST, REVISIONS
from longtake.adapters.db.tables import METADATA, VERSION_TABLE
from longtake.adapters.db.upgrade import revisions, upgrade
from longtake.core.errors import DatabaseUnavailable, Unsupported

ROOT = Path(__file__).parents[3]
NORTH = NodeRow(name="north", url="https://north.example.org", pulled_from=True)


async def test_from_nothing_and_again(database: Database) -> None:
    assert await revisions(database.url) == (None, NEWEST)
    assert await upgrade(database.url) == (None, NEWEST)
    assert await revisions(database.url) == (NEWEST, NEWEST)
    await add_node(database.url, NORTH)
    assert await upgrade(database.url) == (NEWEST, NEWEST)
    assert await list_nodes(database.url) == [NORTH]


async def test_of_several_at_once_one_does_it(database: Database) -> None:
    done = await asyncio.gather(*(upgrade(database.url) for _ in range(5)))
    assert sorted(before or "" for before, _ in done) == ["", *[NEWEST] * 4]
    assert await add_node(database.url, NORTH) is Added.NEW


async def test_processes_that_upgrade_at_once_do_not_disturb_each_other(database: Database) -> None:
    command = (sys.executable, "-m", "longtake", "db", "upgrade", "--database", database.url)
    both = [
        await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    told = await asyncio.gather(*(one.communicate() for one in both))
    assert [one.returncode for one in both] == [0, 0], told
    assert await revisions(database.url) == (NEWEST, NEWEST)


async def test_the_table_of_an_older_system_is_taken_over_with_its_rows(database: Database) -> None:
    await database.run(
        OLDER_TABLE,
        "INSERT INTO nodes VALUES ('old', 'http://old:8000/', false), ('new', 'http://new', true)",
    )
    assert await revisions(database.url) == (None, NEWEST)
    assert await upgrade(database.url) == (None, NEWEST)
    assert await list_nodes(database.url) == [
        NodeRow(name="new", url="http://new", pulled_from=True),
        NodeRow(name="old", url="http://old:8000/", pulled_from=False),
    ]
    assert await add_node(database.url, NORTH) is Added.NEW


async def test_a_table_of_something_else_is_not_taken(database: Database) -> None:
    await database.run("CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent INTEGER)")
    with pytest.raises(DatabaseUnavailable, match="of another program"):
        await upgrade(database.url)
    assert await revisions(database.url) == (None, NEWEST)


async def test_a_newer_database_is_left_as_it_is(database: Database) -> None:
    await upgrade(database.url)
    await database.run("UPDATE longtake_version SET version_num = '9000'")
    with pytest.raises(Unsupported, match=r"revision 9000.*newer longtake"):
        await upgrade(database.url)
    assert await revisions(database.url) == ("9000", NEWEST)


async def test_an_upgrade_that_fails_leaves_nothing_behind(database: Database) -> None:
    await database.run(f"CREATE TABLE {VERSION_TABLE} (version_num INTEGER CHECK (version_num > 5))")
    with pytest.raises(DatabaseUnavailable):
        await upgrade(database.url)
    await database.run(OLDER_TABLE)


async def test_the_tables_are_what_the_migrations_make(database: Database) -> None:
    await upgrade(database.url)

    def differences(connection: Connection) -> list[object]:
        options = {"version_table": VERSION_TABLE, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))

    async def work(connection: AsyncConnection) -> list[object]:
        return await connection.run_sync(differences)

    assert await answered(parse_place(database.url), Use.READ, work) == []


def test_all_migrations_are_known_by_name() -> None:
    config = Config()
    config.set_main_option("script_location", "longtake.adapters.db:migrations")
    config.set_main_option("path_separator", "os")
    found = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(one.revision for one in found)[::-1] == REVISIONS


async def test_a_file_keeps_what_was_written_and_lets_readers_read(tmp_path: Path) -> None:
    file = tmp_path / "longtake.db"
    await upgrade(f"sqlite:///{file}")
    await add_node(f"sqlite:///{file}", NORTH)
    writer = sqlite3.connect(file, isolation_level=None)
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM nodes")
    assert await list_nodes(f"sqlite:///{file}") == [NORTH]
    writer.close()


async def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="whether its folder is there"):
        await upgrade(f"sqlite:///{tmp_path}/nowhere/longtake.db")
    assert not (tmp_path / "nowhere").exists()


async def test_rights_that_an_older_system_did_not_give_are_named(postgres: Postgres) -> None:
    name = await postgres.new_database()
    await postgres.run(OLDER_TABLE, database=name)
    await upgrade(postgres.url(name))
    with pytest.raises(DatabaseUnavailable, match="GRANT"):
        await list_nodes(postgres.url(name))


def test_the_migrations_are_in_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "HATCH_BUILD_NO_HOOKS": "true"},  # no pages
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    folder = "longtake/adapters/db/migrations"
    assert {f"{folder}/env.py", f"{folder}/versions/0001_nodes.py"} <= set(zipfile.ZipFile(wheel).namelist())
