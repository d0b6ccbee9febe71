"""Which of the renditions that a source offers is meant by a quality's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from longtake.core.errors import SourceRefused
from longtake.core.hls.model import MasterPlaylist, Variant
from longtake.core.urls import scrubbed

SOURCE = "source"
"""The quality that always exists: the best that is offered."""

_HEIGHT = re.compile(r"(\d{3,4})p(\d{2,3})?", re.ASCII | re.IGNORECASE)
_REMARK = re.compile(r"\s*\([^()]*\)\s*$")
_SOURCE_REMARK = f"({SOURCE})"
_SOUND = frozenset({"mp4a", "mp3", "ac-3", "ec-3", "ac-4", "opus", "flac", "alac", "vorbis"})
"""Codecs of sound, as CODECS names them (RFC 6381)."""

_AUDIO = re.compile(r"(?P<video>.+)\.audio(?:-(?P<language>[a-z0-9-]+))?", re.ASCII | re.DOTALL)


def audio_quality(quality: str, language: str | None = None) -> str:
    """The quality that holds the separate sound of another: ``source.audio``, ``source.audio-de``."""
    return f"{quality}.audio" if language is None else f"{quality}.audio-{language.casefold()}"


def audio_of(quality: str) -> tuple[str, str | None] | None:
    """Of which quality one is the separate sound, and in which language if that was asked for; None if it is none."""
    match = _AUDIO.fullmatch(quality)
    return None if match is None else (match["video"], match["language"])


def best_first(quality: str) -> tuple[int, int, str]:
    """A key to sort by: ``source`` first, then by height where the name says it; separate sound after its video."""
    video = (audio_of(quality) or (quality, None))[0]
    digits = video.partition("p")[0]
    height = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    return (0 if video == SOURCE else 1, -height, quality)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A rendition with the names that the source gives it."""

    names: tuple[str, ...]
    variant: Variant


def offers(master: MasterPlaylist) -> list[Offer]:
    """The variants with their names: that of the VIDEO rendition (Twitch), its group, or the NAME attribute."""
    titles = {media.group_id: media.name for media in master.renditions if media.type == "VIDEO"}
    return [Offer(names=tuple(_names(variant, titles)), variant=variant) for variant in master.variants]


def _names(variant: Variant, titles: Mapping[str, str]) -> Iterable[str]:
    for name in (titles.get(variant.video or ""), variant.video, variant.name):
        if name and variant.is_source and not _REMARK.search(name):
            yield f"{name} ({SOURCE})"
        if name:
            yield name


def choose(offered: Sequence[Offer], quality: str) -> Variant:
    """The variant for a quality: by its name, else by height and frame rate (``480p``, ``720p60``).

    A name is compared exactly, then in any case, then without a remark in brackets: ``1080p60`` is ``1080p60 (source)``,
    and the other way round, since sites rename. ``source`` without such a name is the one marked ``(source)``, else the
    one named ``best``, else the best. Sound alone is chosen by name only. Raises SourceRefused, saying what is offered.
    """
    found = _named(offered, quality) or (
        _best_candidates(offered) if quality.casefold() == SOURCE else _of_height(offered, quality)
    )
    if not found:
        raise SourceRefused(_refusal(offered, quality))
    return max((offer.variant for offer in found), key=_merit)


def is_sound_alone(offer: Offer) -> bool:
    """Whether a rendition has no pictures, by its codecs or its name (Twitch's ``audio_only``)."""
    variant = offer.variant
    if variant.resolution is not None:
        return False
    codecs = [codec.strip().partition(".")[0].casefold() for codec in (variant.codecs or "").split(",")]
    return _SOUND.issuperset(codecs) or any(name.casefold().startswith("audio") for name in offer.names)


def has_sound(codecs: str) -> bool:
    """Whether some of them are of sound; RFC 6381, with commas."""
    return any(codec.strip().partition(".")[0].casefold() in _SOUND for codec in codecs.split(","))


def _named(offered: Sequence[Offer], quality: str) -> list[Offer]:
    """Those of that name, in the strictest way of comparing by which there are any."""
    forms: tuple[Callable[[str], str], ...] = (str, str.casefold, _without_remark)
    for form in forms:
        found = [offer for offer in offered if form(quality) in map(form, offer.names)]
        if found:
            return found
    return []


def _without_remark(name: str) -> str:
    return _REMARK.sub("", name).casefold()


def _best_candidates(offered: Sequence[Offer]) -> list[Offer]:
    """What ``source`` is chosen from. Nameless sound (radio) can be chosen in no other way, so it is among them."""
    seen = [offer for offer in offered if not (is_sound_alone(offer) and offer.names)]
    pictures = [offer for offer in seen if not is_sound_alone(offer)] or seen
    marked = [offer for offer in pictures if any(_SOURCE_REMARK in name.casefold() for name in offer.names)]
    return marked or [offer for offer in pictures if "best" in offer.names] or pictures


def _of_height(offered: Sequence[Offer], quality: str) -> list[Offer]:
    match = _HEIGHT.fullmatch(_without_remark(quality))
    if match is None:
        return []
    height, rate = int(match[1]), match[2]
    return [
        offer
        for offer in offered
        if (resolution := offer.variant.resolution) is not None
        and height in (resolution[1], min(resolution))  # a phone's 1080x1920 is 1080p, too
        and (rate is None or ((fps := offer.variant.frame_rate) is not None and round(fps) == int(rate)))
    ]


def _merit(variant: Variant) -> tuple[int, bool, float, int]:
    """Of pictures of one size, those that are wider than high come first: the upright ones are cut out of them."""
    width, height = variant.resolution or (0, 0)
    return min(width, height), width >= height, variant.frame_rate or 0.0, variant.bandwidth


def _refusal(offered: Sequence[Offer], quality: str) -> str:
    only_sound = quality.casefold() == SOURCE and bool(offered)
    what = "nothing but sound" if only_sound else f"no quality {quality!r}"
    hint = "; to record that, ask for it by name" if only_sound else ""
    return f"the source offers {what}; it offers {_described(offered)}{hint}"


def _described(offered: Sequence[Offer]) -> str:
    words = [
        offer.names[0]
        if offer.names
        else f"{offer.variant.resolution[1]}p"
        if offer.variant.resolution
        else f"{offer.variant.bandwidth} bit/s"
        for offer in offered
    ]
    return ", ".join(dict.fromkeys(scrubbed(word, longest=40) for word in words)) or "nothing"
