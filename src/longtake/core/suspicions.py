"""A word of a peer: it asked for this file, and got bytes that are not what the name says."""

from __future__ import annotations

import json
from dataclasses import dataclass

from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.errors import InvalidInput, InvalidName
from longtake.core.names import CHAT, check_part
from longtake.core.segments import Segment, SegmentType, parse_segment_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """The file that is meant, by what its name says. ``file`` is a chat batch where ``quality`` is ``chat``."""

    channel: str
    quality: str
    file: Segment | ChatBatch

    @property
    def path(self) -> str:
        """Below the store: ``CHANNEL/QUALITY/HOUR/NAME``."""
        return f"{self.channel}/{self.quality}/{self.file.path}"


def parse_suspicion(channel: str, quality: str, hour: str, name: str) -> Suspicion:
    """Raises InvalidName or InvalidTime for what names no file, or one in flight, whose content may be anything."""
    check_part(channel, "channel")
    check_part(quality, "quality")
    if quality == CHAT:
        return Suspicion(channel=channel, quality=quality, file=parse_chat_name(hour, name))
    segment = parse_segment_name(hour, name)
    if segment.type is SegmentType.TEMP:
        raise InvalidName(f"{name[:80]!r} is still in flight: its name promises nothing")
    return Suspicion(channel=channel, quality=quality, file=segment)


def encode_suspicion(suspicion: Suspicion) -> bytes:
    """As it is sent and kept: one line of JSON."""
    told = {
        "channel": suspicion.channel,
        "quality": suspicion.quality,
        "hour": suspicion.file.hour,
        "name": suspicion.file.name,
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def decode_suspicion(content: bytes) -> Suspicion:
    """What ``encode_suspicion`` wrote, or a peer. Raises InvalidInput for what is none; keys that are new are let be."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("a suspicion is a JSON object in UTF-8") from error
    if not isinstance(told, dict):
        raise InvalidInput("a suspicion is a JSON object")
    return parse_suspicion(*(_text(told, key) for key in ("channel", "quality", "hour", "name")))


def _text(told: dict[object, object], key: str) -> str:
    text = told.get(key)
    if not isinstance(text, str):
        raise InvalidInput(f"{key}: a text, please" if key in told else f"{key} is missing")
    return text
