"""What a database and the way to it can do to us, as one error with a sentence that says what to do.

Libraries' words are shown only where ours have no better ones, and without passwords in them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from longtake.adapters.db.place import Place
from longtake.core.errors import DatabaseUnavailable
from longtake.core.urls import scrubbed

BUSY_S = 4.0
"""How long SQLite waits for another process to finish writing."""

_THEIRS = (
    SQLAlchemyError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,  # TimeoutError is one, too
    ValueError,  # of asyncpg, for what it cannot read in a URL
)

_BROKEN = "the connection broke: see whether it runs"
_SAID_BY_SERVER: dict[str, str] = {
    "08003": _BROKEN,
    "08006": _BROKEN,
    "28P01": "it refuses the user or the password: see to database.url (or what is in database.url_file)",
    "28000": "it does not let this user in from here: see to database.url, and to the server's pg_hba.conf",
    "3D000": "it has no database of that name: make it (createdb), or see to database.url",
    "42501": "the user may not do this there: it needs the right to it (GRANT), and for `longtake db upgrade` the right to make tables",
    "25006": "it is a standby, or else read-only: name the server that takes changes in database.url",
    "53300": "it has too many connections: raise its max_connections, or stop what holds them",
    "55P03": "another process works on its tables: try again when that has ended",
    "57P01": "it is being shut down",
    "57P03": "it is starting or shutting down: try again in a moment",
    "53100": "its disk is full: make room there",
}
"""By SQLSTATE (PostgreSQL's documentation, appendix A)."""

_SAID_BY_FILE: dict[int, str] = {
    sqlite3.SQLITE_BUSY: f"another process writes to it, and did not end that within {BUSY_S:.0f} s: try again, or see what holds it (fuser)",
    sqlite3.SQLITE_LOCKED: "another process works on its tables: try again when that has ended",
    sqlite3.SQLITE_READONLY: "it cannot be written: the file, its folder or the disk is read-only for this user",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: see whether its folder is there, and whether this user may read and write in it",
    sqlite3.SQLITE_PERM: "this user may not open it",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database: name another file in database.url",
    sqlite3.SQLITE_CORRUPT: "it is damaged: restore it from a copy, or move it away and begin anew",
    sqlite3.SQLITE_FULL: "the disk is full: make room there",
    sqlite3.SQLITE_IOERR: "the disk fails",
}
"""By the lowest byte of SQLite's result code."""


@contextmanager
def told_apart(place: Place) -> Iterator[None]:
    """Raises DatabaseUnavailable for what libraries and the system raise in the block."""
    try:
        yield
    except _THEIRS as error:
        raise DatabaseUnavailable(
            f"the database {place.shown} does not work: {_reason(error, place)}"
        ) from error


def is_busy(error: BaseException) -> bool:
    """Whether SQLite waited for another process in vain."""
    return _file_code(error) == sqlite3.SQLITE_BUSY


def _reason(error: BaseException, place: Place) -> str:
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state, code = getattr(told, "sqlstate", None), _file_code(told)
    if isinstance(state, str) and state in _SAID_BY_SERVER:
        return _SAID_BY_SERVER[state]
    if code in _SAID_BY_FILE:
        return _SAID_BY_FILE[code]
    return _of_the_way(told) or _in_their_words(told, place)


def _file_code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _of_the_way(error: BaseException) -> str | None:
    """Between here and a server."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time: see whether it runs, and whether it can be reached from here"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there: start it, or see to database.url"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return _BROKEN
    return None


def _in_their_words(error: BaseException, place: Place) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return scrubbed(said, secrets=place.secrets) or type(error).__name__
