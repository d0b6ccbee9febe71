"""Which of the renditions that a source offers is meant by a quality's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from longtake.core.errors import SourceRefused
from longtake.core.hls.model import MasterPlaylist, Variant

SOURCE = "source"
"""The quality that always exists: the best that is offered."""

_HEIGHT = re.compile(r"(\d{3,4})p(\d{2,3})?", re.ASCII | re.IGNORECASE)


_AUDIO = re.compile(r"(?P<video>.+)\.audio(?:-(?P<language>[a-z0-9-]+))?", re.ASCII | re.DOTALL)


def audio_quality(quality: str, language: str | None = None) -> str:
    """The quality that holds the separate sound of another: ``source.audio``, ``source.audio-de``."""
    return f"{quality}.audio" if language is None else f"{quality}.audio-{language.casefold()}"


def audio_of(quality: str) -> tuple[str, str | None] | None:
    """Of which quality one is the separate sound, and in which language if that was asked for; None if it is none."""
    match = _AUDIO.fullmatch(quality)
    return None if match is None else (match["video"], match["language"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A rendition with the names that the source gives it."""

    names: tuple[str, ...]
    variant: Variant


def offers(master: MasterPlaylist) -> list[Offer]:
    """The variants with their names: that of the VIDEO rendition (Twitch), or the NAME attribute."""
    titles = {media.group_id: media.name for media in master.renditions if media.type == "VIDEO"}
    return [Offer(names=tuple(_names(variant, titles)), variant=variant) for variant in master.variants]


def _names(variant: Variant, titles: dict[str, str]) -> Iterable[str]:
    for name in (titles.get(variant.video or ""), variant.video, variant.name):
        if name:
            yield name


def choose(offered: Sequence[Offer], quality: str) -> Variant:
    """The variant for a quality: by its name, else by height and frame rate (``480p``, ``720p60``).

    ``source`` without such a name is the one marked ``(source)``, else the best. Raises SourceRefused, saying what is
    offered.
    """
    wanted = quality.casefold()
    named = [offer for offer in offered if wanted in (name.casefold() for name in offer.names)]
    if wanted == SOURCE and not named:
        marked = [offer for offer in offered if any("(source)" in name.casefold() for name in offer.names)]
        named = marked or list(offered)
    found = [offer.variant for offer in named] or [
        offer.variant for offer in offered if _has_height(offer.variant, wanted)
    ]
    if not found:
        raise SourceRefused(f"the source offers no quality {quality!r}; it offers {_described(offered)}")
    return max(found, key=_merit)


def _has_height(variant: Variant, wanted: str) -> bool:
    match = _HEIGHT.fullmatch(wanted)
    if match is None or variant.resolution is None or variant.resolution[1] != int(match[1]):
        return False
    return match[2] is None or (variant.frame_rate is not None and round(variant.frame_rate) == int(match[2]))


def _merit(variant: Variant) -> tuple[int, float, int]:
    height = variant.resolution[1] if variant.resolution else 0
    return height, variant.frame_rate or 0.0, variant.bandwidth


def _described(offered: Sequence[Offer]) -> str:
    words = [
        offer.names[0]
        if offer.names
        else f"{offer.variant.resolution[1]}p"
        if offer.variant.resolution
        else f"{offer.variant.bandwidth} bit/s"
        for offer in offered
    ]
    return ", ".join(words) or "nothing"
