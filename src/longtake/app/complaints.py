"""What is wrong with settings, in words that say what to change. The words of the library are for programmers.

What is wrong is not repeated where it may be a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from longtake.app.settings import ChannelSettings, Settings

_WORDS: dict[str, str] = {
    "missing": "is missing",
    "int_type": "must be a whole number, like 4",
    "int_parsing": "must be a whole number, like 4",
    "int_from_float": "must be a whole number, like 4",
    "int_parsing_size": "is too large",
    "float_type": "must be a number, like 24",
    "float_parsing": "must be a number, like 24",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    "string_type": 'must be a text in quotes, like "source"',
    "path_type": 'must be a path in quotes, like "store"',
    "tuple_type": 'must be a list, like ["source", "480p"]',
    "list_type": 'must be a list, like ["source", "480p"]',
    "dict_type": "must be a table, like [channels.NAME] and what belongs to it",
    "model_type": "must be a table: keys and values below its name in [brackets]",
    "model_attributes_type": "must be a table: keys and values below its name in [brackets]",
    "time_delta_type": 'must be a duration in quotes, like "90s", "1h30m" or "14d"',
    "time_delta_parsing": 'must be a duration in quotes, like "90s", "1h30m" or "14d"',
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must not be empty",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
}
"""By pydantic's name for the error; the words in braces are from its context."""


def complaints(error: ValidationError) -> list[str]:
    """One line for each thing that is wrong: where, and what to write instead."""
    return [_complaint(problem["loc"], problem["type"], problem) for problem in error.errors()]


def _complaint(path: tuple[int | str, ...], kind: str, problem: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in path)
    if kind == "extra_forbidden":
        what = _no_such_key(path)
    elif kind == "string_pattern_mismatch":
        what = "must be one of " + problem["ctx"]["pattern"].strip("^$()").replace("|", ", ")
    elif kind in _WORDS:
        what = _WORDS[kind].format(**problem.get("ctx", {}))
    else:
        what = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def _no_such_key(path: tuple[int | str, ...]) -> str:
    meant = get_close_matches(str(path[-1]), _keys_beside(path), n=1)
    hint = f"is {meant[0]!r} meant? " if meant else ""
    return f"there is no such key; {hint}`longtake config schema` lists them"


def _keys_beside(path: tuple[int | str, ...]) -> Iterable[str]:
    if len(path) == 1:
        return Settings.model_fields
    if path[0] == "channels":
        return ChannelSettings.model_fields
    section = Settings.model_fields.get(str(path[0]))
    kind = None if section is None else section.annotation
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else ()
