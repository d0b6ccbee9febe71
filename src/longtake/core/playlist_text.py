"""A media playlist as text, but for the entries of its hours, which ``core.hour_text`` makes."""

from __future__ import annotations

from collections.abc import Iterator

from longtake.core.gap_entries import GapRun
from longtake.core.hls.model import MediaPlaylist, ServerControl
from longtake.core.hls.render import ENDLIST, render_duration, render_header_lines
from longtake.core.playlist_range import SKIPPED_TARGETS, Insert, PlaylistRange
from longtake.core.times import SECOND_US, format_us, hour_name

_DISCONTINUITY = b"#EXT-X-DISCONTINUITY\n"
_AT_ONCE = 500
"""GAP entries: a hole of a day is tens of thousands of them."""


def render_head(listed: PlaylistRange) -> bytes:
    """All that stands before the entries.

    EVENT is never written, since entries leave at the front; VOD only where nothing can come (RFC 8216 4.3.3.5).
    """
    head = MediaPlaylist(
        version=listed.version,
        target_duration_s=listed.target_s,
        media_sequence=listed.sequence,
        discontinuity_sequence=listed.discontinuity_sequence,
        independent_segments=listed.independent,
        playlist_type="VOD" if listed.whole and not listed.grows else None,
        server_control=_can_skip(listed),
        skipped=listed.skipped,
    )
    return _text(render_header_lines(head))


def render_tail(listed: PlaylistRange) -> bytes:
    """What stands behind the entries."""
    return b"" if listed.grows else _text([ENDLIST])


def render_insert(insert: Insert, folder: str) -> Iterator[bytes]:
    """GAP entries, a few hundred at a time, and tags. ``folder`` is the URL of the quality's folder, as it stands before hours."""
    if insert.tags_first:
        yield _DISCONTINUITY * insert.tags_first
    for run in insert.gaps:
        yield from _render_gaps(run, folder)
    if insert.tags:
        yield _DISCONTINUITY * insert.tags


def _can_skip(listed: PlaylistRange) -> ServerControl | None:
    if not listed.grows:
        return None
    return ServerControl(can_block_reload=True, can_skip_until_s=SKIPPED_TARGETS * listed.target_s)


def _render_gaps(run: GapRun, folder: str) -> Iterator[bytes]:
    """Each has a URI of its own, which no client asks for (rfc8216bis 4.4.4.7)."""
    lines: list[str] = []
    for start_us, duration_us in run.pieces():
        date = format_us(start_us, digits=6 if start_us % 1000 else 3)
        clock = format_us(start_us)[14:-1].replace(":", "%3A")
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{date}",
            "#EXT-X-GAP",
            f"#EXTINF:{render_duration(duration_us / SECOND_US)},",
            f"{folder}{hour_name(start_us)}/gap-{clock}.ts",
        ]
        if len(lines) >= 4 * _AT_ONCE:
            yield _text(lines)
            lines = []
    if lines:
        yield _text(lines)


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
