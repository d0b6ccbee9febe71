"""What a segment of MPEG-TS tells as a whole."""

from __future__ import annotations

import pytest
from tests.fakes.tone_stream import ToneStream, just_before_wrap, made

from longtake.core.facts import Container
from longtake.core.inspection import inspect
from longtake.core.mpegts.timestamps import WRAP


@pytest.mark.parametrize("b_frames", [0, 3])
def test_a_segment_is_timed_by_its_first_picture_in_the_order_of_decoding(b_frames: int) -> None:
    stream = ToneStream(segments=2, b_frames=b_frames, first_pts=just_before_wrap(1))
    for at, content in enumerate(made(stream)):
        found = inspect(content)
        assert (found.container, found.flaw) == (Container.MPEG_TS, None)
        assert found.first_pts == stream.pts(at * stream.segment_frames) % WRAP
        assert found.duration_us == 2_000_000
        assert found.covered_us is not None
        assert 2_000_000 <= found.covered_us < 2_100_000


def test_pictures_alone() -> None:
    found = inspect(made(ToneStream(segments=1, channels=0))[0])
    assert found.codecs == "avc1.42c00d"
    assert found.covered_us == found.duration_us == 2_000_000
