"""Which key is in force: several may be at once, one for each KEYFORMAT (RFC 8216 4.3.2.4)."""

from __future__ import annotations

import re

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.attributes import Resolve, parse_key
from longtake.core.hls.model import UNREADABLE_KEY, UNREADABLE_MAP, Key

_IDENTITY = "identity"
_KEY_FORMAT = re.compile(r'KEYFORMAT\s*=\s*"([^"]*)"')


class KeysInForce:
    """The keys after the EXT-X-KEY that were read, the last one last."""

    def __init__(self) -> None:
        self._by_format: dict[str, Key] = {}

    def read(self, value: str, resolve: Resolve) -> None:
        """One more EXT-X-KEY. METHOD=NONE ends them all; so does one that cannot be read if its format cannot be either."""
        try:
            key = parse_key(value, resolve)
        except InvalidPlaylist:
            stated = _KEY_FORMAT.search(value)
            if stated is None:
                self._by_format.clear()
            self._put(_IDENTITY if stated is None else stated[1], UNREADABLE_KEY)
        else:
            if key is None:
                self._by_format.clear()
            else:
                self._put(key.key_format, key)

    def go_on_from(self, key: Key | None) -> None:
        """As after a segment for which ``key`` was the chosen one."""
        if key == UNREADABLE_MAP:  # which hides the key that was in force
            key = UNREADABLE_KEY
        self._by_format = {} if key is None else {key.key_format: key}

    def chosen(self) -> Key | None:
        """The one that we can use if there is one, or else the last."""
        identity = self._by_format.get(_IDENTITY)
        if identity is not None and identity.method == "AES-128":
            return identity
        return next(reversed(self._by_format.values()), None)

    def _put(self, key_format: str, key: Key) -> None:
        self._by_format.pop(key_format, None)
        self._by_format[key_format] = key
