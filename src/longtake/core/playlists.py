"""The media playlists that longtake serves, as HLS models: from a timeline and its facts.

Entries come in numbered: ``core.ledger`` says why their numbers never change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hls.model import (
    ByteRange,
    InitSection,
    MediaPlaylist,
    MediaSegment,
)
from longtake.core.ledger import Entry
from longtake.core.segments import Segment
from longtake.core.timeline import JoinedHours
from longtake.core.times import SECOND_US, from_us

FALLBACK_TARGET_S = 6
"""For a playlist without a segment, as the older system does."""

SegmentUrl = Callable[[Segment], str]
FactsByName = Mapping[str, SegmentFacts]


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
