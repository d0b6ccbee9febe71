"""What requests carry in path and query, read strictly: every bad value is an InvalidInput that names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar

from starlette.requests import Request

from longtake.core.errors import InvalidInput, InvalidTime
from longtake.core.names import check_part
from longtake.core.times import parse_duration, parse_utc_time, to_us

Value = TypeVar("Value")
_MOST_DIGITS = 18


def path_part(request: Request, what: str) -> str:
    """A path parameter that must be able to be a folder's name. Raises InvalidName."""
    value = request.path_params[what]
    assert isinstance(value, str)  # noqa: S101 - no converter makes anything else here
    return _checked_part(value, what)


_checked_part = lru_cache(1024)(check_part)
"""The same few names come again and again. What is refused is not kept, so no client fills the memory with long ones."""


def _said(request: Request, name: str) -> str | None:
    """The first of that name in the query. Most requests have none, which is not worth parsing."""
    return request.query_params.get(name) if request.scope["query_string"] else None


def optional_time_us(request: Request, name: str) -> int | None:
    """A UTC time of the query in microseconds, or None. Raises InvalidTime."""
    text = _said(request, name)
    return None if text is None else to_us(_naming(name, parse_utc_time, text))


def optional_duration(request: Request, name: str) -> timedelta | None:
    """A duration of the query (a bare number is seconds), or None. Raises InvalidTime."""
    text = _said(request, name)
    return None if text is None else _naming(name, parse_duration, text)


def _naming(name: str, parse: Callable[[str], Value], text: str) -> Value:
    try:
        return parse(text)
    except InvalidTime as error:
        raise InvalidTime(f"{name}: {error}") from error


def flag(request: Request, name: str) -> bool:
    """``true`` or ``false`` in any case; absent is false. Raises InvalidInput."""
    text = _said(request, name)
    if text is None:
        return False
    if text.lower() not in ("true", "false"):
        raise InvalidInput(f"{name}={text[:40]!r} is neither true nor false")
    return text.lower() == "true"


def optional_whole(request: Request, name: str, *, least: int, most: int) -> int | None:
    """A whole number of the query within bounds, or None. Raises InvalidInput."""
    text = _said(request, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and least <= int(text) <= most):
        raise InvalidInput(f"{name}={text[:40]!r} is no whole number from {least} to {most}")
    return int(text)


def has_tag(request: Request, tag: str) -> bool:
    """Whether the client says that it has what bears this ETag (If-None-Match, RFC 9110 13.1.2)."""
    header = ",".join(request.headers.getlist("if-none-match"))
    tags = [text.strip().removeprefix("W/") for text in header.split(",")]
    return tags == ["*"] or tag in tags


def check_order(start_us: int | None, end_us: int | None) -> None:
    """Raises InvalidTime for a range that does not end after it starts."""
    if start_us is not None and end_us is not None and end_us <= start_us:
        raise InvalidTime("end must be after start")
