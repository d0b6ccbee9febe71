"""Which revision a database has, and whether this longtake can work with it."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from longtake.adapters.db.place import Place
from longtake.adapters.db.tables import VERSION
from longtake.core.errors import DatabaseUnavailable, Unsupported

REVISIONS = ("0001",)
"""All that there are, oldest first: those in ``migrations/versions``, which a test checks.

Named here too, so that a query needs no Alembic to say that the database is not upgraded yet.
"""
NEWEST = REVISIONS[-1]


async def revision_of(connection: AsyncConnection) -> str | None:
    """The database's revision; None if no longtake has set it up yet."""
    return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION.name):
        return None
    return connection.execute(select(VERSION.c.version_num)).scalar()


def check_for_reading(revision: str | None, place: Place) -> None:
    """Raises DatabaseUnavailable if it is to be upgraded first.

    A newer one is read: while the nodes of a team are renewed one by one, those that wait still find their peers.
    """
    if revision in REVISIONS[:-1]:
        raise DatabaseUnavailable(
            f"the database {place.shown} has revision {revision}, and this longtake needs {NEWEST}: run `longtake db upgrade`"
        )
    if revision is None:
        raise DatabaseUnavailable(f"the database {place.shown} was not set up yet: run `longtake db upgrade`")


def check_for_writing(revision: str | None, place: Place) -> None:
    """Raises DatabaseUnavailable if it is to be upgraded first, Unsupported if a newer longtake has upgraded it."""
    check_for_reading(revision, place)
    check_not_newer(revision, place)


def check_not_newer(revision: str | None, place: Place) -> None:
    """Raises Unsupported if a newer longtake has upgraded it."""
    if is_newer(revision):
        raise Unsupported(
            f"the database {place.shown} has revision {revision}, which a newer longtake made; this one knows "
            f"{NEWEST} at most: install the newer longtake here, too"
        )


def is_newer(revision: str | None) -> bool:
    """Whether only a newer longtake knows it."""
    return revision is not None and revision not in REVISIONS
