"""HLS playlists as text (RFC 8216; GAP, SKIP and SERVER-CONTROL from rfc8216bis), from values.

Writes what one text can get right: its form, an EXT-X-VERSION that is high enough, and the numbers that clients will
count. What a playlist must keep from one version of it to the next, and a target duration that no segment exceeds
(4.3.3.1), is up to those who make the values. Everything here refuses with ValueError what has no text, since that is a
mistake of ours and not of a user.

Segments are rendered by a function of their own, since an hour of them is rendered once and joined to others later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from longtake.core.hls.attributes import (
    render_byte_range,
    render_key,
    render_map,
    render_rendition,
    render_variant,
)
from longtake.core.hls.model import Key, MasterPlaylist, MediaPlaylist, MediaSegment, ServerControl
from longtake.core.times import format_time

ENDLIST = "#EXT-X-ENDLIST"
_LONGEST_S = 1_000_000  # as in parse
_PLAYLIST_TYPES = (None, "EVENT", "VOD")


def render_media(playlist: MediaPlaylist) -> str:
    """The text of a media playlist, ending in a newline; URIs as they are given.

    EXT-X-VERSION is raised to ``required_version`` where the playlist's own is lower. Raises ValueError for segments
    whose numbers are not those that a client will count from the text.
    """
    _check_numbers(playlist)
    lines = render_header_lines(playlist)
    previous: MediaSegment | None = None
    for segment in playlist.segments:
        lines += render_segment_lines(segment, previous)
        previous = segment
    if playlist.ended:
        lines.append(ENDLIST)
    return "\n".join(lines) + "\n"


def render_header_lines(playlist: MediaPlaylist) -> list[str]:
    """All lines before the first segment, for segments that are rendered elsewhere as well as for its own.

    For segments that are rendered elsewhere, ``playlist.version`` has to be high enough for them.
    """
    if playlist.playlist_type not in _PLAYLIST_TYPES:
        raise ValueError(f"there is no playlist type {playlist.playlist_type!r}")
    version = max(playlist.version, required_version(playlist.segments))
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{version:d}"]
    if playlist.independent_segments:
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    lines.append(f"#EXT-X-TARGETDURATION:{playlist.target_duration_s:d}")
    lines.append(f"#EXT-X-MEDIA-SEQUENCE:{playlist.media_sequence:d}")
    if playlist.discontinuity_sequence or any(segment.discontinuity for segment in playlist.segments):
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{playlist.discontinuity_sequence:d}")
    if playlist.playlist_type is not None:
        lines.append(f"#EXT-X-PLAYLIST-TYPE:{playlist.playlist_type}")
    if playlist.server_control is not None:
        lines += _server_control_lines(playlist.server_control)
    if playlist.skipped:
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={playlist.skipped:d}")
    return lines


def _server_control_lines(control: ServerControl) -> list[str]:
    """rfc8216bis 4.4.3.8."""
    attributes = ["CAN-BLOCK-RELOAD=YES"] if control.can_block_reload else []
    if control.can_skip_until_s is not None:
        attributes.append(f"CAN-SKIP-UNTIL={render_duration(control.can_skip_until_s)}")
    return [f"#EXT-X-SERVER-CONTROL:{','.join(attributes)}"] if attributes else []


def render_segment_lines(segment: MediaSegment, previous: MediaSegment | None) -> list[str]:
    """The lines of one segment, its URI last. ``previous`` is the one before it in the text.

    Without ``previous`` the segment states its init section anew (which is allowed anywhere), and its key if it has one.
    HLS cannot end an EXT-X-MAP: a segment without init section after one that has one reads back with that one.
    """
    lines = ["#EXT-X-DISCONTINUITY"] if segment.discontinuity else []
    lines += _key_and_map_lines(segment, previous)
    if segment.program_date_time is not None:
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.program_date_time)}")
    if segment.gap:
        lines.append("#EXT-X-GAP")
    if segment.byte_range is not None:
        lines.append(f"#EXT-X-BYTERANGE:{render_byte_range(segment.byte_range)}")
    lines.append(f"#EXTINF:{render_duration(segment.duration_s)},{_one_line(segment.title)}")
    lines.append(_uri(segment.uri))
    return lines


def render_master(playlist: MasterPlaylist) -> str:
    """The text of a master playlist, ending in a newline; URIs as they are given."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{playlist.version:d}"]
    if playlist.independent_segments:
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    lines += [f"#EXT-X-MEDIA:{render_rendition(rendition)}" for rendition in playlist.renditions]
    for variant in playlist.variants:
        lines += [f"#EXT-X-STREAM-INF:{render_variant(variant)}", _uri(variant.uri)]
    return "\n".join(lines) + "\n"


