"""Texts as servers send them."""

from __future__ import annotations

import gzip

import pytest

from longtake.adapters.http.texts import TooLong, text_of

LINE = "#EXTM3U\n#EXTINF:2,é\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LINE.encode(), LINE),
        (b"\xef\xbb\xbf" + LINE.encode(), LINE),
        (LINE.encode("latin-1"), LINE.replace("é", "\ufffd")),
        (gzip.compress(LINE.encode()), LINE),
        (gzip.compress(b"\xef\xbb\xbf" + LINE.encode()), LINE),
        (bytearray(LINE.encode()), LINE),
        (b"", ""),
    ],
    ids=[
        "as it should be",
        "a byte-order mark",
        "Latin-1",
        "compressed without a word",
        "compressed, with a mark",
        "in another kind of bytes",
        "nothing",
    ],
)
def test_it_is_read(content: bytes, expected: str) -> None:
    assert text_of(content, 1000) == expected


@pytest.mark.parametrize(
    "content", [gzip.compress(b"x" * 500)[:-9], b"\x1f\x8b\x08 no"], ids=["cut", "damaged"]
)
def test_what_is_badly_compressed_is_no_text_and_no_error(content: bytes) -> None:
    assert "xxx" not in text_of(content, 1000)


def test_a_bomb_does_not_go_off() -> None:
    with pytest.raises(TooLong):
        text_of(gzip.compress(b"x" * 10_000_000), 1000)
