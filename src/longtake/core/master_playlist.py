"""The master playlist that longtake serves, as an HLS model: what each quality is, and how much it takes, by its files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from longtake.core.bit_rates import average_bit_rate, peak_bit_rate
from longtake.core.hls.model import MasterPlaylist, Rendition, Variant
from longtake.core.measured_hours import Format, Measured, in_a_row
from longtake.core.qualities import audio_of, best_first, has_sound

_FALLBACK_BANDWIDTH = 6_000_000
_FALLBACK_SOUND_BANDWIDTH = 200_000
_VERSION = 4
"""RFC 8216 7 suggests that for EXT-X-MEDIA, which is always there; nothing in it needs more."""
_CODEC = re.compile(r"[A-Za-z0-9._+-]{1,80}", re.ASCII)
_LARGEST_PIXELS = 1 << 20
_FASTEST_FPS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedQuality:
    """A quality of the master playlist: its media playlist's URI, and what it is told by: runs of its entries."""

    name: str
    uri: str
    measured: Sequence[Measured]


Sounds = Mapping[str | None, OfferedQuality]
"""Separate sound by its language, None being what plays by default."""


def master_playlist(qualities: Iterable[OfferedQuality], *, independent: bool = False) -> MasterPlaylist:
    """The master playlist, its variants in the order of the peak bit rate, best first.

    Each variant names itself by a VIDEO group of its own (RFC 8216 4.3.4.2.1), as Twitch and older nodes do. Separate
    sound (``core.qualities.audio_of``) is in an AUDIO group that has the name of its pictures' quality; without these
    it is a variant by itself. ``independent``: all segments of all of them begin with a picture that needs no other.
    """
    offered = list(qualities)
    groups = _groups(offered)
    target_s = max((one.target_s for quality in offered for one in quality.measured), default=0)
    alone = [one for one in offered if not _is_in_a_group(one.name, groups)]
    variants = [_variant(one, _group_of(one, groups), groups, target_s) for one in alone]
    variants.sort(key=lambda variant: -variant.bandwidth)
    names = [variant.video for variant in variants if variant.video is not None]
    return MasterPlaylist(
        variants=tuple(variants),
        renditions=(
            *(
                Rendition(type="VIDEO", group_id=name, name=name, default=True, autoselect=True)
                for name in names
            ),
            *(rendition for name in groups for rendition in _renditions(_in_quotes(name), groups[name])),
        ),
        version=_VERSION,
        independent_segments=independent,
    )


# Sound


def _groups(offered: Sequence[OfferedQuality]) -> dict[str, Sounds]:
    """By pictures' quality, the best first, its separate sound: those that have some.

    All groups have the same members (RFC 8216 4.3.4.1.1): what one has not is taken from the best that has it, since
    all of it is sound of the same stream.
    """
    pictures = {one.name for one in offered if audio_of(one.name) is None}
    own: dict[str, dict[str | None, OfferedQuality]] = {}
    for one in offered:
        belongs = audio_of(one.name)
        if belongs is not None and belongs[0] in pictures:
            own.setdefault(belongs[0], {})[belongs[1]] = one
    names = sorted(own, key=best_first)
    best = {language: sound for name in reversed(names) for language, sound in own[name].items()}
    languages = sorted(best, key=lambda language: language or "")
    return {
        name: {language: own[name].get(language, best[language]) for language in languages} for name in names
    }


def _is_in_a_group(quality: str, groups: Mapping[str, Sounds]) -> bool:
    return (audio_of(quality) or ("",))[0] in groups


def _group_of(quality: OfferedQuality, groups: Mapping[str, Sounds]) -> str | None:
    """Its own; the best there is for pictures of which facts say that they have no sound inside."""
    if quality.name in groups:
        return quality.name
    return next(iter(groups), None) if _is_silent(quality) else None


def _is_silent(quality: OfferedQuality) -> bool:
    known = [one.codecs for one in _formats(quality) if one.codecs]
    return bool(known) and not any(map(has_sound, known))


def _renditions(group: str, sounds: Sounds) -> Iterator[Rendition]:
    """NAMEs are different within a group, and one at most is its DEFAULT (RFC 8216 4.3.4.1.1)."""
    for number, (language, sound) in enumerate(sounds.items()):
        yield Rendition(
            type="AUDIO",
            group_id=group,
            name=language or "default",
            language=language,
            uri=sound.uri,
            default=number == 0,
            autoselect=True,
        )


def _in_quotes(name: str) -> str:
    """A quality's name as the text in an attribute, which has no way to say a quote (RFC 8216 4.2)."""
    return name.replace('"', "%22")


# Variants


def _variant(
    quality: OfferedQuality, group: str | None, groups: Mapping[str, Sounds], target_s: int
) -> Variant:
    """Bit rates are those of the pictures with the sound that takes most (RFC 8216 4.3.4.2)."""
    sounds = list(groups[group].values()) if group is not None else []
    averages = [_average(one) for one in (quality, *sounds)]
    formats = _formats(quality)
    return Variant(
        uri=quality.uri,
        video=_in_quotes(quality.name),
        audio=None if group is None else _in_quotes(group),
        bandwidth=_peak(quality, target_s) + max((_peak(sound, target_s) for sound in sounds), default=0),
        average_bandwidth=_with_most(averages),
        codecs=_joined([_codecs(one) for one in (quality, *sounds)]),
        resolution=max(filter(None, map(_resolution, formats)), key=_pixels, default=None),
        frame_rate=max(filter(None, map(_frame_rate, formats)), default=None),
    )


def _formats(quality: OfferedQuality) -> list[Format]:
    return list(dict.fromkeys(one for run in quality.measured for one in run.formats))


def _resolution(format: Format) -> tuple[int, int] | None:
    width, height = format.width or 0, format.height or 0
    known = 0 < width < _LARGEST_PIXELS and 0 < height < _LARGEST_PIXELS
    return (width, height) if known else None


def _pixels(resolution: tuple[int, int]) -> tuple[int, int]:
    """Of equally large ones the wider."""
    width, height = resolution
    return width * height, width


def _frame_rate(format: Format) -> float | None:
    rate = format.frame_rate or 0.0
    return rate if 0.001 <= rate <= _FASTEST_FPS else None


def _codecs(quality: OfferedQuality) -> list[str]:
    """Every one that some segment has (RFC 8216 4.3.4.2), each once; none if one of them cannot be written."""
    known = [one.codecs for one in _formats(quality) if one.codecs]
    words = list(dict.fromkeys(word.strip() for codecs in known for word in codecs.split(",")))
    return words if all(map(_CODEC.fullmatch, words)) else []


def _joined(codecs: Sequence[Sequence[str]]) -> str | None:
    """Each once; nothing if some are not known, since half a list would be a wrong one."""
    return ",".join(dict.fromkeys(word for words in codecs for word in words)) if all(codecs) else None


def _with_most(averages: Sequence[int | None]) -> int | None:
    own, *others = averages
    known = [one for one in others if one is not None]
    return None if own is None or len(known) < len(others) else own + max(known, default=0)


def _peak(quality: OfferedQuality, target_s: int) -> int:
    peaks = [peak_bit_rate(run.durations_us, run.sizes_bytes, target_s=target_s) for run in quality.measured]
    fallback = _FALLBACK_BANDWIDTH if audio_of(quality.name) is None else _FALLBACK_SOUND_BANDWIDTH
    return max(filter(None, peaks), default=fallback)


def _average(quality: OfferedQuality) -> int | None:
    whole = in_a_row(quality.measured)
    return average_bit_rate(whole.durations_us, whole.sizes_bytes)
