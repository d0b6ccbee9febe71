"""What the recorder asks of a source: which playlists there are at present.

One look-up tells of all qualities of a stream, so that several recorders of one channel ask the site once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedAudio:
    """A media playlist of sound alone, for a quality whose pictures come without sound (EXT-X-MEDIA TYPE=AUDIO)."""

    url: str
    name: str
    language: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A media playlist and what the source says of it. ``headers`` go with every request for it.

    ``audio``: where its sound is, if that is not in it; the one to take unasked first. ``max_age_s``: how long after the
    look-up the address holds, None for as long as it works.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    codecs: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    audio: tuple[LocatedAudio, ...] = ()
    max_age_s: float | None = None


class Offering(Protocol):
    """What one look-up found."""

    def locate(self, quality: str) -> Located:
        """The media playlist of a quality. Raises SourceRefused if that is not offered, saying what is."""
        ...


class StreamSource(Protocol):
    """One stream, in one or more qualities."""

    @property
    def kind(self) -> str:
        """For people: ``hls``, ``twitch``, ``youtube``, ``streamlink``, …"""
        ...

    async def look_up(self) -> Offering:
        """Asks anew each time. Raises SourceDown (not live), SourceRefused, SourceUnreachable, InvalidInput."""
        ...
