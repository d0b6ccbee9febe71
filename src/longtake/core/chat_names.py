"""Names of chat batches: ``MM:SS-HASH.json`` in the hour folders of ``chat``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from longtake.core.errors import InvalidName
from longtake.core.names import CHAT_EXTENSION, parse_hash
from longtake.core.times import SECOND_US, hour_start_us

_TIME = re.compile(r"([0-5]\d):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatBatch:
    """A file of one minute's messages. ``digest`` is the SHA-256 of its content."""

    hour: str
    name: str
    start_us: int
    digest: bytes

    @property
    def path(self) -> str:
        """Below its quality's folder: ``HOUR/NAME``."""
        return f"{self.hour}/{self.name}"


def parse_chat_name(hour: str, name: str) -> ChatBatch:
    """The batch that a file name in an hour folder stands for. Raises InvalidName (InvalidTime for the hour)."""
    time, dash, digest = name.removesuffix(CHAT_EXTENSION).partition("-")
    match = _TIME.fullmatch(time)
    if match is None or not dash or not name.endswith(CHAT_EXTENSION):
        raise InvalidName(f"{name[:80]!r} is not MM:SS-HASH{CHAT_EXTENSION}")
    offset_us = (int(match[1]) * 60 + int(match[2])) * SECOND_US
    return ChatBatch(
        hour=hour, name=name, start_us=hour_start_us(hour) + offset_us, digest=parse_hash(digest)
    )
