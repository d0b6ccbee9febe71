"""What streams say of their coding."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.inspection import inspect


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(50)], ids=str)
@pytest.mark.parametrize("size", [(320, 180), (640, 360)], ids=str)
def test_size_and_rate_are_those_of_the_encoder(rate: Fraction, size: tuple[int, int]) -> None:
    found = inspect(made(ToneStream(rate=rate, size=size, segments=1, segment_frames=10, gop=10))[0])
    assert (found.width, found.height) == size
    assert found.frame_rate == pytest.approx(float(rate), abs=1e-5)


def test_the_hash_changes_with_the_encoding_alone() -> None:
    stream = ToneStream(segments=2, segment_frames=10, gop=10)
    first, second = (inspect(one).parameter_sets for one in made(stream))
    other = inspect(
        made(ToneStream(size=(640, 360), segments=1, segment_frames=10, gop=10))[0]
    ).parameter_sets
    assert first == second != other
    assert None not in (first, other)


def test_only_an_idr_is_one() -> None:
    first, second = made(ToneStream(segments=2, segment_frames=30, gop=30, open_gop=True, b_frames=2))
    assert (inspect(first).starts_with_idr, inspect(second).starts_with_idr) == (True, False)
