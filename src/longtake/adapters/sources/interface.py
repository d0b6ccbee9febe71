"""What the recorder asks of a source: where the media playlist of a quality is at present."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A media playlist and what the source says of it. ``headers`` go with every request for it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    codecs: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    separate_audio: bool = False


class StreamSource(Protocol):
    """One stream, in one or more qualities."""

    async def locate(self, quality: str) -> Located:
        """Asks anew each time. Raises SourceDown (not live), SourceRefused, SourceUnreachable, InvalidInput."""
        ...
