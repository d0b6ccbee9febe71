"""What a segment of MPEG-TS tells as a whole."""

from __future__ import annotations

import pytest
from tests.fakes.coded_media import Media, Pictures, media
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


def test_a_segment_whose_map_changes_midway_is_as_long_as_both_parts() -> None:
    """As when an encoder begins anew: other PIDs, other times."""
    first = media(Media(sound=None, pictures=Pictures(count=25)))
    second = media(
        Media(
            sound=None,
            pictures=Pictures(count=25),
            first_ticks=9_000_000,
            options=(("mpegts_start_pid", "0x200"),),
        )
    )
    found = inspect(first + second)
    assert (found.flaw, found.duration_us, found.covered_us) == (None, 2_000_000, 2_000_000)
    assert found.first_pts == inspect(first).first_pts


def test_a_clock_that_jumps_midway_takes_no_time() -> None:
    first, second = (
        made(ToneStream(segments=1, channels=0)),
        made(ToneStream(segments=1, channels=0, first_pts=1 << 31)),
    )
    found = inspect(first[0] + second[0])
    assert found.duration_us == 4_000_000
