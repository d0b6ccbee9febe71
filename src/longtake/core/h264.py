"""H.264 as far as a cut must know it: where a picture may be entered, and what a stream's parameter sets are called.

Byte streams as in Annex B of ITU-T H.264: NAL units behind start codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from longtake.core.errors import NotUnderstood

START_CODE = b"\x00\x00\x01"


class Nal(IntEnum):
    """Types of NAL units (table 7-1), those that matter here."""

    SLICE = 1
    IDR_SLICE = 5
    SPS = 7
    PPS = 8


_SLICES = range(1, 6)
_SEQUENCE_IDS = 32
"""``seq_parameter_set_id`` is below this (7.4.2.1.1)."""


def nal_units(unit: bytes) -> Iterator[bytes]:
    """The NAL units of a coded picture, without start codes."""
    at = unit.find(START_CODE)
    while at >= 0:
        begin = at + 3
        at = unit.find(START_CODE, begin)
        # Zeros before a start code belong to it, not to the unit: a NAL unit ends in its stop bit (B.1).
        yield (unit[begin:] if at < 0 else unit[begin:at]).rstrip(b"\x00")


def first_slice(unit: bytes) -> int | None:
    """The NAL type of a coded picture's first slice, or None if there is none (in what was given of it).

    With ``Nal.IDR_SLICE`` the picture is an IDR: nothing after it refers to anything before it.
    """
    at = unit.find(START_CODE)
    while 0 <= at < len(unit) - 3:
        nal_type = unit[at + 3] & 0x1F
        if nal_type in _SLICES:
            return nal_type
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
    return _Bits(sps[4:]).unsigned()


def picture_id(pps: bytes) -> int:
    """``pic_parameter_set_id`` of a PPS. Raises ValueError if it is cut short."""
    return _Bits(pps[1:]).unsigned()


def free_id(sets: ParameterSets) -> int:
    """An id below 32 that none of these sequence or picture parameter sets has (x264 gives both the same).

    Raises NotUnderstood if all are taken.
    """
    taken = {sequence_id(unit) for unit in sets.sequence} | {picture_id(unit) for unit in sets.picture}
    for number in range(_SEQUENCE_IDS):
        if number not in taken:
            return number
    raise NotUnderstood("the stream uses all ids that parameter sets can have; ask for a rough cut")


class _Bits:
    """Reads Exp-Golomb codes (9.1) from the beginning of a NAL unit's payload.

    Emulation prevention bytes are not removed: ids stand before the first place where there can be one.
    """

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data[:16], "big"), 8 * len(data[:16])

    def _bit(self) -> int:
        if not self._left:
            raise ValueError("a parameter set is cut short")
        self._left -= 1
        return self._value >> self._left & 1

    def unsigned(self) -> int:
        """ue(v)."""
        zeros = 0
        while not self._bit():
            zeros += 1
        value = 1
        for _ in range(zeros):
            value = value << 1 | self._bit()
        return value - 1
