"""What an HLS playlist says (RFC 8216 and its successor draft, rfc8216bis), as values.

The model holds what longtake acts on, not every attribute that exists. ``parse`` makes it from text, ``render``
makes text from it. URIs are absolute after parsing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """A part of a resource: ``length_bytes`` bytes from ``offset_bytes`` (RFC 8216 4.3.2.2, offset resolved)."""

    length_bytes: int
    offset_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSection:
    """EXT-X-MAP: the bytes that a decoder needs before the segments that follow it."""

    uri: str
    byte_range: ByteRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """EXT-X-KEY other than METHOD=NONE."""

    method: str
    uri: str | None = None
    iv: str | None = None
    key_format: str = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSegment:
    """One media segment. ``program_date_time`` (aware UTC) is that of its own tag, never an inferred one."""

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
) = (getattr(MediaSegment, field.name).__set__ for field in fields(MediaSegment))


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """A media playlist. ``target_duration_s`` is an integer as 4.3.3.1 demands."""

    target_duration_s: int
    segments: tuple[MediaSegment, ...] = ()
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    version: int = 3
    ended: bool = False
    playlist_type: str | None = None
    independent_segments: bool = False


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
    """EXT-X-STREAM-INF and the URI after it. Bandwidths in bit/s, ``resolution`` as (width, height)."""

    uri: str
    bandwidth: int
    average_bandwidth: int | None = None
    codecs: str | None = None
    resolution: tuple[int, int] | None = None
    frame_rate: float | None = None
    audio: str | None = None
    video: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterPlaylist:
    """A master (multivariant) playlist, variants in the order of the text."""

    variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...] = ()
    version: int = 3
    independent_segments: bool = False
