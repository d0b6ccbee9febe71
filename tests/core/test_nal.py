"""What H.264 and HEVC share: units behind start codes, and the bits of their headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.nal import Bits, nal_units, without_emulation

SHORT, LONG = b"\x00\x00\x01", b"\x00\x00\x00\x01"
AUD, SEI, IDR = b"\x09\xf0", b"\x06\x05\x10", b"\x65\x88\x84\x21"

UNITS: dict[str, tuple[bytes, list[bytes]]] = {
    "none": (b"", []),
    "no start code": (b"\x65\x88\x84", []),
    "one": (SHORT + IDR, [IDR]),
    "a long start code": (LONG + AUD + LONG + IDR, [AUD, IDR]),
    "zeros in front": (b"\x00" * 9 + SHORT + IDR, [IDR]),
    "zeros behind": (SHORT + SEI + b"\x00" * 5 + SHORT + IDR + b"\x00\x00", [SEI, IDR]),
    "zeros inside": (SHORT + b"\x65\x00\x00\x02" + SHORT + AUD, [b"\x65\x00\x00\x02", AUD]),
    "an empty one": (SHORT + SHORT + IDR, [b"", IDR]),
}


@pytest.mark.parametrize(("data", "units"), UNITS.values(), ids=UNITS.keys())
def test_units_stand_behind_start_codes(data: bytes, units: list[bytes]) -> None:
    assert list(nal_units(data)) == units


@quick
@given(
    units=st.lists(st.lists(st.integers(1, 255), min_size=1, max_size=9).map(bytes), max_size=5),
    code=st.sampled_from([SHORT, LONG]),
)
def test_units_come_back_as_they_were_joined(units: list[bytes], code: bytes) -> None:
    assert list(nal_units(b"".join(code + unit for unit in units))) == units


GOLOMB: dict[str, tuple[int, int]] = {
    "1": (0, 0),
    "010": (1, 1),
    "011": (2, -1),
    "00100": (3, 2),
    "00101": (4, -2),
    "00110": (5, 3),
    "0001000": (7, 4),
}


@pytest.mark.parametrize(("digits", "numbers"), GOLOMB.items(), ids=GOLOMB.keys())
def test_codes_are_those_of_tables_9_2_and_9_3(digits: str, numbers: tuple[int, int]) -> None:
    data = int(digits.ljust(8, "0"), 2).to_bytes(1, "big")
    assert (Bits(data).unsigned(), Bits(data).signed()) == numbers


def test_bits_come_from_the_left() -> None:
    bits = Bits(b"\xa5\x0f")
    assert [bits.flag(), bits.take(3), bits.take(8), bits.take(4)] == [True, 0b010, 0b01010000, 15]


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(100)], ids=["nothing", "a zero", "zeros for ever"])
def test_a_header_that_ends_within_a_code_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="a parameter set"):
        Bits(data).unsigned()


@quick
@given(st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 255]), max_size=40).map(bytes))
def test_what_was_put_in_against_start_codes_is_taken_out(raw: bytes) -> None:
    guarded = bytearray()
    zeros = 0
    for byte in raw:
        if zeros == 2 and byte <= 3:
            guarded.append(3)
            zeros = 0
        guarded.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    assert without_emulation(bytes(guarded)) == raw
