"""A source without EXT-X-MEDIA-SEQUENCE, all of whose entries bear one name: neither numbers nor names tell what is new.

There the number is in the query, or in a folder (``seg.ts?n=7``, ``7/seg.ts``). But both may as well hold a token of the
moment. So an entry is known by its whole path, or by its whole address where all paths are one, as soon as the source
has shown that they last: one of them came again, at another place in a playlist that still counts from 0. From then on
what comes under an address that was not listed just before is new.
"""

from __future__ import annotations

from collections.abc import Sequence

from longtake.core.hls.model import MediaSegment
from longtake.core.live.likeness import name_of
from longtake.core.live.model import LiveState, Sighting


def by_address(state: LiveState, segments: Sequence[MediaSegment]) -> list[Sighting | None] | None:
    """What is known of each entry, for such a source; None for all others. There must be entries."""
    listed = state.listed
    if segments[0].sequence or not listed or listed[0].sequence or len(segments) < 2:
        return None
    if name_of(segments[0]) != name_of(segments[-1]) or len({name_of(one) for one in segments}) > 1:
        return None
    addresses, before = _addresses(segments, listed)
    if len(set(addresses)) < len(segments) or len(set(before)) < len(listed):
        return None
    places = dict(zip(before, range(len(listed)), strict=True))
    found = [places.get(address) for address in addresses]
    moved = any(place is not None and place != index for index, place in enumerate(found))
    if not (moved or state.unnumbered):
        return None
    return [None if place is None else state.sightings[listed[place].sequence] for place in found]


def _addresses(*playlists: Sequence[MediaSegment]) -> list[list[str]]:
    """By path, if those of each playlist differ."""
    paths = [[_path(one.uri) for one in segments] for segments in playlists]
    if all(len(set(some)) == len(some) for some in paths):
        return paths
    return [[one.uri for one in segments] for segments in playlists]


def _path(uri: str) -> str:
    """Without the host, which may be another each time."""
    return uri.partition("?")[0].partition("://")[2].partition("/")[2]
