"""Alembic's migrations. One that is released is never changed; what older nodes read of a table stays readable."""
