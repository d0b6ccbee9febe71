"""The initialisation vector of a segment."""

from __future__ import annotations

import pytest

from longtake.core.encryption import initialisation_vector
from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.model import Key


@pytest.mark.parametrize(
    ("iv", "sequence", "expected"),
    [
        (None, 0, "00000000000000000000000000000000"),
        (None, 0x0102_0304_0506, "00000000000000000000010203040506"),
        ("0x000102030405060708090a0b0c0d0e0f", 7, "000102030405060708090a0b0c0d0e0f"),
        ("0X000102030405060708090A0B0C0D0E0F", 7, "000102030405060708090a0b0c0d0e0f"),
        ("0x7", 9, "00000000000000000000000000000007"),
    ],
    ids=[
        "the first",
        "a high number, big-endian",
        "stated",
        "stated in capitals",
        "stated without its zeros",
    ],
)
def test_it_is_what_is_stated_or_the_media_sequence_number(
    iv: str | None, sequence: int, expected: str
) -> None:
    assert initialisation_vector(Key(method="AES-128", iv=iv), sequence).hex() == expected


@pytest.mark.parametrize("iv", ["", "0x", "12", "0xSECRET", "0x" + "0" * 33, "0x 1"])
def test_what_is_no_number_of_128_bits_is_told_without_showing_it(iv: str) -> None:
    with pytest.raises(InvalidPlaylist, match="IV") as raised:
        initialisation_vector(Key(method="AES-128", iv=iv), 1)
    assert "SECRET" not in str(raised.value)
