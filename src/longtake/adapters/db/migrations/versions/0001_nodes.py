"""The nodes of a team.

An older system's database has that very table, and goes on using it: it is taken as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table, if an older system has not made it."""
    if sa.inspect(op.get_bind()).has_table("nodes"):
        return
    op.create_table(
        "nodes",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("backfill_from", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
