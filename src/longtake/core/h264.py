"""H.264 as far as a look and a cut must know it: where a picture may be entered, what a stream's parameter sets are
called, and what they say of its pictures (ITU-T H.264)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from longtake.core.errors import NotUnderstood
from longtake.core.nal import START_CODE, Bits, PictureFormat, nal_units, without_emulation


class Nal(IntEnum):
    """Types of NAL units (table 7-1), those that matter here."""

    SLICE = 1
    IDR_SLICE = 5
    SPS = 7
    PPS = 8


SLICES = range(1, 6)
_WITH_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244})
"""Profiles whose SPS says more of colours."""
_EXTENDED_SAR = 255
_SEQUENCE_IDS = 32
"""``seq_parameter_set_id`` is below this (7.4.2.1.1)."""


def is_idr(unit: bytes) -> bool | None:
    """Whether a coded picture is an IDR: nothing after it refers to anything before it.

    None if its first slice is not in what was given of it.
    """
    at = first_slice_at(unit)
    return None if at is None else unit[at + 3] & 0x1F == Nal.IDR_SLICE


def first_slice_at(unit: bytes) -> int | None:
    """Where the start code of a coded picture's first slice is; all that is said of the picture stands before it."""
    at = unit.find(START_CODE)
    while 0 <= at < len(unit) - 3:
        if unit[at + 3] & 0x1F in SLICES:
            return at
        at = unit.find(START_CODE, at + 3)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSets:
    """The distinct sequence and picture parameter sets of a picture, without start codes, in their order."""

    sequence: tuple[bytes, ...] = ()
    picture: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Whether there are both."""
        return bool(self.sequence and self.picture)

    def annex_b(self) -> bytes:
        """Behind start codes, as a decoder's extra data."""
        return b"".join(b"\x00" + START_CODE + unit for unit in self.sequence + self.picture)

    def and_also(self, other: ParameterSets) -> ParameterSets:
        """Those of both."""
        return ParameterSets(
            sequence=tuple(dict.fromkeys(self.sequence + other.sequence)),
            picture=tuple(dict.fromkeys(self.picture + other.picture)),
        )


def without_parameter_sets(unit: bytes) -> bytes:
    """A coded picture without those that it brings along."""
    kept = (nal for nal in nal_units(unit) if nal and nal[0] & 0x1F not in (Nal.SPS, Nal.PPS))
    return b"".join(b"\x00" + START_CODE + nal for nal in kept)


def parameter_sets(unit: bytes) -> ParameterSets:
    """What a coded picture brings along; usually an IDR does, and others nothing."""
    units = list(nal_units(unit))
    return ParameterSets(
        sequence=tuple(dict.fromkeys(nal for nal in units if nal and nal[0] & 0x1F == Nal.SPS)),
        picture=tuple(dict.fromkeys(nal for nal in units if nal and nal[0] & 0x1F == Nal.PPS)),
    )


def sequence_id(sps: bytes) -> int:
    """``seq_parameter_set_id`` of an SPS. Raises ValueError if it is cut short."""
    return Bits(sps[4:]).unsigned()


def picture_id(pps: bytes) -> int:
    """``pic_parameter_set_id`` of a PPS. Raises ValueError if it is cut short."""
    return Bits(pps[1:]).unsigned()


def free_id(sets: ParameterSets) -> int:
    """An id below 32 that none of these sequence or picture parameter sets has (x264 gives both the same).

    Raises NotUnderstood if all are taken.
    """
    taken = {sequence_id(unit) for unit in sets.sequence} | {picture_id(unit) for unit in sets.picture}
    for number in range(_SEQUENCE_IDS):
        if number not in taken:
            return number
    raise NotUnderstood("the stream uses all ids that parameter sets can have; ask for a rough cut")


def picture_format(sps: bytes) -> PictureFormat:
    """What an SPS (7.3.2.1.1) says of the pictures. Raises ValueError if it is cut short or makes no sense."""
    bits = Bits(without_emulation(sps)[1:])
    profile, constraints, level = bits.take(8), bits.take(8), bits.take(8)
    bits.unsigned()  # its id
    chroma = _chroma(bits) if profile in _WITH_CHROMA else 1
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.unsigned()  # max_num_ref_frames
    bits.flag()  # gaps_in_frame_num_value_allowed_flag
    width, height = 16 * (bits.unsigned() + 1), bits.unsigned() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()  # mb_adaptive_frame_field_flag
    height *= 16 if frames_only else 32
    bits.flag()  # direct_8x8_inference_flag
    left, right, top, bottom = bits.unsigned_codes(4) if bits.flag() else (0, 0, 0, 0)
    across, down = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1) * (1 if frames_only else 2)
    width, height = width - across * (left + right), height - down * (top + bottom)
    if width <= 0 or height <= 0:
        raise ValueError("a parameter set crops everything away")
    return PictureFormat(
        codecs=f"avc1.{profile:02x}{constraints:02x}{level:02x}",
        width=width,
        height=height,
        frame_rate=_stated_rate(bits),
    )


def _chroma(bits: Bits) -> int:
    """ChromaArrayType: 0 also where colours are coded apart."""
    chroma = bits.unsigned()
    apart = chroma == 3 and bits.flag()
    bits.unsigned_codes(2)  # bit depths
    bits.flag()  # qpprime_y_zero_transform_bypass_flag
    if bits.flag():
        for at in range(12 if chroma == 3 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if at < 6 else 64)
    return 0 if apart else chroma


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order_count(bits: Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.flag()
        bits.unsigned_codes(2)  # two se(v), which are as long
        bits.unsigned_codes(min(bits.unsigned(), 256))


def _stated_rate(bits: Bits) -> float | None:
    """Frames a second by the VUI (E.1.1): two fields of a frame are a tick each."""
    try:
        if not bits.flag():
            return None
        if bits.flag() and bits.take(8) == _EXTENDED_SAR:
            bits.take(32)
        if bits.flag():
            bits.flag()  # overscan_appropriate_flag
        if bits.flag():
            bits.take(4)  # video_format, video_full_range_flag
            if bits.flag():
                bits.take(24)  # colours
        if bits.flag():
            bits.unsigned_codes(2)  # chroma sample locations
        if not bits.flag():
            return None
        ticks, scale = bits.take(32), bits.take(32)
    except ValueError:  # all else is known
        return None
    return scale / (2 * ticks) if ticks and scale else None
