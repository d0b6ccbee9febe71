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
from longtake.app.settings_file import read_settings
from longtake.app.wiring.node import SETTINGS_VARIABLE
from longtake.app.wiring.stores import existing_store_dir
from longtake.core.errors import InvalidInput
from longtake.core.urls import redacted

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
    return read_settings(Path(told))


def followed_settings() -> Path | None:
    """The file in which a supervisor says how they change; None if a person started this."""
    told = os.environ.get(SETTINGS_VARIABLE)
    return None if told is None else Path(told)


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
    """``NAME=URL`` arguments as settings; ``NAME!=URL`` is important. Raises InvalidInput."""
    channels: dict[str, Any] = {}
    for stream in streams:
        marked, equals, url = stream.partition("=")
        name = marked.removesuffix("!")
        if not equals or not name or not url:
            raise InvalidInput(f"{_shown(stream)!r} is not NAME=URL")
        if name in channels:
            raise InvalidInput(f"channel {name!r} is named twice")
        channels[name] = {"url": url} | ({"qualities": qualities} if qualities else {})
        if marked != name:
            channels[name]["important"] = True
    return channels


def _shown(stream: str) -> str:
    """What is no NAME=URL may be a URL alone, and hold a token."""
    return redacted(stream) if "://" in stream else stream[:80]
