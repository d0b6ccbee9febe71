"""What an HLS playlist says (RFC 8216 and its successor draft, rfc8216bis), as values.

The model holds what longtake acts on, not every attribute that exists. ``parse`` makes it from text, ``render``
makes text from it. URIs are absolute after parsing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """A part of a resource: ``length_bytes`` bytes from ``offset_bytes`` (RFC 8216 4.3.2.2, offset resolved)."""

    length_bytes: int
    offset_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """EXT-X-KEY other than METHOD=NONE."""

    method: str
    uri: str | None = None
    iv: str | None = None
    key_format: str = "identity"


UNREADABLE_KEY = Key(method="unreadable key")
"""Of entries under an EXT-X-KEY that cannot be read: they may be encrypted, and with what is not known."""
UNREADABLE_MAP = Key(method="unreadable init section")
"""Of entries under an EXT-X-MAP that cannot be read: nothing decodes them without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSection:
    """EXT-X-MAP: the bytes that a decoder needs before the segments that follow it. ``key``: what it is encrypted with."""

    uri: str
    byte_range: ByteRange | None = None
    key: Key | None = None


class AdSign(StrEnum):
    """What tells that a segment is part of an ad break."""

    TITLE = "title"
    """Its EXTINF title."""
    DATE_RANGE = "date range"
    """An EXT-X-DATERANGE of an ad covers it."""
    CUE = "cue"
    """It lies between two tags, of which one may have left the playlist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ad:
    """A segment is part of an ad break. ``left_s``: what of the break is left from its start on; None if nobody says."""

    sign: AdSign
    left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSegment:
    """One media segment. ``program_date_time`` (aware UTC) is that of its own tag, never an inferred one.

    ``ad`` is what this playlist says; a break whose first tag has left the playlist is known to ``core.live``.
    ``break_ends``: a tag before it says that a break is over.
    """

    uri: str
    duration_s: float
    sequence: int
    discontinuity_sequence: int = 0
    title: str = ""
    discontinuity: bool = False
    program_date_time: datetime | None = None
    byte_range: ByteRange | None = None
    init: InitSection | None = None
    key: Key | None = None
    gap: bool = False
    ad: Ad | None = None
    break_ends: bool = False


def segment_of(
    uri: str,
    duration_s: float,
    sequence: int,
    discontinuity_sequence: int,
    title: str,
    discontinuity: bool,
    program_date_time: datetime | None,
    byte_range: ByteRange | None,
    init: InitSection | None,
    key: Key | None,
    gap: bool,
    ad: Ad | None,
    break_ends: bool,
) -> MediaSegment:
    """``MediaSegment`` of all its fields, for ``parse``, which makes thousands.

    Setting the slots directly takes a third of the time of a frozen dataclass's own ``__init__``, which would be half
    of all the time of parsing.
    """
    segment = MediaSegment.__new__(MediaSegment)
    _set_uri(segment, uri)
    _set_duration_s(segment, duration_s)
    _set_sequence(segment, sequence)
    _set_discontinuity_sequence(segment, discontinuity_sequence)
    _set_title(segment, title)
    _set_discontinuity(segment, discontinuity)
    _set_program_date_time(segment, program_date_time)
    _set_byte_range(segment, byte_range)
    _set_init(segment, init)
    _set_key(segment, key)
    _set_gap(segment, gap)
    _set_ad(segment, ad)
    _set_break_ends(segment, break_ends)
    return segment


# All of them, in the order of the fields: a field that is added without a line above fails here, on import.
(
    _set_uri,
    _set_duration_s,
    _set_sequence,
    _set_discontinuity_sequence,
    _set_title,
    _set_discontinuity,
    _set_program_date_time,
    _set_byte_range,
    _set_init,
    _set_key,
    _set_gap,
    _set_ad,
    _set_break_ends,
) = (getattr(MediaSegment, slot.name).__set__ for slot in fields(MediaSegment))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerControl:
    """EXT-X-SERVER-CONTROL (rfc8216bis 4.4.3.8). ``can_skip_until_s``: delta updates skip what is older; None: none are made."""

    can_block_reload: bool = False
    can_skip_until_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistText:
    """The stripped lines of a playlist, and where it came from. Both may have tokens."""

    lines: tuple[str, ...] = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """A media playlist. ``target_duration_s`` is an integer as 4.3.3.1 demands.

    ``skipped``: so many segments before the first are not repeated (EXT-X-SKIP). Such an update has its ``text``, from
    which ``delta`` makes the whole playlist. Until then its segments have their numbers and names, but not what goes on
    from the skipped ones: keys, init sections, byte ranges.
    """

    target_duration_s: int
    segments: tuple[MediaSegment, ...] = ()
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    version: int = 3
    ended: bool = False
    playlist_type: str | None = None
    independent_segments: bool = False
    skipped: int = 0
    server_control: ServerControl | None = None
    text: PlaylistText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """EXT-X-MEDIA: an alternative rendition, or (Twitch) the name of a variant. ``type`` is AUDIO, VIDEO, …"""

    type: str
    group_id: str
    name: str
    uri: str | None = None
    language: str | None = None
    default: bool = False
    autoselect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """EXT-X-STREAM-INF and the URI after it. Bandwidths in bit/s, ``resolution`` as (width, height).

    ``is_source``: it is what the streamer sent, not coded anew (Twitch's IVS-VARIANT-SOURCE).
    """

    uri: str
    bandwidth: int
    average_bandwidth: int | None = None
    codecs: str | None = None
    resolution: tuple[int, int] | None = None
    frame_rate: float | None = None
    audio: str | None = None
    video: str | None = None
    name: str | None = None
    is_source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPlaylist:
    """A master (multivariant) playlist, variants in the order of the text."""

    variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...] = ()
    version: int = 3
    independent_segments: bool = False
