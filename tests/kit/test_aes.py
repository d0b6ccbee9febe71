"""CBC and padding, against published vectors and in every way of cutting a message into pieces."""

from __future__ import annotations

import random

import pytest
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from longtake.kit.aes import BadPadding, CbcDecryptor, CutBlock

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
IV = bytes(range(16))


def encrypted(content: bytes) -> bytes:
    return AES.new(KEY, AES.MODE_CBC, iv=IV).encrypt(content)


def decrypted(content: bytes, *sizes: int) -> bytes:
    decryptor, clear, at = CbcDecryptor(KEY, IV), b"", 0
    for size in (*sizes, len(content)):
        clear += decryptor.update(content[at : at + size])
        at += size
    return clear + decryptor.finish()


def test_a_published_vector() -> None:
    """NIST SP 800-38A F.2.2, which has no padding."""
    first = bytes.fromhex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")
    clear = CbcDecryptor(KEY, IV).update(first)
    assert clear.hex() == "6bc1bee22e409f96e93d7e117393172a"


@pytest.mark.parametrize("size_bytes", [0, 1, 15, 16, 17, 31, 32, 1000])
def test_a_message_comes_out_as_it_went_in_whatever_its_pieces(size_bytes: int) -> None:
    choice = random.Random(size_bytes)
    content = choice.randbytes(size_bytes)
    sent = encrypted(pad(content, 16))
    for _ in range(30):
        assert decrypted(sent, *[choice.randrange(40) for _ in range(60)]) == content


def test_nothing_is_nothing() -> None:
    assert decrypted(b"") == b""


def test_a_message_that_ends_within_a_block_is_cut() -> None:
    with pytest.raises(CutBlock):
        decrypted(encrypted(pad(b"x" * 100, 16))[:-1])


@pytest.mark.parametrize("end", [b"\0" * 16, b"\x11" * 16, b"x" * 14 + b"\x03\x03", b"x" * 15 + b"\xff"])
def test_what_is_no_padding_is_told_and_is_there(end: bytes) -> None:
    with pytest.raises(BadPadding) as raised:
        decrypted(encrypted(b"y" * 16 + end))
    assert raised.value.block == end


def test_before_its_end_all_whole_blocks_but_the_last_are_clear() -> None:
    content = random.Random(1).randbytes(100)
    assert CbcDecryptor(KEY, IV).update(encrypted(pad(content, 16))[:70]) == content[:64]
    assert CbcDecryptor(KEY, IV).update(encrypted(pad(content, 16))[:64]) == content[:48]
