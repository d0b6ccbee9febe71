"""Variables of a playlist: EXT-X-DEFINE, and ``{$name}`` in its URIs (rfc8216bis 4.3 and 4.4.2.3)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.attributes import parse_attributes

_REFERENCE = re.compile(r"\{\$([A-Za-z0-9_-]{1,100})\}")


class Variables:
    """Those of one playlist, which came from ``url``. A value may be a token: messages have names alone."""

    def __init__(self, url: str) -> None:
        self._query = url.partition("#")[0].partition("?")[2]
        self._values: dict[str, str] = {}
        self._imported: set[str] = set()

    def define(self, value: str) -> None:
        """One EXT-X-DEFINE. What it cannot say is not defined. Raises InvalidPlaylist if it cannot be read."""
        attributes = parse_attributes(value)
        if "IMPORT" in attributes:
            self._imported.add(attributes["IMPORT"])
        elif "QUERYPARAM" in attributes:
            name = attributes["QUERYPARAM"]
            found = _query_parameter(self._query, name)
            if found is not None:
                self._values[name] = found
        elif "NAME" in attributes and "VALUE" in attributes:
            self._values[attributes["NAME"]] = attributes["VALUE"]

    def substituted(self, text: str) -> str:
        """The text with the values in place. Raises InvalidPlaylist if one is not known."""
        return _REFERENCE.sub(self._value, text) if "{$" in text else text

    def _value(self, match: re.Match[str]) -> str:
        name = match[1]
        if name in self._values:
            return self._values[name]
        if name in self._imported:
            raise InvalidPlaylist(
                f"the variable {name} is one of the master playlist, which is not known here"
            )
        raise InvalidPlaylist(f"the variable {name} is not defined")


def _query_parameter(query: str, name: str) -> str | None:
    for pair in query.split("&"):
        key, equals, value = pair.partition("=")
        if equals and unquote(key) == name:
            return unquote(value)
    return None
