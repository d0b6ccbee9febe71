"""What the first pictures and the last sound of a stream say of their coding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from longtake.core import h264, hevc
from longtake.core.inspection.model import hash_of
from longtake.core.mpegts.look import StreamLook
from longtake.core.mpegts.tables import AAC_ADTS, AC3, E_AC3, H264, HEVC, MPEG1_AUDIO, MPEG2_AUDIO, OPUS
from longtake.core.mpegts.timestamps import CLOCK_HZ
from longtake.core.nal import PictureFormat
from longtake.core.sound import sound_frame, sound_run

_HEAD_BYTES = 2048
"""Headers, SEI messages and parameter sets before the first slice are shorter than this; if not, more is looked at."""
_MOST_BYTES = 1 << 18
_TRIED_UNITS = 4
"""Parameter sets may come in units of their own, before the first picture."""
_LOOK_BYTES = 16
_SLICE_HEAD_BYTES = 4
"""A start code, and what kind of NAL unit follows."""
_SOUND = frozenset({AAC_ADTS, MPEG1_AUDIO, MPEG2_AUDIO, AC3, E_AC3})


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCoding:
    """Of the first coded picture. ``is_idr`` is None if it is not to be found, the others if it does not say."""

    is_idr: bool | None = None
    parameter_sets: str | None = None
    format: PictureFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCoding:
    """Of a stream of sound. ``last_ticks`` is how long the last unit lasts, None if unknown."""

    codecs: str | None = None
    parameter_sets: str | None = None
    last_ticks: int | None = None
    is_cut: bool = False
    """Whether the last frame is not whole, though all units begin with a frame."""


def picture_coding(stream: StreamLook) -> PictureCoding:
    """Looks at the first pictures until one has a slice."""
    read = _PICTURES.get(stream.kind)
    if read is None:
        return PictureCoding()
    before = b""
    for index in range(min(len(stream.heads), _TRIED_UNITS)):
        for size_bytes in (_HEAD_BYTES, _MOST_BYTES):
            found = read(before + stream.content(index, size_bytes))
            if found.is_idr is not None:
                return found
        before += stream.content(index, _HEAD_BYTES)
    return PictureCoding()


def sound_coding(stream: StreamLook) -> SoundCoding:
    """Looks at the first and the last unit of sound."""
    if stream.kind == OPUS:
        return SoundCoding(codecs="opus")
    if stream.kind not in _SOUND or not len(stream.heads):
        return SoundCoding()
    first = sound_frame(stream.content(0, _LOOK_BYTES))
    if first is None:
        return SoundCoding()
    last = sound_run(stream.content(len(stream.heads) - 1, _MOST_BYTES))
    return SoundCoding(
        codecs=first.codecs,
        parameter_sets=_hash((first.codecs.encode(), first.setup)),
        last_ticks=round(last.seconds * CLOCK_HZ) or None,
        is_cut=last.broken_frame and last.first is not None and _begin_with_frames(stream),
    )


def _begin_with_frames(stream: StreamLook) -> bool:
    return all(
        sound_frame(stream.content(index, _LOOK_BYTES)) is not None for index in range(len(stream.heads))
    )


def _h264(unit: bytes) -> PictureCoding:
    at = h264.first_slice_at(unit)
    if at is None:
        return PictureCoding()
    sets = h264.parameter_sets(unit[:at])
    is_idr = h264.is_idr(unit[at : at + _SLICE_HEAD_BYTES])
    return _picture_coding(is_idr, sets.sequence, sets.picture, h264.picture_format)


def _hevc(unit: bytes) -> PictureCoding:
    at = hevc.first_slice_at(unit)
    if at is None:
        return PictureCoding()
    sets = hevc.parameter_sets(unit[:at])
    is_idr = hevc.is_idr(unit[at : at + _SLICE_HEAD_BYTES])
    return _picture_coding(is_idr, sets.sequence, sets.others, hevc.picture_format)


def _picture_coding(
    is_idr: bool | None,
    sequence: tuple[bytes, ...],
    others: tuple[bytes, ...],
    read: Callable[[bytes], PictureFormat],
) -> PictureCoding:
    """``sequence`` and ``others`` are the parameter sets; without the former nothing is known of the coding."""
    if not sequence:
        return PictureCoding(is_idr=is_idr)
    return PictureCoding(
        is_idr=is_idr, parameter_sets=_hash(sequence + others), format=_understood(read, sequence[0])
    )


# All segments of a stream have the same sets, and what they say is read once.


@lru_cache(maxsize=256)
def _hash(sets: tuple[bytes, ...]) -> str:
    return hash_of(sets)


@lru_cache(maxsize=256)
def _understood(read: Callable[[bytes], PictureFormat], sps: bytes) -> PictureFormat | None:
    try:
        return read(sps)
    except ValueError:
        return None


_PICTURES: dict[int, Callable[[bytes], PictureCoding]] = {H264: _h264, HEVC: _hevc}
