"""The encoded test stream: every frame in its place, sound with the picture, segments that stand alone and join."""

import io
import re
from dataclasses import dataclass, field

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from longtake.adapters.teststream.encoder import (
    RENDITIONS,
    TestStreamEncoder,
    encode_segments,
    segment_codecs,
)
from longtake.adapters.teststream.mux import CLOCK_HZ, WRAP, ContinuityCounters
from longtake.adapters.teststream.sound import (
    AAC_FRAME_SAMPLES,
    SAMPLE_RATE_HZ,
    TickSound,
    one_second,
    tick_onsets,
)
from longtake.adapters.teststream.testcard import flash_level, read_frame_number

FPS = 30
SEGMENT_FRAMES = 60
FIRST = 1_795_493_764 * FPS
COUNT = 3
SMALL = (320, 180)


@dataclass
class Decoded:
    """What came out of a decoder: pts in 90 kHz ticks, and what the pictures and the sound say."""

    pts: list[int] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    flashes: list[float] = field(default_factory=list)
    keyframes: list[bool] = field(default_factory=list)
    packet_dts: list[int] = field(default_factory=list)
    audio_pts: list[int] = field(default_factory=list)
    sound: list[NDArray[np.float32]] = field(default_factory=list)

    def tick_times(self) -> list[float]:
        onsets = tick_onsets(np.concatenate(self.sound, axis=1))
        return [self.audio_pts[0] / CLOCK_HZ + onset / SAMPLE_RATE_HZ for onset in onsets]

    def flash_times(self) -> list[float]:
        lit = [level > 0.5 for level in self.flashes]
        return [
            pts / CLOCK_HZ
            for pts, on, before in zip(self.pts, lit, [False, *lit[:-1]], strict=True)
            if on and not before
        ]


def decode(data: bytes) -> Decoded:
    """Decode everything; damage is an error."""
    decoded = Decoded()
    with av.open(io.BytesIO(data), "r") as container:
        for stream in container.streams:
            stream.codec_context.options = {"err_detect": "explode"}
        for packet in container.demux():
            assert not packet.is_corrupt
            if packet.stream.type == "video" and packet.dts is not None:
                decoded.packet_dts.append(packet.dts)
            assert packet.stream.type in ("video", "audio")
            for frame in packet.decode():
                assert isinstance(frame, av.VideoFrame | av.AudioFrame)
                assert frame.pts is not None
                if isinstance(frame, av.VideoFrame):
                    luma = np.asarray(frame.to_ndarray(), np.uint8)[: frame.height]
                    decoded.pts.append(frame.pts)
                    decoded.numbers.append(read_frame_number(luma))
                    decoded.flashes.append(flash_level(luma))
                    decoded.keyframes.append(frame.key_frame)
                else:
                    decoded.audio_pts.append(frame.pts)
                    decoded.sound.append(np.asarray(frame.to_ndarray(), np.float32))
    return decoded


def decode_without_warnings(data: bytes) -> Decoded:
    before = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture(local=False) as lines:
            decoded = decode(data)
    finally:
        av.logging.set_level(before)
    assert lines == []
    return decoded


@pytest.fixture(scope="module")
def stream() -> list[list[bytes]]:
    """Three segments of both renditions, as [segment][rendition]."""
    encoder = TestStreamEncoder()
    return [encoder.encode(FIRST + index * SEGMENT_FRAMES) for index in range(COUNT)]


@pytest.fixture(scope="module", params=range(len(RENDITIONS)), ids=[item.name for item in RENDITIONS])
def segments(request: pytest.FixtureRequest, stream: list[list[bytes]]) -> list[bytes]:
    return [bodies[request.param] for bodies in stream]


@pytest.fixture(scope="module")
def joined(segments: list[bytes]) -> Decoded:
    return decode_without_warnings(b"".join(segments))


