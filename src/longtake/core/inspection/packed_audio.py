"""What can be said of sound alone, packed without a container (RFC 8216, 3.4): frames, with ID3 tags in front."""

from __future__ import annotations

from longtake.core.facts import Container
from longtake.core.inspection.model import Inspection, hash_of
from longtake.core.mpegts.timestamps import WRAP
from longtake.core.sound import SoundFrame, sound_frame, sound_run

_TAG, _TAG_HEADER, _FRAME_HEADER = b"ID3", 10, 10
_TIMESTAMP_OWNER = b"com.apple.streaming.transportStreamTimestamp\x00"
_LEAST_FRAME_BYTES = 8
_MOST_TAGS = 1000


def is_packed_audio(content: bytes | memoryview) -> bool:
    """Whether a tag or a frame stands in front, and a frame behind it."""
    head = bytes(content[: 1 << 16])
    if head.startswith(_TAG):
        return True
    first = sound_frame(head)
    if first is None:
        return False
    # A few bytes may look like a header by chance, but not twice at the right distance.
    rest_bytes = len(head) - first.size_bytes
    return rest_bytes < _LEAST_FRAME_BYTES or sound_frame(head, first.size_bytes) is not None


def inspect_packed_audio(content: bytes | memoryview) -> Inspection:
    """Looks at frames of sound."""
    data = bytes(content)
    first, first_pts, seconds, at = None, None, 0.0, 0
    broken = False
    for _ in range(_MOST_TAGS):
        if data[at : at + len(_TAG)] == _TAG:
            end = _tag_end(data, at)
            first_pts = _timestamp(data[at + _TAG_HEADER : end]) if first_pts is None else first_pts
            broken, at = end > len(data), min(end, len(data))
        run = sound_run(data, at)
        first, seconds, at = first or run.first, seconds + run.seconds, len(data) - run.rest_bytes
        if data[at : at + len(_TAG)] != _TAG:
            broken = broken or run.broken_frame
            break
    duration_us = round(seconds * 1_000_000) if seconds else None
    return Inspection(
        container=Container.AUDIO,
        codecs=first.codecs if first is not None else None,
        parameter_sets=hash_of([first.codecs.encode(), first.setup]) if first is not None else None,
        first_pts=first_pts,
        duration_us=duration_us,
        covered_us=duration_us,
        flaw=_flaw(first, broken=broken, stray_at=at if at < len(data) else None),
        breaks_off=broken,
    )


def _flaw(first: SoundFrame | None, *, broken: bool, stray_at: int | None) -> str | None:
    if broken:
        return "it ends within a sound frame or a tag"
    if first is None:
        return "it holds no sound"
    return f"at byte {stray_at} there is no sound" if stray_at is not None else None


def _tag_end(data: bytes, at: int) -> int:
    """Of an ID3 tag: its size is told in four times seven bits."""
    size = 0
    for byte in data[at + 6 : at + _TAG_HEADER]:
        size = size << 7 | byte & 0x7F
    return at + _TAG_HEADER + size


def _timestamp(tag: bytes) -> int | None:
    """What a PRIV frame of Apple's says: the timestamp of the first sample, in 33 bits of eight bytes."""
    at = tag.find(b"PRIV")
    owner = tag.find(_TIMESTAMP_OWNER, at + _FRAME_HEADER) if at >= 0 else -1
    stamp = tag[owner + len(_TIMESTAMP_OWNER) : owner + len(_TIMESTAMP_OWNER) + 8]
    return int.from_bytes(stamp, "big") % WRAP if owner >= 0 and len(stamp) == 8 else None
