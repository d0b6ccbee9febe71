"""The nodes of a team, as the database has them: all that is asked of that table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from longtake.adapters.db.engine import Use, answered
from longtake.adapters.db.place import Place, parse_place
from longtake.adapters.db.revisions import check_for_reading, check_for_writing, revision_of
from longtake.adapters.db.tables import NODES
from longtake.adapters.db.troubles import told_apart


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """A node. ``pulled_from``: whether the others pull from it. Older systems write rows, too: nothing in it is checked."""

    name: str
    url: str
    pulled_from: bool


class Added(StrEnum):
    """What adding a node did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


async def list_nodes(url: str) -> list[NodeRow]:
    """All nodes, by name. A file of SQLite that is not there has none.

    Connects, asks and disconnects, within 10 s. Raises DatabaseUnavailable, also if the database was not upgraded yet;
    InvalidInput for what is no URL of a database.
    """
    place = parse_place(url)
    with told_apart(place):
        if place.is_new_file:
            return []

    async def work(connection: AsyncConnection) -> list[NodeRow]:
        check_for_reading(await revision_of(connection), place)
        found = await connection.execute(select(NODES).order_by(NODES.c.name))
        return [
            NodeRow(name=name, url=address, pulled_from=pulled_from) for name, address, pulled_from in found
        ]

    return await answered(place, Use.READ, work)


async def add_node(url: str, node: NodeRow) -> Added:
    """Adds the node, or replaces the one of its name. Safe to repeat.

    Within 10 s. Raises DatabaseUnavailable, also if the database was not upgraded yet or is a file that is not there;
    Unsupported if a newer longtake has upgraded it; InvalidInput for what is no URL of a database.
    """
    place = parse_place(url)

    async def work(connection: AsyncConnection) -> Added:
        check_for_writing(await revision_of(connection), place)
        before = (
            await connection.execute(select(NODES.c.url, NODES.c.backfill_from).filter_by(name=node.name))
        ).one_or_none()
        await _put(connection, node)
        if before is None:
            return Added.NEW
        return Added.SAME if tuple(before) == (node.url, node.pulled_from) else Added.CHANGED

    return await answered(place, Use.WRITE, work)


async def _put(connection: AsyncConnection, node: NodeRow) -> None:
    """One statement, so that two who add the same node at once both succeed."""
    values = {"url": node.url, "backfill_from": node.pulled_from}
    # The two databases have the same words for it, and SQLAlchemy none that are for both.
    if connection.dialect.name == "sqlite":
        of_file = sqlite.insert(NODES).values(name=node.name, **values)
        await connection.execute(of_file.on_conflict_do_update(index_elements=[NODES.c.name], set_=values))
    else:
        of_server = postgresql.insert(NODES).values(name=node.name, **values)
        await connection.execute(of_server.on_conflict_do_update(index_elements=[NODES.c.name], set_=values))


async def remove_node(url: str, name: str) -> bool:
    """Whether there was a node of that name. Safe to repeat. Limits and errors as with ``add_node``."""
    place = parse_place(url)

    async def work(connection: AsyncConnection) -> bool:
        check_for_writing(await revision_of(connection), place)
        return (await connection.execute(delete(NODES).filter_by(name=name))).rowcount > 0

    return await answered(place, Use.WRITE, work)


def is_new_file(url: str) -> bool:
    """Whether the database is a file of SQLite in which nothing is yet. Raises DatabaseUnavailable, InvalidInput."""
    place: Place = parse_place(url)
    with told_apart(place):
        return place.is_new_file