def packets(segment: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(segment, np.uint8).reshape(-1, 188)


def pids(segment: bytes) -> NDArray[np.int64]:
    rows = packets(segment).astype(np.int64)
    return (rows[:, 1] & 0x1F) << 8 | rows[:, 2]


def nal_types(segment: bytes) -> list[int]:
    """The kinds of NAL units (H.264 table 7-1) in the first picture."""
    with av.open(io.BytesIO(segment), "r") as container:
        picture = bytes(next(container.demux(video=0)))
    return [match[1][0] & 0x1F for match in re.finditer(rb"\x00\x00\x01(.)", picture, re.DOTALL)]


def test_joined_segments_decode_without_a_warning_to_consecutive_frames(joined: Decoded) -> None:
    assert joined.numbers == list(range(FIRST, FIRST + COUNT * SEGMENT_FRAMES))


def test_timestamps_follow_from_the_frame_numbers(joined: Decoded) -> None:
    assert joined.pts == [(FIRST + index) * 3000 % WRAP for index in range(COUNT * SEGMENT_FRAMES)]
    assert joined.packet_dts == joined.pts
    assert set(np.diff(joined.audio_pts).tolist()) == {AAC_FRAME_SAMPLES * CLOCK_HZ // SAMPLE_RATE_HZ}
    assert 0 <= joined.audio_pts[0] - joined.pts[0] < 1920


def test_flash_and_tick_coincide_at_each_full_second(joined: Decoded) -> None:
    flashes, ticks = joined.flash_times(), joined.tick_times()
    assert len(flashes) == 2 * COUNT
    # The first tick may have begun in the sound frame before the segment; the last sound frame may reach into the
    # second after it, and have a tick more.
    assert ticks[1 : len(flashes)] == pytest.approx(flashes[1:], abs=0.003)
    assert ticks[0] == pytest.approx(flashes[0], abs=0.022)


def test_each_segment_decodes_alone_and_begins_with_a_keyframe(segments: list[bytes]) -> None:
    for index, segment in enumerate(segments):
        decoded = decode_without_warnings(segment)
        start = FIRST + index * SEGMENT_FRAMES
        assert decoded.numbers == list(range(start, start + SEGMENT_FRAMES))
        assert decoded.keyframes == [True] + [False] * (SEGMENT_FRAMES - 1)


def test_each_segment_begins_with_tables_parameter_sets_and_an_idr_picture(segments: list[bytes]) -> None:
    for segment in segments:
        order = pids(segment).tolist()
        assert {0x0000, 0x1000} <= set(order[: order.index(0x100)])
        delimiter, sps, pps, sei, idr = 9, 7, 8, 6, 5
        assert nal_types(segment)[:5] == [delimiter, sps, pps, sei, idr]


def test_continuity_counters_run_on_over_segments(segments: list[bytes]) -> None:
    whole = b"".join(segments)
    rows, ids = packets(whole), pids(whole)
    assert (rows[:, 0] == 0x47).all()
    for pid in np.unique(ids):
        counters = rows[(ids == pid) & (rows[:, 3] & 0x10 != 0), 3] & 0x0F
        assert (np.diff(counters.astype(int)) % 16 == 1).all()


def test_sizes_are_those_of_the_field(stream: list[list[bytes]]) -> None:
    source, small = (np.mean([len(bodies[index]) for bodies in stream]) for index in (0, 1))
    assert 500_000 < source < 850_000
    assert 100_000 < small < 220_000


def test_codecs_are_read_from_the_stream(stream: list[list[bytes]]) -> None:
    assert [segment_codecs(body) for body in stream[0]] == ["avc1.42c01f,mp4a.40.2", "avc1.42c01e,mp4a.40.2"]
    with pytest.raises(ValueError, match="parameter set"):
        segment_codecs(b"nothing")


def test_b_frames_reorder_within_the_segment_and_join_too() -> None:
    decoded = decode_without_warnings(b"".join(encode_segments(FIRST, 2, size=SMALL, b_frames=2)))
    assert decoded.numbers == list(range(FIRST, FIRST + 2 * SEGMENT_FRAMES))
    assert set(np.diff(decoded.packet_dts).tolist()) == {3000}
    assert decoded.packet_dts != decoded.pts


def test_segments_may_begin_at_any_frame_and_have_another_rate() -> None:
    first = FIRST // FPS * 50 + 17
    decoded = decode_without_warnings(b"".join(encode_segments(first, 2, size=SMALL, fps=50)))
    assert decoded.numbers == list(range(first, first + 200))
    assert decoded.tick_times()[-3:] == pytest.approx(decoded.flash_times()[-3:], abs=0.003)


def test_timestamps_wrap_at_33_bits_within_a_segment() -> None:
    first = (7 * WRAP) // 3000 - 20
    segment = encode_segments(first, 1, size=SMALL)[0]
    decoded = decode_without_warnings(segment)
    assert decoded.numbers == list(range(first, first + SEGMENT_FRAMES))
    assert (decoded.pts[0] - first * 3000) % WRAP == 0
    assert set(np.diff(decoded.pts).tolist()) == {3000}


def test_the_same_segment_is_the_same_pictures_after_a_restart() -> None:
    once, again = (encode_segments(FIRST, 1, size=SMALL)[0] for _ in range(2))
    assert once == again


@pytest.mark.parametrize("fps", [0, 7, 29])
def test_rates_that_do_not_fall_on_ticks_are_refused(fps: int) -> None:
    with pytest.raises(ValueError, match="ticks"):
        TestStreamEncoder(fps=fps)


def test_sound_frames_lie_on_the_grid_of_the_epoch_without_gap_or_overlap() -> None:
    sound = TickSound()
    start = 96_000 * 1_000_000 + 96_000
    frames = [
        frame
        for index in range(4)
        for frame in sound.encode(start + index * 96_000, start + (index + 1) * 96_000)
    ]
    samples = [frame.sample for frame in frames]
    assert samples == list(range(-(-start // 1024) * 1024, start + 4 * 96_000, 1024))


def test_sound_goes_on_after_a_jump() -> None:
    sound = TickSound()
    sound.encode(0, 96_000)
    later = sound.encode(960_000, 1_056_000)
    assert later[0].sample == 960_512
    assert later[-1].sample < 1_056_000 <= later[-1].sample + 1024


def test_ticks_are_found_where_they_begin() -> None:
    assert tick_onsets(np.tile(one_second(), (1, 3))) == pytest.approx([0, 48_000, 96_000], abs=3)
    assert tick_onsets(np.zeros((2, 1000), np.float32)) == []


def test_a_packet_without_payload_repeats_the_counter() -> None:
    def packet(pid: int, control: int) -> bytes:
        return bytes([0x47, pid >> 8, pid & 0xFF, control]) + bytes(184)

    counters = ContinuityCounters()
    written = []
    for _ in range(2):
        segment = bytearray(
            packet(256, 0x10) + packet(256, 0x30) + packet(256, 0x20) + packet(17, 0x10) + packet(256, 0x10)
        )
        counters.run_on(segment)
        written += [segment[offset + 3] for offset in range(0, len(segment), 188)]
    assert written == [0x10, 0x31, 0x21, 0x10, 0x12, 0x13, 0x34, 0x24, 0x11, 0x15]
