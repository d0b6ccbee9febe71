"""Bringing a database to the newest revision. Alembic is run by code: nobody needs its command or its files.

All of it is one transaction, in which a second upgrade waits for the first:

    failed at            state left         who acts
    connecting, waiting  as before          run it again
    any migration        as before          run it again, perhaps after an update of longtake
    the commit's answer  as before, or new  run it again: what is done is not done twice
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from longtake.adapters.db.engine import Use, answered
from longtake.adapters.db.place import parse_place
from longtake.adapters.db.revisions import NEWEST, check_not_newer, revision_of
from longtake.adapters.db.troubles import told_apart

UPGRADE_LIMIT_S = 120.0
"""Long, since large tables may have to be written anew, and another upgrade may have to end first."""
_LOCK = 0x6C6F6E6774616B65
"""'longtake', as the number of a lock among those of all programs that use the server's database."""


async def upgrade(url: str) -> tuple[str | None, str]:
    """The revision before, and that now. A file of SQLite is made if it is not there (its folder is not).

    Takes over the tables of an older node's database, as they are. Raises DatabaseUnavailable after ``UPGRADE_LIMIT_S``
    + 3 s at most; Unsupported if a newer longtake has upgraded it already; InvalidInput.
    """
    place = parse_place(url)

    async def work(connection: AsyncConnection) -> tuple[str | None, str]:
        await _wait_for_others(connection)
        before = await revision_of(connection)
        check_not_newer(before, place)
        if before != NEWEST:
            await connection.run_sync(_migrate)
        return before, NEWEST

    return await answered(place, Use.SET_UP, work, limit_s=UPGRADE_LIMIT_S)


async def revisions(url: str) -> tuple[str | None, str]:
    """The database's revision (None: nothing is set up, or there is no file yet), and the newest one that is known here.

    Within 10 s. Raises DatabaseUnavailable, InvalidInput.
    """
    place = parse_place(url)
    with told_apart(place):
        if place.is_new_file:
            return None, NEWEST
    return await answered(place, Use.READ, revision_of), NEWEST


async def _wait_for_others(connection: AsyncConnection) -> None:
    """Until this transaction ends, other upgrades wait. SQLite's BEGIN IMMEDIATE has seen to that."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "longtake.adapters.db:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, NEWEST)
