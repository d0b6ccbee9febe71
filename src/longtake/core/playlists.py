"""The playlists that longtake serves, as HLS models: from a timeline and its facts.

Entries come in numbered: ``core.ledger`` says why their numbers never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

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
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US, from_us

FALLBACK_TARGET_S = 6
"""For a playlist without a segment, as the older system does."""
_FALLBACK_BANDWIDTH = 6_000_000

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


def master_playlist(qualities: Iterable[tuple[str, str, Sequence[RecordedSegment]]]) -> MasterPlaylist:
    """The master playlist of (quality, URI, recent segments), in the order of the peak bit rate, best first.

    Each variant names itself by a VIDEO group of its own (RFC 8216 4.3.4.2.1), as Twitch and older nodes do.
    """
    variants = [_variant(name, uri, recent) for name, uri, recent in qualities]
    variants.sort(key=lambda variant: -variant.bandwidth)
    return MasterPlaylist(
        variants=tuple(variants),
        renditions=tuple(
            Rendition(type="VIDEO", group_id=name, name=name, default=True, autoselect=True)
            for name in (variant.video for variant in variants)
            if name is not None
        ),
    )


def _variant(quality: str, uri: str, recent: Sequence[RecordedSegment]) -> Variant:
    measured = [(facts.size_bytes, segment.duration_us) for segment, facts in recent if segment.duration_us]
    rates = [_bit_rate(size_bytes, duration_us) for size_bytes, duration_us in measured]
    total_bytes = sum(size_bytes for size_bytes, _ in measured)
    total_us = sum(duration_us for _, duration_us in measured)
    looked = next((facts for _, facts in reversed(recent) if facts.codecs or facts.width), None)
    return Variant(
        uri=uri,
        video=quality,
        bandwidth=max(rates, default=_FALLBACK_BANDWIDTH),
        average_bandwidth=_bit_rate(total_bytes, total_us) if measured else None,
        codecs=looked.codecs if looked else None,
        resolution=(looked.width, looked.height) if looked and looked.width and looked.height else None,
        frame_rate=looked.frame_rate if looked else None,
    )


def _bit_rate(size_bytes: int, duration_us: int) -> int:
    return round(size_bytes * 8 * SECOND_US / duration_us)
