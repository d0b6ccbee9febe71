"""The tables, as the newest migration leaves them. ``migrations`` makes them; a test holds both against each other.

``nodes`` is, to the column, the table of that name in databases of older nodes, so that one database serves both.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, MetaData, String, Table, Text, true

METADATA = MetaData()

NODES = Table(
    "nodes",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("backfill_from", Boolean, nullable=False, server_default=true()),
)
"""The nodes of a team. ``backfill_from``: whether the others pull from it."""

VERSION_TABLE = "longtake_version"
"""Not the name that Alembic would take: other programs may keep theirs in the same database."""

VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic makes it; one row says which revision the database has."""
