"""The playlists that longtake serves, as HLS models: from a timeline and its facts.

Entries come in numbered: ``core.ledger`` says why their numbers never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hls.model import (
    ByteRange,
    InitSection,
    MasterPlaylist,
    MediaPlaylist,
    MediaSegment,
    Rendition,
    Variant,
)
from longtake.core.ledger import Entry
from longtake.core.qualities import audio_of
from longtake.core.segments import Segment
from longtake.core.timeline import JoinedHours
from longtake.core.times import SECOND_US, from_us

FALLBACK_TARGET_S = 6
"""For a playlist without a segment, as the older system does."""
_FALLBACK_BANDWIDTH = 6_000_000
_FALLBACK_SOUND_BANDWIDTH = 200_000

SegmentUrl = Callable[[Segment], str]
FactsByName = Mapping[str, SegmentFacts]
RecordedSegment = tuple[Segment, SegmentFacts]


def media_playlist(
    entries: Sequence[Entry],
    facts: FactsByName,
    *,
    url_of: SegmentUrl,
    ended: bool,
    least_target_s: int = 0,
    after: Entry | None = None,
) -> MediaPlaylist:
    """The media playlist of numbered entries.

    ``ended``: nothing more will come, ENDLIST is written. ``least_target_s``: the TARGETDURATION that earlier versions
    of the same playlist had; it must not change (RFC 8216 6.2.1), and here it at least never falls. ``after``: the
    entry that a playlist without entries comes after, so that its numbers do not fall either.
    """
    shown = [_media_segment(entry, facts.get(entry.segment.name), url_of(entry.segment)) for entry in entries]
    if entries:
        # The first entry keeps the tag before it, which counts for itself.
        first, before = entries[0].sequence, entries[0].discontinuity_sequence - entries[0].discontinuity
    elif after is not None:
        first, before = after.sequence + 1, after.discontinuity_sequence
    else:
        first = before = 0
    return MediaPlaylist(
        version=6 if any(segment.init for segment in shown) else 3,
        target_duration_s=max(least_target_s, target_duration_s([entry.segment for entry in entries], facts)),
        media_sequence=first,
        discontinuity_sequence=before,
        segments=tuple(shown),
        ended=ended,
    )


def range_head(joined: JoinedHours, *, ended: bool, least_target_s: int = 0) -> MediaPlaylist:
    """What stands at the head of the playlist of a range that is counted from 0; its entries are ``core.hour_text``'s.

    TARGETDURATION as in ``target_duration_s``, over whole hours; ``least_target_s`` as in ``media_playlist``.
    """
    hours = [part.hour for part in joined.parts]
    stated = [hour.content.notes.target_duration_s for hour in hours]
    needed = [int(hour.columns.durations_us[hour.rows].max() / SECOND_US + 0.5) for hour in hours]
    return MediaPlaylist(
        version=6 if any(hour.content.notes.inits for hour in hours) else 3,
        target_duration_s=max(
            least_target_s, max([*stated, *needed], default=0) or (1 if hours else FALLBACK_TARGET_S)
        ),
        media_sequence=0,
        discontinuity_sequence=0,
        segments=(),
        ended=ended,
    )


def target_duration_s(segments: Sequence[Segment], facts: FactsByName) -> int:
    """The source's own TARGETDURATION where facts know it, and at least each EXTINF rounded (RFC 8216 4.3.3.1)."""
    stated = [known.target_duration_s or 0 for known in facts.values()]
    needed = [int(segment.duration_us / SECOND_US + 0.5) for segment in segments]
    return max([*stated, *needed], default=0) or (1 if segments else FALLBACK_TARGET_S)


def _media_segment(entry: Entry, facts: SegmentFacts | None, uri: str) -> MediaSegment:
    init = part = None
    if facts is not None and facts.container is Container.FMP4 and facts.init_bytes:
        # The init section stands at the head of each stored file.
        init = InitSection(uri=uri, byte_range=ByteRange(length_bytes=facts.init_bytes, offset_bytes=0))
        part = ByteRange(length_bytes=facts.size_bytes - facts.init_bytes, offset_bytes=facts.init_bytes)
    return MediaSegment(
        uri=uri,
        duration_s=entry.segment.duration_us / SECOND_US,
        sequence=entry.sequence,
        discontinuity=entry.discontinuity,
        discontinuity_sequence=entry.discontinuity_sequence,
        program_date_time=from_us(entry.segment.start_us),
        byte_range=part,
        init=init,
    )


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
