"""What settings are made of: values with units, names, and secrets that may stand in files of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    model_validator,
)

from longtake.core.errors import InvalidInput
from longtake.core.names import check_part
from longtake.core.times import format_duration, parse_duration, parse_size


def _duration(value: object) -> object:
    """A number without a unit is refused: seconds for one key would be hours in the next reader's mind."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "").isdigit()):
        raise ValueError("a duration needs a unit, like 90s, 1h30m or 14d")
    return raised_as_value_error(parse_duration, value) if isinstance(value, str) else value


def _size(value: object) -> object:
    return raised_as_value_error(parse_size, value) if isinstance(value, str) else value


def raised_as_value_error(parse: Callable[[str], object], value: str) -> object:
    """What ``parse`` makes of it; its InvalidInput as the ValueError that pydantic tells with the key."""
    try:
        return parse(value)
    except InvalidInput as error:
        raise ValueError(str(error)) from error


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(format_duration, return_type=str)]
Size = Annotated[int, BeforeValidator(_size), Field(ge=0)]


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _revealed(secret: SecretStr | None) -> str | None:
    """For our own processes: the file that this goes to is for the owner's eyes only."""
    return None if secret is None else secret.get_secret_value()


Secret = Annotated[
    SecretStr | None,
    BeforeValidator(_none_if_empty),
    PlainSerializer(_revealed, return_type=str | None, when_used="json"),
]
SecretFile = Annotated[Path | None, BeforeValidator(_none_if_empty)]


def check_name(name: str, what: str) -> None:
    """Raises ValueError for what can be no folder's name."""
    raised_as_value_error(lambda text: check_part(text, what), name)


class Section(BaseModel):
    """A table of the TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class SecretSection(Section):
    """One with a secret, whose key is ``told_once``; it may stand in a file instead, which the key ``…_file`` names."""

    told_once: ClassVar[str]

    @model_validator(mode="after")
    def _is_told_once(self) -> Self:
        key = self.told_once
        if getattr(self, key) is not None and getattr(self, f"{key}_file") is not None:
            raise ValueError(f"{key} and {key}_file are both set; one is enough")
        return self
