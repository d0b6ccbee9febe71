from __future__ import annotations

import gzip
import random
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.kit.gzip_pieces import HEAD, GzipJoin, Piece, compress_piece, gzip_length, gzip_of

NODE = Path(sys.executable).with_name("node")
UNZIP = "process.stdout.write(require('zlib').gunzipSync(require('fs').readFileSync(0)))"
LINE = b"#EXT-X-DISCONTINUITY\n"


def entries(count: int) -> bytes:
    """Playlist entries, each with a hash that nothing predicts."""
    drawn = random.Random(5)
    return b"".join(
        f"#EXTINF:2.000,\n../../segments/ch/source/2024-11-09T04/{i:05d}-{drawn.randbytes(16).hex()}.ts\n".encode()
        for i in range(count)
    )


def one_member(compressed: bytes) -> bytes:
    """Its text, by a reader that knows of one member only. Fails unless nothing follows it."""
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    text = reader.decompress(compressed)
    assert reader.eof
    assert reader.unused_data == b""
    return text


TEXTS = st.one_of(
    st.binary(max_size=200),
    st.binary(min_size=90, max_size=110),
    st.sampled_from([b"", LINE, LINE * 9, b"\0" * 70_000, entries(60), entries(300)]),
)


@quick
@given(texts=st.lists(TEXTS, max_size=8), level=st.integers(0, 9))
def test_any_pieces_joined_are_one_member_of_all_their_text(texts: list[bytes], level: int) -> None:
    pieces = [compress_piece(text, level) for text in texts]
    joined = gzip_of(pieces)
    assert one_member(joined) == gzip.decompress(joined) == b"".join(texts)
    assert len(joined) == gzip_length(pieces)


@quick
@given(parts=st.lists(TEXTS, max_size=4))
def test_a_text_in_parts_is_the_same_text(parts: list[bytes]) -> None:
    piece = compress_piece(parts)
    whole = b"".join(parts)
    assert (piece.crc32, piece.size_bytes) == (zlib.crc32(whole), len(whole))
    assert one_member(gzip_of([piece])) == whole


@quick
@given(texts=st.lists(st.sampled_from([LINE, entries(40), entries(90), b"x" * 101]), min_size=2, max_size=6))
def test_a_piece_looks_back_at_nothing_before_it(texts: list[bytes]) -> None:
    pieces = [compress_piece(text) for text in texts]
    for piece, text in zip(pieces, texts, strict=True):
        assert zlib.decompressobj(-zlib.MAX_WBITS).decompress(piece.data) == text


def test_piece_by_piece_it_is_the_same_member() -> None:
    pieces = [compress_piece(text) for text in (LINE, entries(100), b"", LINE)]
    join = GzipJoin()
    assert HEAD + b"".join(join.add(piece) for piece in pieces) + join.tail() == gzip_of(pieces)


def test_one_piece_may_stand_in_many_places() -> None:
    hour, line = compress_piece(entries(1800)), compress_piece(LINE)
    assert one_member(gzip_of([hour, line, hour, hour, line])) == (
        entries(1800) + LINE + entries(1800) * 2 + LINE
    )


def test_a_text_of_more_than_four_gib_tells_what_is_left_of_its_length() -> None:
    # RFC 1952 2.3.1: ISIZE is the length modulo 2**32
    join = GzipJoin()
    join.add(Piece(data=b"", crc32=0, size_bytes=(1 << 32) + 5, shift=1 << 31))
    assert join.tail()[-4:] == b"\x05\0\0\0"


def test_the_checksum_of_a_long_text_needs_none_of_its_bytes() -> None:
    size_bytes = 300_001
    hour = compress_piece(b"\xa5" * size_bytes)
    join = GzipJoin()
    whole = 0
    for _ in range(40):
        join.add(hour)
        whole = zlib.crc32(b"\xa5" * size_bytes, whole)
    assert join.tail()[2:6] == whole.to_bytes(4, "little")


@pytest.mark.parametrize("text", [b"", b"x", LINE, b"\xff" * 100])
def test_a_short_text_costs_five_bytes_at_most(text: bytes) -> None:
    assert len(compress_piece(text).data) <= len(text) + 5


def test_an_hour_of_entries_shrinks_to_less_than_half() -> None:
    text = entries(1800)
    assert len(compress_piece(text).data) < len(text) / 2


def test_node_reads_it() -> None:
    texts = [LINE, entries(1800), LINE, b"", entries(7), b"\0" * 100_000]
    joined = gzip_of(compress_piece(text) for text in texts)
    done = subprocess.run([NODE, "--eval", UNZIP], input=joined, capture_output=True, timeout=30, check=True)
    assert done.stdout == b"".join(texts)


def test_several_threads_compress_at_once_what_one_would() -> None:
    text = entries(1800)
    made: list[Piece] = []
    threads = [threading.Thread(target=lambda: made.append(compress_piece(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [compress_piece(text)] * 4
