"""Nodes are added, changed, listed and removed alike on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
from tests.adapters.db.conftest import Database

from longtake.adapters.db.nodes import Added, NodeRow, add_node, is_new_file, list_nodes, remove_node
from longtake.adapters.db.upgrade import upgrade
from longtake.core.errors import DatabaseUnavailable, InvalidInput, Unsupported

NORTH = NodeRow(name="north", url="https://north.example.org", pulled_from=True)
SOUTH = NodeRow(name="south", url="http://south:8700", pulled_from=False)


async def test_nodes_are_added_and_listed_by_name(database: Database) -> None:
    await upgrade(database.url)
    assert await list_nodes(database.url) == []
    assert await add_node(database.url, SOUTH) is Added.NEW
    assert await add_node(database.url, NORTH) is Added.NEW
    assert await list_nodes(database.url) == [NORTH, SOUTH]


async def test_a_node_of_the_same_name_is_replaced_and_the_answer_says_so(database: Database) -> None:
    await upgrade(database.url)
    await add_node(database.url, NORTH)
    assert await add_node(database.url, NORTH) is Added.SAME
    elsewhere = NodeRow(name="north", url="https://elsewhere.example.org", pulled_from=True)
    assert await add_node(database.url, elsewhere) is Added.CHANGED
    not_pulled = NodeRow(name="north", url="https://elsewhere.example.org", pulled_from=False)
    assert await add_node(database.url, not_pulled) is Added.CHANGED
    assert await list_nodes(database.url) == [not_pulled]


async def test_a_node_is_removed_once(database: Database) -> None:
    await upgrade(database.url)
    await add_node(database.url, NORTH)
    await add_node(database.url, SOUTH)
    assert await remove_node(database.url, "north")
    assert not await remove_node(database.url, "north")
    assert await list_nodes(database.url) == [SOUTH]


async def test_names_and_urls_are_data_whatever_is_in_them(database: Database) -> None:
    await upgrade(database.url)
    odd = NodeRow(name="'; DROP TABLE nodes; -- ☃ %s :name", url="http://x/?a='b'&c=%25\"", pulled_from=True)
    await add_node(database.url, odd)
    assert await list_nodes(database.url) == [odd]
    assert await remove_node(database.url, odd.name)


async def test_all_who_add_at_once_succeed(database: Database) -> None:
    await upgrade(database.url)
    nodes = [NodeRow(name=f"node{number}", url="http://x", pulled_from=True) for number in range(8)]
    added = await asyncio.gather(*(add_node(database.url, node) for node in [*nodes, NORTH, NORTH, NORTH]))
    assert set(added) <= {Added.NEW, Added.SAME}
    assert await list_nodes(database.url) == [*nodes, NORTH]


async def test_a_row_of_an_older_system_gets_its_default(database: Database) -> None:
    await upgrade(database.url)
    await database.run("INSERT INTO nodes (name, url) VALUES ('north', 'https://north.example.org')")
    assert await list_nodes(database.url) == [NORTH]


async def test_a_database_that_is_not_upgraded_says_what_to_run(database: Database) -> None:
    await database.run("CREATE TABLE something_else (x INTEGER)")
    for asked in (
        list_nodes(database.url),
        add_node(database.url, NORTH),
        remove_node(database.url, "north"),
    ):
        with pytest.raises(DatabaseUnavailable, match="longtake db upgrade"):
            await asked


async def test_a_newer_database_is_read_and_not_written(database: Database) -> None:
    await upgrade(database.url)
    await add_node(database.url, NORTH)
    await database.run(
        "ALTER TABLE nodes ADD COLUMN motto TEXT", "UPDATE longtake_version SET version_num = '9000'"
    )
    assert await list_nodes(database.url) == [NORTH]
    with pytest.raises(Unsupported, match=r"revision 9000.*newer longtake"):
        await add_node(database.url, SOUTH)
    with pytest.raises(Unsupported, match=r"revision 9000.*newer longtake"):
        await remove_node(database.url, "north")


async def test_a_lost_table_is_told_and_no_empty_list(database: Database) -> None:
    await upgrade(database.url)
    await database.run("DROP TABLE nodes")
    with pytest.raises(DatabaseUnavailable, match="nodes"):
        await list_nodes(database.url)


async def test_a_file_that_is_not_there_has_no_nodes_and_is_not_made(tmp_path_factory) -> None:
    file = tmp_path_factory.mktemp("node") / "longtake.db"
    url = f"sqlite:///{file}"
    assert is_new_file(url)
    assert await list_nodes(url) == []
    with pytest.raises(DatabaseUnavailable):
        await add_node(url, NORTH)
    assert not file.exists()
    await upgrade(url)
    assert not is_new_file(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=ro",
        "postgresql://team:s3cret",
        "postgresql://team:s3/cret@db/team",
        "postgresql://team:12/cret@db/team",
        "postgresql://team:s3#cret@db/team",
        "postgresql://team:s3?cret@db/team",
        "postgresql://team:[s3cret@db/team",
        "postgresql://team:s3 cret@db/team",
        "postgresql://db:99999/s3cret",
    ],
)
async def test_what_is_no_url_of_a_database_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await list_nodes(url)
    assert "cret" not in str(refused.value)
    assert "s3" not in str(refused.value)
    assert refused.value.__cause__ is None
