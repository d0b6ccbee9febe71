"""The database in which nodes and people of a team meet: tables, named queries, migrations."""
