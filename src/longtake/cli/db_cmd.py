"""``longtake db``: the database's own state."""

from __future__ import annotations

import asyncio

import typer

from longtake.cli.arguments import ConfigOption
from longtake.cli.exits import FAILED
from longtake.cli.node_options import DatabaseOption, FolderOption, settings_of

app = typer.Typer(help="Set up and upgrade the database.", no_args_is_help=True)


@app.command()
def upgrade(
    config: ConfigOption = None, folder: FolderOption = None, database: DatabaseOption = None
) -> None:
    """Bring the database to what this longtake needs; safe to repeat. Tables of an older system are taken over as they are.

    Example: longtake db upgrade --config longtake-node/longtake.toml
    """
    from longtake.app.wiring.database import upgraded

    before, now = asyncio.run(upgraded(settings_of(config, folder, database)))
    if before == now:
        typer.echo(f"the database is up to date: revision {now}")
    else:
        typer.echo(f"the database is at revision {now} now; before: {before or 'not set up'}")


@app.command()
def status(config: ConfigOption = None, folder: FolderOption = None, database: DatabaseOption = None) -> None:
    """Say whether the database can be used, and whether it is up to date; ends with 1 if it is not.

    Example: longtake db status --dir longtake-node
    """
    from longtake.app.wiring.database import revisions

    has, newest = asyncio.run(revisions(settings_of(config, folder, database)))
    if has == newest:
        typer.echo(f"the database is up to date: revision {has}")
        return
    typer.echo(
        f"the database has revision {has or 'none'}, this longtake has {newest}: run `longtake db upgrade`"
    )
    raise typer.Exit(FAILED)
