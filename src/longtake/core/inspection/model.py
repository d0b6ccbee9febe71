"""What a look into a segment finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from longtake.core.facts import Container, SegmentFacts

INSPECTION_VERSION = 1
"""Goes up when a look finds more or other things in the same bytes: facts of older looks are worth making again."""
_HASH_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What one segment's bytes tell; None is unknown. Ticks are of 90 kHz.

    ``starts_with_idr`` is about the first coded picture, strictly: an IDR of H.264 or HEVC, behind which nothing refers
    to anything before. Other places where a decoder may begin (recovery points; CRA and BLA pictures of HEVC) have or
    may have pictures behind them that it cannot show, and are none.
    """

    container: Container
    codecs: str | None = None
    """As RFC 6381 has it: ``avc1.64001f,mp4a.40.2``."""
    parameter_sets: str | None = None
    """A short hash of the pictures' parameter sets (or the sound's, where it is alone): equal while the coding is."""
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    first_pts: int | None = None
    """Of the first coded picture in the order of decoding, or of the first sample of sound alone; in [0, 2^33)."""
    starts_with_idr: bool | None = None
    duration_us: int | None = None
    """How long its pictures show, or its sound if it has none."""
    covered_us: int | None = None
    """From its first to its last moment in which there is a picture or sound; as long as ``duration_us`` or longer."""
    init_bytes: int | None = None
    """How long the initialisation section in front is (fragmented MP4)."""
    flaw: str | None = None
    """The first evidence that bytes are missing or damaged, as a sentence about 'it', the content."""
    breaks_off: bool = False
    """Whether that flaw is at the end: the content stops early."""
    open_end: bool = False
    """Whether it may stop early, for all that can be seen: whole segments look like that now and then."""


def facts_of(inspection: Inspection, *, name: str, size_bytes: int) -> SegmentFacts:
    """The facts that the content tells."""
    return SegmentFacts(
        name=name,
        size_bytes=size_bytes,
        container=inspection.container,
        codecs=inspection.codecs,
        parameter_sets=inspection.parameter_sets,
        width=inspection.width,
        height=inspection.height,
        frame_rate=inspection.frame_rate,
        first_pts=inspection.first_pts,
        starts_with_idr=inspection.starts_with_idr,
        duration_us=inspection.duration_us,
        init_bytes=inspection.init_bytes,
        looked=INSPECTION_VERSION,
    )


def hash_of(sets: Iterable[bytes]) -> str:
    """A short text for some parameter sets, however often and in whatever order they came."""
    digest = blake2b(digest_size=_HASH_BYTES)
    for one in sorted(set(sets)):
        digest.update(len(one).to_bytes(4, "big") + one)
    return digest.hexdigest()
