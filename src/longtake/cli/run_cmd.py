"""``longtake run``: a whole node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from longtake.app.config import CONFIG_NAME, load_settings
from longtake.app.config_watch import ConfigFile
from longtake.app.process import NODE_STOPS_WITHIN_S, run_service
from longtake.app.settings import Settings, host_and_port
from longtake.cli.arguments import ConfigOption, ListenOption, channel_overrides, start_logs
from longtake.core.errors import InvalidInput
from longtake.kit.tasks import Haste


def run(
    config: ConfigOption = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            metavar="DIR",
            help="The node's folder: its store and longtake.toml.  [default: longtake-node, "
            "or the folder of --config]",
        ),
    ] = None,
    listen: ListenOption = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            "--stream",
            metavar="NAME=URL",
            help="A stream to record, besides those in the config; NAME!=URL is important.",
        ),
    ] = None,
) -> None:
    """Run a whole node: every service that the config enables, each its own process, started again if it dies.

    Channels that are added to the config file, changed or removed there count at once. What else is changed waits for a restart, and `longtake status` says so.

    Example: longtake run --stream mystream=https://example.org/live/master.m3u8
    """
    from longtake.app.wiring.node import run_node, service_specs

    file = node_config(config, folder, listen, stream or [])
    settings = file.read()
    start_logs(settings, "node")
    specs = service_specs(settings)
    if not specs:
        raise InvalidInput("there is nothing to run: every service is switched off")
    if settings.serve.enabled:
        from longtake.app.addresses import check_address

        check_address(*host_and_port(settings.serve.listen))
    haste = Haste()
    work = run_node(settings, specs, lambda: announce(settings), haste, file)
    run_service(work, stops_within_s=NODE_STOPS_WITHIN_S, haste=haste)


def node_config(
    config: Path | None, folder: Path | None, listen: str | None, streams: list[str]
) -> ConfigFile:
    """The node's config file, which need not be there unless it is named, and how its settings are read."""
    if folder is None:
        folder = config.parent if config else Path("longtake-node")
    base, path = folder.absolute(), (config or folder / CONFIG_NAME).absolute()
    overrides: dict[str, Any] = {}
    if streams:
        overrides["channels"] = channel_overrides(streams)
    if listen is not None:
        overrides["serve"] = {"listen": listen}

    def read() -> Settings:
        is_there = config is not None or path.is_file()
        return load_settings(path if is_there else None, overrides, base=base)

    return ConfigFile(path=path, read=read)


def announce(settings: Settings) -> None:
    """The address to open, on standard output."""
    typer.echo(f"longtake is ready: open http://{settings.serve.listen}/ in a browser; Ctrl-C stops it")
