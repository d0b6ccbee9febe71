"""``longtake config``: check, show, explain."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from longtake.app.settings import Settings
from longtake.cli.arguments import ConfigOption
from longtake.cli.run_cmd import node_config
from longtake.core.errors import InvalidInput
from longtake.core.times import format_duration
from longtake.core.urls import redacted

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
def check(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The same as --config FILE.")] = None,
    config: ConfigOption = None,
    folder: FolderOption = None,
) -> None:
    """Read the settings; say what is in them, or what is wrong with them.

    Example: longtake config check longtake-node/longtake.toml
    """
    if file is not None and config is not None:
        raise InvalidInput("FILE and --config both name a file; one is enough")
    found = node_config(file or config, folder, None, [])
    settings = found.read()
    _check_files(settings)
    typer.echo(
        f"{found.path}: {'the settings are right' if found.path.is_file() else 'there is no such file'}"
    )
    for line in described(settings):
        typer.echo(line)


def _check_files(settings: Settings) -> None:
    """Raises InvalidInput for files of secrets that cannot be read, or hold none."""
    from longtake.app.wiring.database import database_url
    from longtake.app.wiring.secrets import node_secret

    node_secret(settings)
    database_url(settings)


def described(settings: Settings) -> Iterator[str]:
    """What a node with these settings does, a line for each thing. Addresses are cut short."""
    keep = settings.store.keep
    yield f"recordings: {settings.store.dir}, kept {'for ever' if keep is None else 'for ' + format_duration(keep)}"
    yield f"pages: {'http://' + settings.serve.listen + '/' if settings.serve.enabled else 'not served by this node'}"
    yield f"peers: {_peers(settings)}"
    if not settings.capture.enabled:
        yield "channels: not recorded by this node"
    elif not settings.channels:
        yield "channels: none yet"
    for name, channel in settings.channels.items() if settings.capture.enabled else ():
        important = ", important" if channel.important else ""
        yield f"channel {name}: {', '.join(channel.qualities)} from {redacted(channel.url)}{important}"


def _peers(settings: Settings) -> str:
    told = settings.replicate
    if not told.enabled:
        return "this node pulls from none"
    named = [*told.peers, *([f"those in {told.peers_file}"] if told.peers_file else [])]
    return ", ".join([*named, "those in the database, if there are any"])


@app.command()
def show(config: ConfigOption = None, folder: FolderOption = None) -> None:
    """Print the settings in force as JSON: file and environment together. Tokens and addresses are cut short."""
    typer.echo(_shown(node_config(config, folder, None, []).read()).model_dump_json(indent=2))


_SECRETS = (("twitch", "token"), ("node", "secret"), ("database", "url"))


def _shown(settings: Settings) -> Settings:
    update: dict[str, object] = {}
    for name, key in _SECRETS:
        section = getattr(settings, name)
        if getattr(section, key) is not None:
            update[name] = section.model_copy(update={key: SecretStr("…")})
    update["channels"] = {
        name: channel.model_copy(update={"url": redacted(channel.url)})
        for name, channel in settings.channels.items()
    }
    peers = {name: redacted(url) for name, url in settings.replicate.peers.items()}
    update["replicate"] = settings.replicate.model_copy(update={"peers": peers})
    return settings.model_copy(update=update)


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