def required_version(segments: Iterable[MediaSegment]) -> int:
    """The least EXT-X-VERSION for these segments as we write them (RFC 8216 7).

    3 for durations with decimals, 4 for byte ranges, 5 for a KEYFORMAT, 6 for EXT-X-MAP. 8 for EXT-X-GAP is not in the
    RFC, but strict parsers want it.
    """
    version = 3
    for segment in segments:
        if segment.gap:
            return 8
        if segment.init is not None:
            version = 6
        elif segment.key is not None and segment.key.key_format != "identity":
            version = max(version, 5)
        elif segment.byte_range is not None:
            version = max(version, 4)
    return version


def render_duration(duration_s: float) -> str:
    """The shortest decimal with 3 to 6 digits after the point, never an exponent: ``2.000``, ``1.966667``."""
    if not 0 <= duration_s <= _LONGEST_S:  # nor nan
        raise ValueError(f"{duration_s!r} s cannot be the duration of a segment")
    text = f"{duration_s + 0.0:.6f}"  # + 0.0 makes 0.0 of -0.0
    return text[:-3] if text.endswith("000") else text.rstrip("0")


def _check_numbers(playlist: MediaPlaylist) -> None:
    """A client counts on from the two numbers in the header; the segments must agree (4.3.3.2, 4.3.3.3)."""
    discontinuity_sequence = playlist.discontinuity_sequence
    for sequence, segment in enumerate(playlist.segments, playlist.media_sequence):
        discontinuity_sequence += segment.discontinuity
        if (segment.sequence, segment.discontinuity_sequence) != (sequence, discontinuity_sequence):
            raise ValueError(
                f"a segment has the numbers {segment.sequence} and {segment.discontinuity_sequence}, "
                f"but would be read as {sequence} and {discontinuity_sequence}"
            )


def _key_and_map_lines(segment: MediaSegment, previous: MediaSegment | None) -> list[str]:
    """An init section is encrypted with the key in force before it (4.3.2.5), which need not be the segment's."""
    lines = []
    in_force = None if previous is None else previous.key
    init_before = None if previous is None else previous.init
    if segment.init is not None and (segment.discontinuity or segment.init != init_before):
        lines += _key_lines(segment.init.key, in_force)
        lines.append(f"#EXT-X-MAP:{render_map(segment.init)}")
        in_force = segment.init.key
    return lines + _key_lines(segment.key, in_force)


def _key_lines(key: Key | None, in_force: Key | None) -> list[str]:
    """A key of another format would be in force beside the one before, which therefore has to be ended."""
    if key == in_force:
        return []
    ends = key is not None and in_force is not None and key.key_format != in_force.key_format
    return [f"#EXT-X-KEY:{render_key(each)}" for each in ((None, key) if ends else (key,))]


def _date(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a program date time has no time zone")
    return format_time(moment, digits=6 if moment.microsecond % 1000 else 3)


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError("a title or URI has a line break")
    return text


def _uri(uri: str) -> str:
    if not uri or uri.startswith("#") or uri != uri.strip():
        raise ValueError("a URI is empty, begins with #, or has spaces around it")
    return _one_line(uri)
