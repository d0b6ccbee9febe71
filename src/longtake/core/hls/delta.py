"""Playlist delta updates (rfc8216bis 6.2.5.1): a playlist in which EXT-X-SKIP stands for segments that are known.

An update is read once more as the continuation of what is known, rather than put together from values: init section,
key, byte range, numbers and ad breaks go on over the skipped segments as they would in the whole text.
"""

from __future__ import annotations

from dataclasses import replace

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.media import MediaReader, Skipped
from longtake.core.hls.model import MediaPlaylist, MediaSegment


def merged(known: MediaPlaylist, update: MediaPlaylist) -> MediaPlaylist:
    """The whole playlist of which ``update`` repeats the end; ``update`` itself if it skips nothing.

    ``known`` is an earlier version of the same playlist, whole. Raises InvalidPlaylist if it has not all that was
    skipped, or if the two are not versions of one playlist: then the whole playlist must be asked for.
    """
    if not update.skipped:
        return update
    if known.skipped or update.text is None:
        raise InvalidPlaylist("What the update of a playlist skips is not known.")
    first = update.media_sequence - known.media_sequence
    if first < 0 or first + update.skipped > len(known.segments):
        raise InvalidPlaylist("The update of a playlist skips segments that are not known.")
    _check_that_they_overlap(known, update)
    before = _skipped(known, first, update)
    return MediaReader(update.text.url, before).read(update.text.lines)


def _skipped(known: MediaPlaylist, first: int, update: MediaPlaylist) -> Skipped:
    """A server that leaves out EXT-X-DISCONTINUITY-SEQUENCE counts them from its first segment on."""
    segments = known.segments[first : first + update.skipped]
    counted = known.segments[first - 1].discontinuity_sequence if first else known.discontinuity_sequence
    discontinuities = segments[-1].discontinuity_sequence - counted
    if shift := update.discontinuity_sequence - counted:
        segments = tuple(
            replace(segment, discontinuity_sequence=segment.discontinuity_sequence + shift)
            for segment in segments
        )
    return Skipped(segments=segments, discontinuities=discontinuities)


def _check_that_they_overlap(known: MediaPlaylist, update: MediaPlaylist) -> None:
    """What both list must be the same: a server that has begun anew uses the same numbers for something else."""
    for segment in update.segments:
        index = segment.sequence - known.media_sequence
        if index >= len(known.segments):
            return
        if not _are_one(known.segments[index], segment):
            raise InvalidPlaylist("The update of a playlist does not continue the one that is known.")


def _are_one(known: MediaSegment, listed: MediaSegment) -> bool:
    """Names without what may be different in each answer: a query, and a session in the path."""
    return (
        _file_name(known.uri) == _file_name(listed.uri)
        and known.duration_s == listed.duration_s
        and known.program_date_time == (listed.program_date_time or known.program_date_time)
    )


def _file_name(uri: str) -> str:
    return uri.partition("?")[0].rpartition("/")[2]
