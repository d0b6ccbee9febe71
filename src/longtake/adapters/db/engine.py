"""Work in one transaction of a database, connecting and disconnecting included, within a time limit.

Who asks now and then (a replicator for its peers, a command) needs no connection that stays: what is down, moved or
started anew is found out by the next question.

SQLite: a transaction that reads and then writes fails at once where another one has written meanwhile, however long it
would be ready to wait; those that write say so at their beginning (BEGIN IMMEDIATE) and wait there.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiosqlite
import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from longtake.adapters.db.place import Place
from longtake.adapters.db.troubles import BUSY_S, is_busy, told_apart

Answer = TypeVar("Answer")

LIMIT_S = 7.0
"""For connecting and all queries. Letting go of a server that does not answer takes two seconds more (SQLAlchemy's)."""
_CONNECT_S = 5.0


class Use(Enum):
    """What a transaction is for."""

    READ = "read"
    WRITE = "write"
    SET_UP = "set up"
    """Like WRITE, and a file of SQLite that is not there is made."""


async def answered(
    place: Place,
    use: Use,
    work: Callable[[AsyncConnection], Awaitable[Answer]],
    *,
    limit_s: float = LIMIT_S,
) -> Answer:
    """What ``work`` gives, in a transaction of its own, which is committed if it does not raise.

    Raises DatabaseUnavailable for whatever a database or the way to it can do to us, after ``limit_s`` + 3 s at most.
    """
    with told_apart(place):
        async with asyncio.timeout(limit_s), _connected(place, use) as connection:
            return await work(connection)


@asynccontextmanager
async def _connected(place: Place, use: Use) -> AsyncIterator[AsyncConnection]:
    engine = _server_engine(place) if place.file is None else _file_engine(place.file, use)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


def _server_engine(place: Place) -> AsyncEngine:
    async def connect() -> asyncpg.Connection:
        # asyncpg reads the URL as libpq does: several hosts, sockets, sslmode, password files.
        return await asyncpg.connect(
            place.url, timeout=_CONNECT_S, server_settings={"application_name": "longtake"}
        )

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=NullPool, hide_parameters=True
    )


def _file_engine(file: Path, use: Use) -> AsyncEngine:
    mode = "rwc" if use is Use.SET_UP else "rw"
    address = f"file:{quote(str(file.absolute()))}?mode={mode}"

    async def connect(*_: object, **__: object) -> aiosqlite.Connection:
        return await _opened(address)

    engine = create_async_engine(
        "sqlite+aiosqlite://", async_creator=connect, poolclass=NullPool, hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", _durable if use is not Use.READ else _as_it_is)
    begin = "BEGIN" if use is Use.READ else "BEGIN IMMEDIATE"

    def started(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "begin", started)
    return engine


async def _opened(address: str) -> aiosqlite.Connection:
    """Raises sqlite3.Error."""
    # Without an isolation level the driver begins no transactions of its own accord.
    connection = aiosqlite.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)
    thread = connection._thread  # noqa: SLF001
    thread.daemon = True  # a disk that hangs must not keep the process
    try:
        return await connection
    except sqlite3.Error:
        # Its thread still has a last word to say to this loop, which a command may close at once.
        await asyncio.to_thread(thread.join, BUSY_S)
        raise


def _as_it_is(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """A read-only file can be read, too."""


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # With WAL readers and a writer do not wait for each other. The change needs the file for a moment all alone;
        # who does not get it works all the same, and the next writer tries again.
        if not is_busy(error):
            raise
    finally:
        cursor.close()
