"""HEVC as far as a look must know it (ITU-T H.265): where pictures begin, and what parameter sets say of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from longtake.core.nal import START_CODE, Bits, PictureFormat, nal_units, without_emulation


class Nal(IntEnum):
    """Types of NAL units (table 7-1), those that matter here."""

    BLA_W_LP = 16
    IDR_W_RADL = 19
    IDR_N_LP = 20
    CRA = 21
    VPS = 32
    SPS = 33
    PPS = 34


IDR = frozenset({Nal.IDR_W_RADL, Nal.IDR_N_LP})
"""Nothing behind them refers to anything before. CRA pictures have leading ones that do, and BLA pictures may have."""
SLICES = range(32)
_PROFILE_BYTES = 12
"""Of general profile, tier and level (7.3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSets:
    """What a coded picture brings along, without start codes, in its order."""

    sequence: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()
    """Those of the video and of pictures."""


def nal_type(nal: bytes) -> int:
    """Of a NAL unit that is not empty."""
    return nal[0] >> 1 & 0x3F


def is_idr(unit: bytes) -> bool | None:
    """Whether a coded picture is an IDR. None if its first slice is not in what was given of it."""
    at = first_slice_at(unit)
    return None if at is None else nal_type(unit[at + 3 : at + 4]) in IDR


def first_slice_at(unit: bytes) -> int | None:
    """Where the start code of a coded picture's first slice is; all that is said of the picture stands before it."""
    at = unit.find(START_CODE)
    while 0 <= at < len(unit) - 3:
        if nal_type(unit[at + 3 : at + 4]) in SLICES:
            return at
        at = unit.find(START_CODE, at + 3)
    return None


def parameter_sets(unit: bytes) -> ParameterSets:
    """What a coded picture brings along."""
    units = [nal for nal in nal_units(unit) if nal]
    return ParameterSets(
        sequence=tuple(dict.fromkeys(nal for nal in units if nal_type(nal) == Nal.SPS)),
        others=tuple(dict.fromkeys(nal for nal in units if nal_type(nal) in (Nal.VPS, Nal.PPS))),
    )


def codec_word(entry: str, profile: bytes) -> str:
    """The word of ISO/IEC 14496-15, E.3, for the 12 bytes of general profile, tier and level."""
    space, tier, kind = profile[0] >> 6, "H" if profile[0] & 0x20 else "L", profile[0] & 0x1F
    compatibility = int(f"{int.from_bytes(profile[1:5], 'big'):032b}"[::-1], 2)
    constraints = profile[5:11].rstrip(b"\0")
    parts = [entry, f"{('', 'A', 'B', 'C')[space]}{kind}", f"{compatibility:X}", f"{tier}{profile[11]}"]
    return ".".join(parts + [f"{byte:X}" for byte in constraints])


def picture_format(sps: bytes) -> PictureFormat:
    """What an SPS (7.3.2.2) says of the pictures. Raises ValueError if it is cut short or makes no sense."""
    plain = without_emulation(sps)[2:]
    bits = Bits(plain)
    bits.take(4)
    sub_layers = bits.take(3)
    bits.take(1)
    profile = bits.take(8 * _PROFILE_BYTES).to_bytes(_PROFILE_BYTES, "big")
    _skip_sub_layers(bits, sub_layers)
    bits.unsigned()  # its id
    chroma = bits.unsigned()
    apart = chroma == 3 and bits.flag()
    width, height = bits.unsigned(), bits.unsigned()
    left, right, top, bottom = bits.unsigned_codes(4) if bits.flag() else (0, 0, 0, 0)
    across = 2 if chroma in (1, 2) and not apart else 1
    down = 2 if chroma == 1 else 1
    width, height = width - across * (left + right), height - down * (top + bottom)
    if width <= 0 or height <= 0:
        raise ValueError("a parameter set crops everything away")
    return PictureFormat(codecs=codec_word("hvc1", profile), width=width, height=height)


def _skip_sub_layers(bits: Bits, count: int) -> None:
    present = [(bits.flag(), bits.flag()) for _ in range(count)]
    if count:
        bits.take(2 * (8 - count))
    for has_profile, has_level in present:
        bits.take((88 if has_profile else 0) + (8 if has_level else 0))
