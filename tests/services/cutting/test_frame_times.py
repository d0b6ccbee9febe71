"""The times of the frames of a recording, against those that the frames were made for."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.builders import us
from tests.fakes.memory_store import MemoryStore
from tests.fakes.stored_streams import damage, put, put_stream
from tests.fakes.tone_stream import ToneStream, just_before_wrap

from longtake.core.errors import InvalidName, StoreUnavailable
from longtake.core.frames import SegmentFrames
from longtake.services.cutting.frame_times import StoredFrameTimes
from longtake.services.cutting.insides import Insides

NTSC = Fraction(30_000, 1001)
STREAMS = {
    "30": ToneStream(gop=30, segment_frames=30, segments=5),
    "29.97 with B-frames": ToneStream(rate=NTSC, gop=15, segment_frames=30, segments=5, b_frames=3),
    "25 over a wrap": ToneStream(
        rate=Fraction(25), gop=25, segment_frames=25, segments=5, first_pts=just_before_wrap(2.3), b_frames=2
    ),
    "GOPs over several segments": ToneStream(gop=60, segment_frames=30, segments=5),
}


async def frames_of(
    store: MemoryStore, start: str, end: str, insides: Insides | None = None
) -> list[SegmentFrames]:
    times = StoredFrameTimes(store, insides or Insides(store))
    return await times.frame_times("demo", "source", start_us=us(start), end_us=us(end))


def times_us(frames: SegmentFrames) -> list[int]:
    assert frames.start_us is not None
    return [frames.start_us + offset_us for offset_us in frames.offsets_us]


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
async def test_every_frame_has_the_time_that_it_was_made_for(stream: ToneStream) -> None:
    store, start_us = MemoryStore(), us("04:00:10.123456")
    segments = put_stream(store, stream, start_us, jitter_us=[0, 8000, -8000, 3000, -12_000])
    found = await frames_of(store, "04:00:00", "04:00:30")
    assert [frames.path for frames in found] == [segment.path for segment in segments]
    assert [us for frames in found for us in times_us(frames)] == [
        stream.time_us(number, start_us) for number in stream.numbers
    ]
    assert {frames.frame_us for frames in found} == {float(stream.frame_ticks * 100 / 9)}


async def test_a_minute_goes_by_the_name_of_its_own_first_segment() -> None:
    store, stream, start_us = MemoryStore(), STREAMS["30"], us("04:00:57.5")
    segments = put_stream(store, stream, start_us, jitter_us=[0, 8000, -8000, 3000, -12_000])
    found = await frames_of(store, "04:00:00", "04:01:30")
    errors_us = [times_us(frames)[0] - stream.time_us(30 * at, start_us) for at, frames in enumerate(found)]
    assert errors_us == [0, 0, 0, 3000, 3000]
    assert found[3].start_us == segments[3].start_us


@pytest.mark.parametrize(
    ("start", "end", "places"),
    [
        ("04:00:10", "04:00:15", [0, 1, 2, 3, 4]),
        ("04:00:11", "04:00:13", [1, 2]),
        ("04:00:11.5", "04:00:12.5", [1, 2]),
        ("04:00:11.999999", "04:00:12", [1]),
        ("04:00:12", "04:00:12.000001", [2]),
        ("04:00:20", "04:00:30", []),
        ("03:59:50", "04:00:10", []),
        ("03:59:50", "04:00:10.000001", [0]),
    ],
)
async def test_segments_that_the_range_touches_are_there_as_a_whole(
    start: str, end: str, places: list[int]
) -> None:
    store, stream = MemoryStore(), STREAMS["30"]
    segments = put_stream(store, stream, us("04:00:10"))
    found = await frames_of(store, start, end)
    assert [frames.path for frames in found] == [segments[at].path for at in places]
    assert all(len(frames.offsets_us) == 30 for frames in found)


@pytest.mark.parametrize("start", ["04:01:00.1", "04:01:01", "04:01:05", "04:01:07.8"])
async def test_times_do_not_depend_on_where_is_asked(start: str) -> None:
    """Segments of four seconds, one of which reaches over the beginning of the minute; their names jitter."""
    store = MemoryStore()
    stream = ToneStream(gop=30, segment_frames=120, segments=3)
    put_stream(store, stream, us("04:00:55.9"), jitter_us=[0, 9000, -5000])
    everything = await frames_of(store, "04:00:00", "04:02:00")
    found = await frames_of(store, start, "04:01:08")
    assert found == everything[-len(found) :]


async def test_of_what_is_not_understood_there_is_the_name_alone() -> None:
    store, stream = MemoryStore(), STREAMS["30"]
    segments = put_stream(store, stream, us("04:00:10"))
    damage(store, segments[1], b"damaged")
    odd = put(store, b"no MPEG-TS" * 50, start_us=us("04:00:15"))
    found = await frames_of(store, "04:00:10", "04:00:17")
    assert [frames.path for frames in found] == [segment.path for segment in [*segments, odd]]
    assert [frames.start_us is None for frames in found] == [False, True, False, False, False, True]
    assert [len(frames.offsets_us) for frames in found] == [30, 0, 30, 30, 30, 0]
    assert times_us(found[2])[0] == us("04:00:12")


async def test_a_failing_disk_and_bad_names_are_said() -> None:
    store, stream = MemoryStore(), STREAMS["30"]
    put_stream(store, stream, us("04:00:10"))
    times = StoredFrameTimes(store, Insides(store))
    with pytest.raises(InvalidName):
        await times.frame_times("..", "source", start_us=0, end_us=1)
    assert await times.frame_times("other", "source", start_us=0, end_us=1) == []
    store.disk.trouble = "no disk"
    with pytest.raises(StoreUnavailable, match="no disk"):
        await frames_of(store, "04:00:10", "04:00:17")
