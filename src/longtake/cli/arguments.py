"""Arguments that several commands share, and how they become settings."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from longtake.app.config import load_settings
from longtake.app.logs import set_up_logs
from longtake.app.settings import Settings
from longtake.app.wiring.node import SETTINGS_VARIABLE
from longtake.app.wiring.stores import existing_store_dir
from longtake.core.errors import InvalidInput

StoreOption = Annotated[
    Path,
    typer.Option(
        "--store", metavar="DIR", envvar="LONGTAKE_STORE__DIR", help="The folder of the recordings."
    ),
]
OptionalStoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="DIR", envvar="LONGTAKE_STORE__DIR", help="The folder of the recordings."
    ),
]
ListenOption = Annotated[
    str | None,
    typer.Option("--listen", metavar="HOST:PORT", help="Where to listen.  [default: 127.0.0.1:8700]"),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="A TOML file; `longtake config schema` shows one."),
]
ChannelArgument = Annotated[str, typer.Argument(metavar="NAME", help="The channel.")]
QualityOption = Annotated[str, typer.Option("--quality", metavar="Q", help="The quality.")]


def supervised_settings() -> Settings | None:
    """What the supervisor tells a service that it started; None if a person started it."""
    told = os.environ.get(SETTINGS_VARIABLE)
    if told is None:
        return None
    try:
        return Settings.model_validate_json(Path(told).read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the supervisor's settings cannot be read from {told}") from error


def service_settings(store: Path | None, overrides: dict[str, Any], *, must_exist: bool) -> Settings:
    """The settings of a service that a person started: environment and flags. Raises InvalidInput, NotFound."""
    if store is None:
        raise InvalidInput("where are the recordings? Give --store DIR")
    if must_exist:
        existing_store_dir(store)
    overrides.setdefault("store", {})["dir"] = str(store.absolute())
    return load_settings(None, overrides)


def start_logs(settings: Settings, service: str) -> None:
    """Logs as the settings have them."""
    set_up_logs(settings.log.level, json_lines=settings.log.json_lines, service=service)


def channel_overrides(streams: Iterable[str], qualities: list[str] | None = None) -> dict[str, Any]:
    """``NAME=URL`` arguments as settings. Raises InvalidInput."""
    channels: dict[str, Any] = {}
    for stream in streams:
        name, equals, url = stream.partition("=")
        if not equals or not name or not url:
            raise InvalidInput(f"{stream.partition('?')[0][:80]!r} is not NAME=URL")
        if name in channels:
            raise InvalidInput(f"channel {name!r} is named twice")
        channels[name] = {"url": url} | ({"qualities": qualities} if qualities else {})
    return channels
