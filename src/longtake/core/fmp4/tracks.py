"""What an initialisation section says of pictures and sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from longtake.core.fmp4.boxes import Box, Boxes, children, content, inner, read_boxes
from longtake.core.fmp4.codecs import codec_word

_VISUAL_BYTES, _AUDIO_BYTES = 78, 28
"""Of sample entries, before the boxes within (12.1.3, 12.2.3)."""
_CONFIGURATIONS = (b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"dac3", b"dec3", b"dOps", b"dfLa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Of samples that do not say more themselves."""

    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A track. ``shift_s`` is what its edit list adds to its times."""

    track_id: int
    timescale: int
    is_video: bool
    is_audio: bool
    codecs: str | None
    configuration: bytes
    """Of the decoder: the content of avcC, hvcC and so on; empty if it is not known."""
    configuration_kind: bytes
    width: int | None
    height: int | None
    shift_s: Fraction
    defaults: Defaults


def read_tracks(data: memoryview, moov: Box) -> tuple[Track, ...]:
    """The tracks of a moov box; what makes no sense is left out."""
    boxes = children(data, moov)
    mvex = boxes.first(b"mvex")
    extends = list(children(data, mvex).all(b"trex")) if mvex is not None else []
    defaults = {
        int.from_bytes(one[4:8], "big"): Defaults(
            duration=int.from_bytes(one[12:16], "big"),
            size=int.from_bytes(one[16:20], "big"),
            flags=int.from_bytes(one[20:24], "big"),
        )
        for one in (content(data, box) for box in extends)
    }
    movie = boxes.first(b"mvhd")
    movie_scale = _timescale(content(data, movie)) if movie is not None else 0
    found = (_track(data, box, movie_scale, defaults) for box in boxes.all(b"trak"))
    return tuple(track for track in found if track is not None)


def _track(data: memoryview, trak: Box, movie_scale: int, defaults: dict[int, Defaults]) -> Track | None:
    header, media = inner(data, trak, b"tkhd"), inner(data, trak, b"mdia")
    times, handler = inner(data, media, b"mdhd"), inner(data, media, b"hdlr")
    descriptions = inner(data, media, b"minf", b"stbl", b"stsd")
    if header is None or times is None or handler is None or descriptions is None:
        return None
    timescale = _timescale(content(data, times))
    if timescale == 0:
        return None
    head, kind = content(data, header), content(data, handler)[8:12]
    at = 20 if head[:1] == b"\x01" else 12
    track_id = int.from_bytes(head[at : at + 4], "big")
    entry = read_boxes(data, descriptions.body + 8, descriptions.end)
    is_video, is_audio = kind == b"vide", kind == b"soun"
    word, configuration = _description(data, entry, _VISUAL_BYTES if is_video else _AUDIO_BYTES)
    size = _size(data, entry.found[0]) if is_video and entry.found else (None, None)
    return Track(
        track_id=track_id,
        timescale=timescale,
        is_video=is_video,
        is_audio=is_audio,
        codecs=codec_word(word, configuration[1]) if is_video or is_audio else None,
        configuration=configuration[1],
        configuration_kind=configuration[0],
        width=size[0],
        height=size[1],
        shift_s=_shift(data, trak, timescale, movie_scale),
        defaults=defaults.get(track_id, Defaults()),
    )


def _timescale(header: bytes) -> int:
    """Of mvhd and mdhd (8.2.2, 8.4.2)."""
    at = 20 if header[:1] == b"\x01" else 12
    return int.from_bytes(header[at : at + 4], "big")


def _description(data: memoryview, entries: Boxes, own_bytes: int) -> tuple[str, tuple[bytes, bytes]]:
    """The name of the first sample entry, in clear if it is encrypted (8.12), and its decoder's configuration."""
    if not entries.found:
        return "", (b"", b"")
    entry = entries.found[0]
    within = children(data, entry, skip=own_bytes)
    name = entry.kind
    if name in (b"encv", b"enca"):
        original = inner(data, within.first(b"sinf"), b"frma")
        name = content(data, original)[:4] if original is not None else name
    for kind in _CONFIGURATIONS:
        box = within.first(kind)
        if box is not None:
            return name.decode("latin-1"), (kind, content(data, box))
    return name.decode("latin-1"), (b"", b"")


def _size(data: memoryview, entry: Box) -> tuple[int | None, int | None]:
    own = content(data, entry)[24:28]
    width, height = int.from_bytes(own[:2], "big"), int.from_bytes(own[2:], "big")
    return (width, height) if width and height else (None, None)


def _shift(data: memoryview, trak: Box, timescale: int, movie_scale: int) -> Fraction:
    """What an edit list (8.6.6) does: empty edits in front delay, the first other one says where media begins."""
    box = inner(data, trak, b"edts", b"elst")
    raw = content(data, box) if box is not None else b""
    wide = raw[:1] == b"\x01"
    entry_bytes, half = (20, 8) if wide else (12, 4)
    delay = Fraction(0)
    for at in range(8, min(len(raw), 8 + 16 * entry_bytes) - entry_bytes + 1, entry_bytes):
        length = int.from_bytes(raw[at : at + half], "big")
        begin = int.from_bytes(raw[at + half : at + 2 * half], "big", signed=True)
        if begin >= 0:
            return delay - Fraction(begin, timescale)
        if movie_scale:
            delay += Fraction(length, movie_scale)
    return delay
