"""Where a database is: its URL taken apart, and what of it may be shown.

Passwords stand in URLs of PostgreSQL. Messages show host, port and the database's name alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from longtake.core.errors import InvalidInput

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``shown`` is for people. ``file`` is SQLite's; ``url`` PostgreSQL's, as libpq and asyncpg read it, with its ``secrets``."""

    shown: str
    file: Path | None = None
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_new_file(self) -> bool:
        """Whether it is a file of SQLite in which nothing is yet. Raises OSError."""
        if self.file is None:
            return False
        try:
            return self.file.stat().st_size == 0
        except FileNotFoundError:
            return True


def parse_place(url: str) -> Place:
    """``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST:PORT/NAME?OPTIONS``. Raises InvalidInput, without the URL in it."""
    if url.startswith(SQLITE):
        return _file(url.removeprefix(SQLITE))
    if url.startswith(POSTGRESQL):
        return _server(url)
    raise InvalidInput(f"a database's URL begins with {SQLITE} or {POSTGRESQL}")


def _file(name: str) -> Place:
    if not name or name == ":memory:" or not name.isprintable():
        raise InvalidInput(f"{SQLITE}FILE needs the name of a file")
    if "?" in name:
        raise InvalidInput(f"{SQLITE}FILE takes no options: the name of the file has a '?' in it")
    file = Path(name)
    return Place(shown=str(file), file=file)


def _server(url: str) -> Place:
    try:
        parts = urlsplit(url)
    except ValueError:
        # Not chained: its words repeat what may be a part of the password.
        raise InvalidInput(f"the database's URL is not readable; it is like {_LIKE}") from None
    if "@" in parts.path + parts.query + parts.fragment or not url.isprintable() or " " in url:
        raise InvalidInput(
            f"the database's URL is not readable; it is like {_LIKE}, and in names and passwords '/' is written %2F, "
            "'?' %3F, '#' %23, '@' %40, a space %20"
        )
    hosts = parts.netloc.rpartition("@")[2]
    if not all(map(_is_host, hosts.split(","))):
        raise InvalidInput(f"the host in the database's URL is not readable; it is like {_LIKE}")
    secrets = tuple(dict.fromkeys(_secrets(parts)))
    return Place(shown=f"{POSTGRESQL}{hosts}{parts.path}", url=url, secrets=secrets)


_LIKE = f"{POSTGRESQL}USER:PASSWORD@HOST/NAME"


def _is_host(text: str) -> bool:
    """``HOST`` or ``HOST:PORT``. A password that lost its ``@`` would stand where the port does."""
    if text.startswith("["):
        _, bracket, port = text.partition("]")
        return bool(bracket) and (not port or _is_port(port.removeprefix(":")))
    _, colon, port = text.partition(":")
    return not colon or _is_port(port)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536


def _secrets(parts: SplitResult) -> Iterator[str]:
    password = parts.netloc.rpartition("@")[0].partition(":")[2]
    if password:
        yield from (password, unquote(password))
    for key, value in parse_qsl(parts.query):
        if "pass" in key:
            yield value
