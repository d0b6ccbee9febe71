"""``longtake db``: the database's own state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from longtake.cli.arguments import ConfigOption
from longtake.cli.exits import FAILED
from longtake.cli.node_options import DatabaseOption, FolderOption, settings_of

if TYPE_CHECKING:
    from longtake.app.wiring.database import Revisions

app = typer.Typer(help="Set up and upgrade the database.", no_args_is_help=True)


@app.command()
def upgrade(
    config: ConfigOption = None, folder: FolderOption = None, database: DatabaseOption = None
) -> None:
    """Bring the database to what this longtake needs; safe to repeat. Tables of an older system are taken over as they are.

    Example: longtake db upgrade --config longtake-node/longtake.toml
    """
    from longtake.app.wiring.database import upgraded

    done = asyncio.run(upgraded(settings_of(config, folder, database)))
    if done.before == done.newest:
        typer.echo(f"the database {done.shown} is up to date: revision {done.newest}")
    elif done.before is None:
        typer.echo(f"the database {done.shown} was set up: revision {done.newest}")
    else:
        typer.echo(f"the database {done.shown} was upgraded from revision {done.before} to {done.newest}")


@app.command()
def status(config: ConfigOption = None, folder: FolderOption = None, database: DatabaseOption = None) -> None:
    """Say whether the database can be used, and whether it is up to date; ends with 1 if not.

    Example: longtake db status --dir longtake-node
    """
    from longtake.app.wiring.database import revisions

    found = asyncio.run(revisions(settings_of(config, folder, database)))
    if found.before == found.newest:
        typer.echo(f"the database {found.shown} is up to date: revision {found.newest}")
        return
    typer.echo(f"the database {found.shown} {_what_is_wrong(found)}")
    raise typer.Exit(FAILED)


def _what_is_wrong(found: Revisions) -> str:
    if found.before is None:
        return "was not set up yet: run `longtake db upgrade`"
    if found.is_newer:
        return (
            f"has revision {found.before}, which a newer longtake made; this one knows {found.newest} at most, and only "
            "reads it: install the newer longtake here, too"
        )
    return f"has revision {found.before}, and this longtake needs {found.newest}: run `longtake db upgrade`"
