"""The nodes of a team.

An older system's database has that very table, and goes on using it: it is taken as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from longtake.core.errors import DatabaseUnavailable

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COLUMNS = frozenset({"name", "url", "backfill_from"})


def upgrade() -> None:
    """Makes the table, if an older system has not made it. Raises DatabaseUnavailable if it is something else."""
    database = sa.inspect(op.get_bind())
    if database.has_table("nodes"):
        if not {column["name"] for column in database.get_columns("nodes")} >= _COLUMNS:
            raise DatabaseUnavailable(
                "the database has a table 'nodes' of another program: give longtake a database of its own"
            )
        return
    op.create_table(
        "nodes",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("backfill_from", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
