"""MP4 boxes (ISO/IEC 14496-12), as far as tests look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_HOLDERS = frozenset({"moov", "trak", "mdia", "minf", "stbl", "edts", "moof", "traf", "mvex"})


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box: its kind, where it begins in the file, and what is in it."""

    kind: str
    begin: int
    end: int
    body: bytes


def boxes(content: bytes, begin: int = 0) -> Iterator[Box]:
    """The boxes that follow each other."""
    at = 0
    while at < len(content):
        size, head = int.from_bytes(content[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        assert size >= head
        assert at + size <= len(content), "a box reaches beyond the end"
        yield Box(
            kind=content[at + 4 : at + 8].decode("latin-1"),
            begin=begin + at,
            end=begin + at + size,
            body=content[at + head : at + size],
        )
        at += size


def within(content: bytes, *kinds: str) -> Iterator[Box]:
    """All boxes at a path, such as moov, trak, edts, elst."""
    for box in boxes(content):
        if box.kind == kinds[0]:
            if len(kinds) == 1:
                yield box
            else:
                assert box.kind in _HOLDERS
                yield from within(box.body, *kinds[1:])


def tracks(content: bytes) -> dict[str, bytes]:
    """What is in the box of each track, by its handler: vide, soun."""
    found = {}
    for track in within(content, "moov", "trak"):
        handler = next(within(track.body, "mdia", "hdlr"))
        found[handler.body[8:12].decode()] = track.body
    return found


def edits(track: bytes) -> list[tuple[int, int]]:
    """(duration, media time) of a track's edit list; a media time of -1 is an empty one."""
    found = []
    for box in within(track, "edts", "elst"):
        wide = box.body[0] == 1
        step = 20 if wide else 12
        for at in range(8, 8 + step * int.from_bytes(box.body[4:8], "big"), step):
            size = 8 if wide else 4
            duration = int.from_bytes(box.body[at : at + size], "big")
            found.append((duration, int.from_bytes(box.body[at + size : at + 2 * size], "big", signed=True)))
    return found


def avc_configuration(track: bytes) -> bytes:
    """The AVCDecoderConfigurationRecord of a video track."""
    description = next(within(track, "mdia", "minf", "stbl", "stsd")).body[8:]
    entry = next(boxes(description))
    assert entry.kind == "avc1"
    return next(box.body for box in boxes(entry.body[78:]) if box.kind == "avcC")


def listed_sets(configuration: bytes) -> tuple[list[bytes], list[bytes]]:
    """The SPS and the PPS in a configuration record (ISO/IEC 14496-15, 5.3.3.1)."""
    found: tuple[list[bytes], list[bytes]] = ([], [])
    at = 5
    for units, mask in zip(found, (0x1F, 0xFF), strict=True):
        count = configuration[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(configuration[at : at + 2], "big")
            units.append(configuration[at + 2 : at + 2 + size])
            at += 2 + size
    return found
