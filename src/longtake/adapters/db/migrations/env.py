"""How Alembic runs the migrations: on the connection, and in the transaction, of ``adapters.db.upgrade``."""

from __future__ import annotations

from alembic import context

from longtake.adapters.db.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite changes a column only by making the table anew
)
context.run_migrations()
