"""The same tests on SQLite and on PostgreSQL. ``tests.fakes.postgres`` is for tests of other folders, too."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from tests.fakes.postgres import Postgres, running_postgres

OLDER_TABLE = "CREATE TABLE nodes (name TEXT PRIMARY KEY, url TEXT NOT NULL, backfill_from BOOLEAN NOT NULL DEFAULT TRUE)"
"""As an older system makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An empty one. ``run`` is how others, who know nothing of longtake, work on it."""

    url: str
    file: Path | None = None
    server: Postgres | None = None

    async def run(self, *statements: str) -> None:
        """SQL, each statement for itself."""
        if self.server is not None:
            connected = await asyncpg.connect(self.url)
            for statement in statements:
                await connected.execute(statement)
            await connected.close()
            return
        assert self.file is not None
        connection = sqlite3.connect(self.file, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests; who stops it starts it again."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of either kind; SQLite's file is not there yet."""
    if request.param == "sqlite":
        file = tmp_path / "team of 100% ä.db"
        return Database(url=f"sqlite:///{file}", file=file)
    server: Postgres = request.getfixturevalue("postgres")
    return Database(url=server.url(asyncio.run(server.new_database())), server=server)
