"""The settings as documents: a sample TOML file, JSON Schema, and the page docs/configuration.md."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from longtake.app.config import ENV_DELIMITER, ENV_PREFIX
from longtake.app.settings import ChannelSettings, Settings
from longtake.core.times import format_duration

_EXAMPLE_CHANNEL = "example"
_EXAMPLES: dict[str, object] = {
    f"channels.{_EXAMPLE_CHANNEL}.url": "https://example.org/live/master.m3u8",
    f"channels.{_EXAMPLE_CHANNEL}.renew_after": "20h",
    f"channels.{_EXAMPLE_CHANNEL}.fetches_at_once": 64,
    "store.keep": "14d",
    "node.name": "north",
    "replicate.peers": {"south": "https://south.example.org"},
    "replicate.channels": (_EXAMPLE_CHANNEL,),
    "replicate.qualities": ("source",),
    "replicate.since": "14d",
    "replicate.bandwidth": "20MiB",
    "database.url": "sqlite:///longtake.db",
}
_IN_UNITS = {
    "reserve": "1GiB",
    "memory": "128MiB",
    "largest_segment": "64MiB",
    "largest_extra": "256MiB",
}
"""Defaults that read better with a unit."""


def as_toml() -> str:
    """A sample file in which every key stands with its default, commented out."""
    lines = ["# longtake's settings. What is commented out shows the default or an example.", ""]
    for section, model in sections():
        lines += textwrap.wrap(_doc(model), 100, initial_indent="# ", subsequent_indent="# ")
        lines += [f"[{section}]"]
        for name, field in model.model_fields.items():
            lines += textwrap.wrap(field.description or "", 100, initial_indent="# ", subsequent_indent="# ")
            lines += [f"# {name} = {_toml(_shown(section, name, field))}"]
        lines += [""]
    text = "\n".join(lines)
    return text.replace(f"[channels.{_EXAMPLE_CHANNEL}]", f"# [channels.{_EXAMPLE_CHANNEL}]")


def as_json_schema() -> str:
    """For editors that check TOML by it."""
    return json.dumps(Settings.model_json_schema(), indent=2)


def as_markdown() -> str:
    """docs/configuration.md."""
    lines = [
        "# Configuration",
        "",
        "<!-- Made by `longtake config schema --format markdown`; `make format` renews it. -->",
        "",
        "One TOML file (`--config FILE`, or `longtake.toml` in the node's folder). Every key can also be set from the",
        f"environment as `{ENV_PREFIX}SECTION{ENV_DELIMITER}KEY`, and some by flags; flags win over the environment,",
        "which wins over the file. Unknown keys are errors. Durations are written like `90s`, `1h30m`, `14d`, sizes like",
        "`2GiB`, lists in the environment as JSON. `longtake config check` reads the settings and says what is wrong,",
        "`longtake config show` prints what is in force, `longtake config schema` a sample file. While a node runs, changes",
        "in `[channels]`, `[twitch]` and `[replicate]` count at once; others wait for a restart.",
    ]
    for section, model in sections():
        shown = section.replace(_EXAMPLE_CHANNEL, "NAME")
        lines += [
            "",
            f"## `[{shown}]`",
            "",
            _doc(model),
            "",
            "| key | default | what it is |",
            "|---|---|---|",
        ]
        for name, field in model.model_fields.items():
            default = (
                "(required)"
                if field.is_required()
                else f"`{_toml(_shown(section, name, field, examples=False))}`"
            )
            if default == '`""`':
                default = "(none)"
            lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """(table, model) of every table; ``channels`` by an example."""
    for name, field in Settings.model_fields.items():
        if name == "channels":
            yield f"channels.{_EXAMPLE_CHANNEL}", ChannelSettings
        else:
            assert isinstance(field.annotation, type)  # noqa: S101
            yield name, field.annotation


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _shown(section: str, name: str, field: FieldInfo, *, examples: bool = True) -> Any:  # noqa: ANN401 - TOML's values
    if examples and (key := f"{section}.{name}") in _EXAMPLES:
        return _EXAMPLES[key]
    if name in _IN_UNITS:
        return _IN_UNITS[name]
    return "" if field.is_required() or field.default_factory else field.default


def _toml(value: Any) -> str:  # noqa: ANN401 - TOML's values
    if value is None:
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return json.dumps(format_duration(value))
    if isinstance(value, Path):
        return json.dumps(str(value))
    if isinstance(value, tuple):
        return json.dumps(list(value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)
