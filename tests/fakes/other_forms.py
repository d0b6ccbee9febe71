"""Segments of 2 s in the other forms that HLS knows: fMP4, sound alone, pictures alone."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Literal

from tests.fakes.coded_media import TICKS, Media, Pictures, Sound, media

Kind = Literal["both", "pictures", "sound"]

_SECONDS = 2
_BOX_HEAD = 8
_FIRST_TICKS = 126_000


def _pictures(segments: int) -> Pictures:
    options = (("preset", "ultrafast"), ("g", "50"), ("keyint_min", "50"), ("sc_threshold", "0"))
    return Pictures(rate=Fraction(25), count=50 * segments, options=options)


@cache
def fragmented(count: int, kind: Kind = "both") -> tuple[bytes, tuple[bytes, ...]]:
    """An init section, and segments of fMP4 that belong to it, on one timeline."""
    cut = "frag_keyframe" if kind != "sound" else "empty_moov"
    whole = media(
        Media(
            pictures=None if kind == "sound" else _pictures(count),
            sound=None if kind == "pictures" else Sound(seconds=float(_SECONDS * count)),
            format="mp4",
            options=(
                ("movflags", f"{cut}+empty_moov+default_base_moof"),
                *((("frag_duration", "2000000"),) if kind == "sound" else ()),
            ),
            first_ticks=0,
        )
    )
    return _split(whole, count)


def _split(content: bytes, count: int) -> tuple[bytes, tuple[bytes, ...]]:
    """At each ``moof``; what comes after the last ``mdat`` is an index that no segment has."""
    begins: list[int] = []
    at, end = 0, len(content)
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + _BOX_HEAD]
        if kind == b"moof":
            begins.append(at)
        if kind == b"mfra":
            end = at
        at += size
    edges = [*begins[:count], begins[count] if len(begins) > count else end]
    segments = tuple(content[one:other] for one, other in pairwise(edges))
    assert len(segments) == count, f"{len(begins)} fragments"
    return content[: begins[0]], segments


@cache
def alone(number: int, kind: Kind, form: Literal["mpegts", "adts"] = "mpegts") -> bytes:
    """The segment of that number; ``adts`` is packed sound, with its time in an ID3 tag."""
    first_ticks = _FIRST_TICKS + number * _SECONDS * TICKS
    content = media(
        Media(
            pictures=None if kind == "sound" else _pictures(1),
            sound=None if kind == "pictures" else Sound(seconds=float(_SECONDS)),
            format=form,
            options=(("mpegts_copyts", "1"),) if form == "mpegts" else (),
            first_ticks=first_ticks,
        )
    )
    return content if form == "mpegts" else timestamp_tag(first_ticks) + content


def timestamp_tag(ticks: int) -> bytes:
    """ID3 with the 33-bit time of the first sample (RFC 8216 3.4)."""
    body = b"com.apple.streaming.transportStreamTimestamp\0" + (ticks % (1 << 33)).to_bytes(8)
    frame = b"PRIV" + _syncsafe(len(body)) + b"\0\0" + body
    return b"ID3\4\0\0" + _syncsafe(len(frame)) + frame


def _syncsafe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))
