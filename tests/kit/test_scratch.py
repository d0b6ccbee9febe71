"""Memory that is used again."""

from __future__ import annotations

import threading

import pytest

from longtake.kit.scratch import Scratch


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([], id="nothing"),
        pytest.param([b""], id="an empty piece"),
        pytest.param([b"one"], id="one piece"),
        pytest.param([b"a", b"", b"bc" * 1000, b"d"], id="some pieces"),
        pytest.param([b"x" * (3 << 20), b"y" * (3 << 20)], id="more than is kept"),
    ],
)
def test_pieces_come_behind_each_other(chunks: list[bytes]) -> None:
    scratch = Scratch()
    for _ in range(2):
        joined = scratch.join(chunks)
        assert bytes(joined) == b"".join(chunks)
        assert joined.readonly


def test_the_same_memory_is_used_again_in_a_thread_and_not_in_another() -> None:
    scratch = Scratch()
    first = scratch.join([b"fir", b"st"])
    other: list[memoryview] = []
    thread = threading.Thread(target=lambda: other.append(scratch.join([b"oth", b"er"])))
    thread.start()
    thread.join()
    assert (bytes(first), bytes(other[0])) == (b"first", b"other")
    scratch.join([b"aga", b"in"])
    assert bytes(first) == b"again"


def test_what_was_longer_before_leaves_nothing_behind() -> None:
    scratch = Scratch()
    scratch.join([b"a long one"])
    assert bytes(scratch.join([b"short"])) == b"short"


def test_what_is_in_one_piece_is_not_copied() -> None:
    piece = b"whole" * 1000
    assert Scratch().join([piece]).obj is piece
