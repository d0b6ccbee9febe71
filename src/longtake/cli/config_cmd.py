"""``longtake config``: check, show, explain."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from longtake.cli.arguments import ConfigOption
from longtake.cli.run_cmd import node_settings

app = typer.Typer(help="Check, show and explain the settings.", no_args_is_help=True)

FolderOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="The node's folder, with its longtake.toml.")
]


class Format(StrEnum):
    """How the settings are explained."""

    TOML = "toml"
    JSON = "json"
    MARKDOWN = "markdown"


@app.command()
def check(config: ConfigOption = None, folder: FolderOption = None) -> None:
    """Read the settings and say what is wrong with them."""
    settings = node_settings(config, folder, None, [])
    channels = len(settings.channels)
    typer.echo(f"the settings are right: {channels} channel{'' if channels == 1 else 's'}")


@app.command()
def show(config: ConfigOption = None, folder: FolderOption = None) -> None:
    """Print the settings in force as JSON: file and environment together. Addresses of streams are cut short."""
    from longtake.core.urls import redacted

    settings = node_settings(config, folder, None, [])
    shown = settings.model_copy(
        update={
            "channels": {
                name: channel.model_copy(update={"url": redacted(channel.url)})
                for name, channel in settings.channels.items()
            }
        }
    )
    typer.echo(shown.model_dump_json(indent=2))


@app.command()
def schema(
    form: Annotated[
        Format, typer.Option("--format", help="A sample file, JSON Schema, or a page.")
    ] = Format.TOML,
) -> None:
    """Explain every setting."""
    from longtake.app.schema import as_json_schema, as_markdown, as_toml

    made = {Format.TOML: as_toml, Format.JSON: as_json_schema, Format.MARKDOWN: as_markdown}[form]()
    typer.echo(made.rstrip("\n"))
