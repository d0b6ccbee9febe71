"""Reading the settings: file, environment (``LONGTAKE_SECTION__KEY``), then what the command line says."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError

from longtake.app.complaints import complaints
from longtake.app.settings import Settings
from longtake.app.team_settings import DATABASE_NAME, SQLITE
from longtake.core.errors import InvalidInput

CONFIG_NAME = "longtake.toml"
ENV_PREFIX = "LONGTAKE_"
ENV_DELIMITER = "__"
_FILES = (
    ("twitch", "token_file"),
    ("node", "secret_file"),
    ("replicate", "peers_file"),
    ("database", "url_file"),
)
"""Keys that name a file, which is relative to the node's folder."""


def load_settings(
    config: Path | None, overrides: Mapping[str, Any] | None = None, *, base: Path | None = None
) -> Settings:
    """The settings. ``overrides`` are nested like the file; ``base`` is the node's folder, for relative paths.

    Raises InvalidInput with one line for each thing that is wrong.
    """
    source = f"{config}: " if config else ""
    try:
        settings = _reader(config)(**(overrides or {})).as_settings()
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{source}no valid TOML: {error}") from error
    except OSError as error:
        raise InvalidInput(f"{source}cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{source}is not UTF-8") from error
    except SettingsError as error:
        raise InvalidInput(f"the environment: {error}") from error
    except ValidationError as error:
        raise InvalidInput("\n".join(source + line for line in complaints(error))) from error
    _check_environment(settings)
    return _below(settings, base or Path(), has_folder=base is not None)


def _below(settings: Settings, base: Path, *, has_folder: bool) -> Settings:
    """With the paths that are relative to the node's folder. Without one, the store says where the database is."""
    update: dict[str, Any] = {"store": settings.store.model_copy(update={"dir": base / settings.store.dir})}
    for name, key in _FILES:
        section = update.get(name, getattr(settings, name))
        if (file := getattr(section, key)) is not None:
            update[name] = section.model_copy(update={key: base / file})
    if has_folder and (url := _database_below(settings, base)) is not None:
        update["database"] = settings.database.model_copy(update={"url": SecretStr(url)})
    return settings.model_copy(update=update)


def _database_below(settings: Settings, base: Path) -> str | None:
    """The URL of a file of SQLite with its whole path; None for any other database."""
    told = settings.database
    if told.url_file is not None:
        return None
    url = f"{SQLITE}{DATABASE_NAME}" if told.url is None else told.url.get_secret_value()
    return f"{SQLITE}{base.absolute() / url.removeprefix(SQLITE)}" if url.startswith(SQLITE) else None


def _reader(config: Path | None) -> type[_Reader]:
    if config is not None and not config.is_file():
        raise FileNotFoundError(2, "there is no such file")

    class Reader(_Reader):
        model_config = SettingsConfigDict(toml_file=config)

    return Reader


class _Reader(BaseSettings, Settings):
    """``Settings`` that look for their values; the sources are in the order of who wins."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter=ENV_DELIMITER, extra="forbid", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(init_settings, InitSettingsSource)  # noqa: S101
        assert isinstance(env_settings, EnvSettingsSource)  # noqa: S101
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def as_settings(self) -> Settings:
        """Without the sources."""
        return Settings.model_validate(self.model_dump())


def _check_environment(settings: Settings) -> None:
    """Refuses ``LONGTAKE_…__…`` variables that name no key: a misspelt one would be passed over in silence."""
    for variable in os.environ:
        if not variable.startswith(ENV_PREFIX) or not _is_meant(variable, settings):
            continue
        path = variable.removeprefix(ENV_PREFIX).split(ENV_DELIMITER)
        section = type(settings).model_fields.get(path[0].lower())
        if section is None or not _has_key(path, settings):
            raise InvalidInput(
                f"the environment's {variable} names no key; `longtake config schema` lists them"
            )


def _is_meant(variable: str, settings: Settings) -> bool:
    """Whether a variable looks like a setting: with the delimiter, or a section's name with half of it."""
    name = variable.removeprefix(ENV_PREFIX).lower()
    return ENV_DELIMITER in variable or name.partition("_")[0] in type(settings).model_fields


def _has_key(path: list[str], settings: Settings) -> bool:
    section = path[0].lower()
    if section == "channels":
        return len(path) == 3  # validation has looked at the last part
    known = getattr(settings, section)
    return len(path) == 2 and path[1].lower() in type(known).model_fields
