"""Playlists of a range as text, and as a model that says the same entry by entry: what one renders the other must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import ByteRange, InitSection, MediaPlaylist, MediaSegment, ServerControl
from longtake.core.hls.parse import parse_playlist
from longtake.core.hour_notes import notes_of
from longtake.core.hour_text import render_hour
from longtake.core.listing import read_listing
from longtake.core.playlist_range import PlaylistRange, Stretch
from longtake.core.playlist_text import render_head, render_insert, render_tail
from longtake.core.segments import Segment
from longtake.core.timeline import HourContent, JoinedHours, join_contents
from longtake.core.times import SECOND_US, format_us, from_us, hour_name

FOLDER = "../../segments/demo/source/"
URL = "http://node/playlist/demo/source.m3u8"


def joined_of(
    segments: Iterable[Segment],
    facts: Mapping[str, SegmentFacts] | None = None,
    *,
    start_us: int,
    end_us: int,
) -> JoinedHours:
    """The timeline of these segments."""
    recorded = list(segments)
    known = facts or {}
    contents = {}
    for hour in sorted({segment.hour for segment in recorded}):
        names = [segment.name for segment in recorded if segment.hour == hour]
        notes = notes_of({name: known[name] for name in names if name in known})
        contents[hour] = HourContent(listing=read_listing(hour, names), notes=notes)
    return join_contents(contents, start_us=start_us, end_us=end_us, sizes={})


def text_of(listed: PlaylistRange) -> str:
    """As the node makes it."""
    pieces = [render_head(listed)]
    for stretch in listed.stretches:
        entries, place = stretch.entries, stretch.first
        if stretch.first < stretch.last:
            text = render_hour(entries, f"{FOLDER}{entries.columns.hour}/")
        for insert in stretch.inserts:
            if insert.place > place:
                pieces.append(text.part(place, insert.place))
                place = insert.place
            pieces += render_insert(insert, FOLDER)
        if stretch.last > place:
            pieces.append(text.part(place, stretch.last))
    return b"".join([*pieces, render_tail(listed)]).decode()


def parsed(listed: PlaylistRange) -> MediaPlaylist:
    """The text as our own parser reads it, with the numbers that a client counts."""
    read = parse_playlist(text_of(listed), URL)
    assert isinstance(read, MediaPlaylist)
    return read


def model_of(listed: PlaylistRange) -> MediaPlaylist:
    """The same as values, made entry by entry; only where no two tags follow each other, for which the model has no form."""
    segments: list[MediaSegment] = []
    number = listed.discontinuity_sequence
    for entry in _entries(listed.stretches):
        number += entry.discontinuity
        sequence = listed.sequence + len(segments)
        segments.append(_numbered(entry, sequence, number))
    return MediaPlaylist(
        version=listed.version,
        target_duration_s=listed.target_s,
        media_sequence=listed.sequence,
        discontinuity_sequence=listed.discontinuity_sequence,
        segments=tuple(segments),
        ended=not listed.grows,
        playlist_type="VOD" if listed.whole and not listed.grows else None,
        independent_segments=listed.independent,
        server_control=ServerControl(can_block_reload=True, can_skip_until_s=6 * listed.target_s)
        if listed.grows
        else None,
    )


def _numbered(entry: MediaSegment, sequence: int, number: int) -> MediaSegment:
    return MediaSegment(
        uri=entry.uri,
        duration_s=entry.duration_s,
        sequence=sequence,
        discontinuity_sequence=number,
        discontinuity=entry.discontinuity,
        program_date_time=entry.program_date_time,
        byte_range=entry.byte_range,
        init=entry.init,
        gap=entry.gap,
    )


def _entries(stretches: Sequence[Stretch]) -> Iterator[MediaSegment]:
    for stretch in stretches:
        inserts = {insert.place: insert for insert in stretch.inserts}
        for place in range(stretch.first, stretch.last + 1):
            torn = False
            if place in inserts:
                for run in inserts[place].gaps:
                    for start_us, duration_us in run.pieces():
                        yield _gap(start_us, duration_us)
                assert inserts[place].tags < 2
                torn = inserts[place].tags == 1
            if place < stretch.last:
                yield _entry(stretch, place, torn)


def _gap(start_us: int, duration_us: int) -> MediaSegment:
    clock = format_us(start_us)[14:-1].replace(":", "%3A")
    return MediaSegment(
        uri=f"{FOLDER}{hour_name(start_us)}/gap-{clock}.ts",
        duration_s=duration_us / SECOND_US,
        sequence=0,
        program_date_time=from_us(start_us),
        gap=True,
    )


def _entry(stretch: Stretch, place: int, torn: bool) -> MediaSegment:
    segment = stretch.entries.columns[int(stretch.entries.rows[place])]
    uri = f"{FOLDER}{segment.hour}/{segment.name}".replace(":", "%3A")
    sizes = stretch.entries.inits.get(segment.name)
    init = part = None
    if sizes is not None:
        init = InitSection(uri=uri, byte_range=ByteRange(length_bytes=sizes[0], offset_bytes=0))
        part = ByteRange(length_bytes=sizes[1] - sizes[0], offset_bytes=sizes[0])
    return MediaSegment(
        uri=uri,
        duration_s=segment.duration_us / SECOND_US,
        sequence=0,
        discontinuity=torn,
        program_date_time=from_us(segment.start_us),
        byte_range=part,
        init=init,
    )
