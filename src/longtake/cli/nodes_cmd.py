"""``longtake nodes``: the nodes of a team, in the database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from longtake.cli.arguments import ConfigOption
from longtake.cli.node_options import DatabaseOption, FolderOption, settings_of
from longtake.core.errors import NotFound
from longtake.core.names import check_part
from longtake.core.replication.addresses import parse_peer_url
from longtake.core.urls import redacted

if TYPE_CHECKING:
    from longtake.adapters.db.nodes import NodeRow

app = typer.Typer(
    help="The nodes of a team, in their database: each pulls what it lacks from the others.",
    no_args_is_help=True,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the node is called.")]


@app.command()
def add(
    name: NameArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the others reach it.")],
    no_pull: Annotated[
        bool, typer.Option("--no-pull", help="The others do not pull from it: it only pulls.")
    ] = False,
    config: ConfigOption = None,
    folder: FolderOption = None,
    database: DatabaseOption = None,
) -> None:
    """Add a node, or change the one of that name. Running nodes pull from it within half a minute.

    Example: longtake nodes add north https://north.example.org --config longtake-node/longtake.toml
    """
    from longtake.adapters.db.nodes import Added, NodeRow
    from longtake.app.wiring.database import add as add_to_database

    node = NodeRow(name=check_part(name, "node"), url=parse_peer_url(url), pulled_from=not no_pull)
    added, is_new = asyncio.run(add_to_database(settings_of(config, folder, database), node))
    if is_new:
        typer.echo("the database is new: it was set up")
    words = {Added.NEW: "is added", Added.CHANGED: "is changed", Added.SAME: "was there already, just so"}
    typer.echo(f"{name} {words[added]}")


@app.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    config: ConfigOption = None,
    folder: FolderOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show all nodes.

    Example: longtake nodes list --config longtake-node/longtake.toml
    """
    from longtake.app.wiring.database import nodes_of

    nodes = asyncio.run(nodes_of(settings_of(config, folder, database)))
    if as_json:
        typer.echo(
            json.dumps(
                [{"name": one.name, "url": one.url, "pulled_from": one.pulled_from} for one in nodes],
                indent=2,
            )
        )
        return
    if not nodes:
        typer.echo("there are no nodes yet; `longtake nodes add NAME URL` adds one")
        return
    _print_table(nodes)


def _print_table(nodes: Sequence[NodeRow]) -> None:
    from longtake.cli.screen import Screen
    from longtake.cli.tables import Column, fitted

    columns: list[Column[NodeRow]] = [
        Column(header="node", cell=lambda one: one.name, worth=3, is_number=False),
        Column(header="URL", cell=lambda one: _shown(one.url), worth=2, is_number=False),
        Column(
            header="",
            cell=lambda one: "" if one.pulled_from else "is not pulled from",
            worth=1,
            rare=True,
            is_number=False,
        ),
    ]
    table, screen = fitted(columns, nodes, None), Screen()
    screen.show(table.header())
    for node in nodes:
        screen.show(table.line(node))


def _shown(url: str) -> str:
    """As it is, but for a password: tables are pasted into chats. The JSON has all of it."""
    return redacted(url) if "@" in url else url


@app.command()
def remove(
    name: NameArgument,
    config: ConfigOption = None,
    folder: FolderOption = None,
    database: DatabaseOption = None,
) -> None:
    """Remove a node: running ones stop pulling from it within half a minute. What was pulled stays.

    Example: longtake nodes remove north --config longtake-node/longtake.toml
    """
    from longtake.app.wiring.database import remove as remove_from_database

    if not asyncio.run(remove_from_database(settings_of(config, folder, database), name)):
        raise NotFound(f"there is no node {name[:60]!r}; `longtake nodes list` shows them")
    typer.echo(f"{name} is removed")
