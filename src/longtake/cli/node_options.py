"""Which node a command is about: options that commands on its database share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longtake.app.config import load_settings
from longtake.app.settings import Settings
from longtake.cli.run_cmd import node_config
from longtake.core.errors import InvalidInput

_SQLITE = "sqlite:///"

FolderOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="The node's folder.  [default: longtake-node]")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:///FILE or postgresql://…, instead of the one in the node's settings.",
    ),
]


def settings_of(config: Path | None, folder: Path | None, database: str | None) -> Settings:
    """The settings whose database is meant. Raises InvalidInput."""
    if database is None:
        return node_config(config, folder, None, []).read()
    if config is not None or folder is not None:
        raise InvalidInput("--database names a database by itself: leave --config and --dir out")
    return load_settings(None, {"database": {"url": from_here(database)}})


def from_here(database: str) -> str:
    """The URL of a command line, on which files are relative to where the command is run, and not to a node's folder."""
    file = database.removeprefix(_SQLITE)
    return f"{_SQLITE}{Path(file).absolute()}" if file and file != database else database
