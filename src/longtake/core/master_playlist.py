"""The master playlist that longtake serves, as an HLS model: what each quality is, and how much it takes, by its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MasterPlaylist, Rendition, Variant
from longtake.core.qualities import audio_of
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

_FALLBACK_BANDWIDTH = 6_000_000
_FALLBACK_SOUND_BANDWIDTH = 200_000

RecordedSegment = tuple[Segment, SegmentFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedQuality:
    """A quality of the master playlist: its media playlist's URI, and its newest segments, to measure bit rates by."""

    name: str
    uri: str
    recent: Sequence[RecordedSegment]


def master_playlist(qualities: Iterable[OfferedQuality]) -> MasterPlaylist:
    """The master playlist, its variants in the order of the peak bit rate, best first.

    Each variant names itself by a VIDEO group of its own (RFC 8216 4.3.4.2.1), as Twitch and older nodes do. Separate
    sound (``core.qualities.audio_of``) is in an AUDIO group that has the name of its pictures' quality; without these
    it is a variant by itself.
    """
    offered = list(qualities)
    sounds = _sounds(offered)
    alone = [one for one in offered if all(one not in group for group in sounds.values())]
    variants = [_variant(one, sounds.get(one.name, ())) for one in alone]
    variants.sort(key=lambda variant: -variant.bandwidth)
    names = [variant.video for variant in variants if variant.video is not None]
    return MasterPlaylist(
        variants=tuple(variants),
        renditions=(
            *(
                Rendition(type="VIDEO", group_id=name, name=name, default=True, autoselect=True)
                for name in names
            ),
            *(rendition for name in names for rendition in _renditions(name, sounds.get(name, ()))),
        ),
    )


def _sounds(offered: Sequence[OfferedQuality]) -> dict[str, list[OfferedQuality]]:
    """The separate sound of each quality that is offered with some: what plays by default first."""
    pictures = {one.name for one in offered if audio_of(one.name) is None}
    found: dict[str, list[OfferedQuality]] = {}
    for one in sorted(offered, key=lambda one: one.name):
        belongs = audio_of(one.name)
        if belongs is not None and belongs[0] in pictures:
            found.setdefault(belongs[0], []).append(one)
    return found


def _renditions(quality: str, sounds: Sequence[OfferedQuality]) -> Iterator[Rendition]:
    """NAMEs are different within a group, and one at most is its DEFAULT (RFC 8216 4.3.4.1.1)."""
    for number, sound in enumerate(sounds):
        _, language = audio_of(sound.name) or ("", None)
        yield Rendition(
            type="AUDIO",
            group_id=quality,
            name=language or "default",
            language=language,
            uri=sound.uri,
            default=number == 0,
            autoselect=True,
        )


def _variant(quality: OfferedQuality, sounds: Sequence[OfferedQuality]) -> Variant:
    """Bit rates are those of the pictures with the sound that takes most (RFC 8216 4.3.4.2)."""
    looked = _looked(quality)
    averages = [_average(one) for one in (quality, *sounds)]
    codecs = [known.codecs if (known := _looked(one)) else None for one in (quality, *sounds)]
    return Variant(
        uri=quality.uri,
        video=quality.name,
        audio=quality.name if sounds else None,
        bandwidth=_peak(quality) + max((_peak(sound) for sound in sounds), default=0),
        average_bandwidth=_with_most(averages),
        codecs=_joined(codecs),
        resolution=(looked.width, looked.height) if looked and looked.width and looked.height else None,
        frame_rate=looked.frame_rate if looked else None,
    )


def _looked(quality: OfferedQuality) -> SegmentFacts | None:
    return next((facts for _, facts in reversed(quality.recent) if facts.codecs or facts.width), None)


def _joined(codecs: Sequence[str | None]) -> str | None:
    """Each once; nothing if some are not known, since half a list would be a wrong one."""
    known = [word for words in codecs if words for word in words.split(",")]
    return ",".join(dict.fromkeys(known)) if all(codecs) else None


def _with_most(averages: Sequence[int | None]) -> int | None:
    own, *others = averages
    known = [one for one in others if one is not None]
    return None if own is None or len(known) < len(others) else own + max(known, default=0)


def _peak(quality: OfferedQuality) -> int:
    fallback = _FALLBACK_BANDWIDTH if audio_of(quality.name) is None else _FALLBACK_SOUND_BANDWIDTH
    return max((_bit_rate(*one) for one in _measured(quality)), default=fallback)


def _average(quality: OfferedQuality) -> int | None:
    measured = _measured(quality)
    if not measured:
        return None
    return _bit_rate(
        sum(size_bytes for size_bytes, _ in measured), sum(duration_us for _, duration_us in measured)
    )


def _measured(quality: OfferedQuality) -> list[tuple[int, int]]:
    """(bytes, microseconds) of what has both."""
    return [
        (facts.size_bytes, segment.duration_us) for segment, facts in quality.recent if segment.duration_us
    ]


def _bit_rate(size_bytes: int, duration_us: int) -> int:
    return round(size_bytes * 8 * SECOND_US / duration_us)
