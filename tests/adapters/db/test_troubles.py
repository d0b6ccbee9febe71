"""Whatever a database does to us ends in time, as one error, which says what to do and never shows a password."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.adapters.db.conftest import Database
from tests.fakes.postgres import PASSWORD, Postgres
from tests.fakes.silent_port import silent_port
from tests.fakes.small_disk import small_disk

from longtake.adapters.db.engine import Use, answered
from longtake.adapters.db.nodes import NodeRow, add_node, list_nodes, remove_node
from longtake.adapters.db.place import parse_place
from longtake.adapters.db.upgrade import upgrade
from longtake.core.errors import DatabaseUnavailable

NORTH = NodeRow(name="north", url="https://north.example.org", pulled_from=True)
LIMIT_S = 10


async def refused(url: str) -> str:
    """What is said; within the limit, and without the password wherever it may turn up."""
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable) as error:
        await list_nodes(url)
    assert time.monotonic() - began < LIMIT_S
    said = str(error.value)
    assert PASSWORD not in "".join(traceback.format_exception(error.value))
    return said


@pytest.fixture
async def team(postgres: Postgres) -> str:
    """The name of a database that is set up, with a node in it."""
    name = await postgres.new_database()
    await upgrade(postgres.url(name))
    await add_node(postgres.url(name), NORTH)
    return name


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong"}, "refuses the user or the password"),
        ({"user": "nobody"}, "refuses the user or the password"),
        ({"database": "nowhere"}, "no database of that name"),
    ],
    ids=["a wrong password", "an unknown user", "an unknown database"],
)
async def test_a_server_that_does_not_let_us_in(
    postgres: Postgres, team: str, changed: dict[str, str], said: str
) -> None:
    words = {"database": team, **changed}
    told = await refused(postgres.url(words.pop("database"), **words))  # type: ignore[arg-type]
    assert said in told
    assert "wrong" not in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("sslmode=require", "SSL"),
        ("sslmode=perhaps", "sslmode"),
        ("colour=red", "colour"),
    ],
)
async def test_options_that_lead_nowhere(postgres: Postgres, team: str, options: str, said: str) -> None:
    assert said in await refused(f"{postgres.url(team)}?{options}")


async def test_a_server_that_is_stopped_and_started_again(postgres: Postgres, team: str) -> None:
    url = postgres.url(team)
    postgres.stop()
    try:
        assert "nothing listens there" in await refused(url)
    finally:
        postgres.start()
    assert await list_nodes(url) == [NORTH]


async def test_a_server_that_is_stopped_midway(postgres: Postgres, team: str) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT 1"))
        postgres.stop()
        await connection.execute(text("SELECT 1"))

    try:
        with pytest.raises(DatabaseUnavailable, match=r"shut down|connection broke"):
            await answered(parse_place(postgres.url(team)), Use.READ, work)
    finally:
        postgres.start()


async def test_servers_that_fall_silent_sooner_or_later(postgres: Postgres, team: str) -> None:
    """All at once, since each takes nearly the whole limit."""
    async with (
        silent_port() as never,
        silent_port(postgres.port, b"pg_catalog.version") as at_first,
        silent_port(postgres.port, b"FROM nodes") as at_the_query,
        silent_port(postgres.port, b"COMMIT") as at_the_end,
    ):
        ways = (never, at_first, at_the_query, at_the_end)
        told = await asyncio.gather(*(refused(postgres.url(team, port=way.port)) for way in ways))
        assert all(way.is_silent for way in ways)
    assert all("did not answer in time" in one for one in told)


async def test_what_is_no_postgresql(postgres: Postgres) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        await refused(postgres.url("team", port=port))
        await refused(f"{postgres.url('team', port=port)}?sslmode=disable")


async def test_a_standby_is_read_and_cannot_be_written(postgres: Postgres, team: str) -> None:
    await postgres.run(f"ALTER DATABASE {team} SET default_transaction_read_only = on")
    assert await list_nodes(postgres.url(team)) == [NORTH]
    with pytest.raises(DatabaseUnavailable, match="standby"):
        await remove_node(postgres.url(team), "north")


async def test_the_log_shows_no_password(
    postgres: Postgres, team: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await upgrade(postgres.url(team))
        await refused(postgres.url(team) + "?sslmode=require")
        await refused(f"postgresql://team:{PASSWORD}@127.0.0.1:1/team?password={PASSWORD}")
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(parse_place(postgres.url(team)))


HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
held.execute("COMMIT")
"""


async def held_by_another(file: Path) -> asyncio.subprocess.Process:
    """A process that writes to the file until it gets a line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    return process


async def test_a_file_to_which_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/longtake.db"
    await upgrade(url)
    other = await held_by_another(tmp_path / "longtake.db")
    adding = asyncio.create_task(add_node(url, NORTH), name="adding")
    done, _ = await asyncio.wait({adding}, timeout=0.5)
    assert not done
    await other.communicate(b"\n")
    await adding
    assert await list_nodes(url) == [NORTH]


async def test_a_file_to_which_another_process_writes_for_long_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/longtake.db"
    await upgrade(url)
    other = await held_by_another(tmp_path / "longtake.db")
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match="another process writes to it"):
        await add_node(url, NORTH)
    assert 3 < time.monotonic() - began < LIMIT_S
    assert await list_nodes(url) == []
    await other.communicate(b"\n")


async def test_what_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "longtake.toml"
    file.write_text("[store]\n" * 100)
    url = f"sqlite:///{file}"
    assert "no SQLite database" in await refused(url)
    for asked in (upgrade(url), add_node(url, NORTH)):
        with pytest.raises(DatabaseUnavailable, match="no SQLite database"):
            await asked
    assert file.read_text() == "[store]\n" * 100


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "cannot be opened" in await refused(f"sqlite:///{tmp_path}")


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "longtake.db"
    await upgrade(f"sqlite:///{file}")
    bytes_there = file.read_bytes()
    file.write_bytes(bytes_there[:100] + b"\xff" * (len(bytes_there) - 100))
    assert "damaged" in await refused(f"sqlite:///{file}")


READ_ONLY = """
import asyncio, sys
from longtake.adapters.db.nodes import NodeRow, add_node, list_nodes
from longtake.core.errors import DatabaseUnavailable
url, node = sys.argv[1], NodeRow(name="south", url="http://south", pulled_from=True)
print([one.name for one in asyncio.run(list_nodes(url))])
try:
    asyncio.run(add_node(url, node))
except DatabaseUnavailable as error:
    print(error)
"""


async def test_a_read_only_file_is_read_and_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    made = tmp_path / "longtake.db"
    await upgrade(f"sqlite:///{made}")
    await add_node(f"sqlite:///{made}", NORTH)
    last = sqlite3.connect(made)
    last.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
    last.close()
    with small_disk(folder) as disk:
        (disk.seen / "longtake.db").write_bytes(made.read_bytes())
        disk.remount("ro")
        command = disk.inside(sys.executable, "-c", READ_ONLY, f"sqlite:///{folder}/longtake.db")
        asking = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        told, _ = await asyncio.wait_for(asking.communicate(), 60)
    assert told.splitlines()[0] == b"['north']"
    assert b"read-only" in told.splitlines()[1]


async def test_who_gives_up_asking_leaves_nothing_open(database: Database) -> None:
    await upgrade(database.url)
    asking = asyncio.create_task(list_nodes(database.url), name="asking")
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await list_nodes(database.url) == []
