"""Encodes the generated live stream: segments of two seconds, H.264 and AAC in MPEG-TS, in several sizes at once.

Everything follows from frame numbers. Frame ``n`` shows at ``n / fps`` seconds since the Unix epoch (``testcard``)
and has the timestamp ``n * 90000 / fps`` modulo 2^33; the sound lies on the same clock. So timestamps go on over
segments, gaps and restarts, and what any cut should show and sound like is known without keeping anything.

Each segment begins with tables and an IDR picture with its parameter sets, holds ``2 * fps`` frames, and decodes
alone; consecutive segments joined decode as one stream. Each is coded by a video encoder of its own (closed GOP, constant
quality), the sound by one that runs on. It runs as fast as the processor goes: pacing is ``services.teststream``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from longtake.adapters.teststream.mux import (
    CLOCK_HZ,
    WRAP,
    CodedUnit,
    ContinuityCounters,
    mux_segment,
)
from longtake.adapters.teststream.sound import SAMPLE_RATE_HZ, TickSound
from longtake.adapters.teststream.testcard import TestCard

SEGMENT_S = 2
_TICKS_PER_SAMPLE = Fraction(CLOCK_HZ, SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRendition:
    """One size of the stream and how it is coded.

    ``quality`` is x264's CRF; ``grain`` the noise in the picture (``testcard``), which is what most of the bits are for;
    ``max_rate`` (bit/s) holds the peaks.
    """

    __test__ = False  # pytest would take the name for a test class

    name: str
    width: int
    height: int
    quality: float
    grain: float
    max_rate: int
    preset: str = "ultrafast"


SOURCE = TestRendition(name="source", width=1280, height=720, quality=24, grain=2.6, max_rate=3_600_000)
SMALL = TestRendition(name="360p", width=640, height=360, quality=27, grain=2.0, max_rate=1_000_000)
RENDITIONS = (SOURCE, SMALL)


class TestStreamEncoder:
    """Encodes aligned segments of all renditions. Not for several threads at once.

    :param fps: a divisor of 90,000 and of 48,000: 24, 25, 30, 50, 60.
    :param b_frames: B-frames between two references; with some, DTS and PTS differ.
    """

    __test__ = False  # pytest would take the name for a test class

    def __init__(
        self, renditions: Sequence[TestRendition] = RENDITIONS, *, fps: int = 30, b_frames: int = 0
    ) -> None:
        if fps < 1 or CLOCK_HZ % fps or SAMPLE_RATE_HZ % fps:
            raise ValueError(f"frames of {fps} per second do not fall on whole ticks and samples")
        self._fps, self._b_frames = fps, b_frames
        self._sound = TickSound()
        self._lanes = [
            (item, TestCard(item.width, item.height, fps, grain=item.grain), ContinuityCounters())
            for item in renditions
        ]

    @property
    def frames_per_segment(self) -> int:
        """How many frames each segment holds."""
        return SEGMENT_S * self._fps

    def encode(self, first_frame: int) -> list[bytes]:
        """The segment that begins with a frame, as MPEG-TS, once per rendition in their order."""
        audio = self._audio(first_frame)
        segments = []
        for rendition, card, counters in self._lanes:
            video = self._video(rendition, card, first_frame)
            segment = mux_segment(video, audio, size=(rendition.width, rendition.height), fps=self._fps)
            counters.run_on(segment)
            segments.append(bytes(segment))
        return segments

    def _audio(self, first_frame: int) -> list[CodedUnit]:
        samples_per_frame = SAMPLE_RATE_HZ // self._fps
        start = first_frame * samples_per_frame
        shift = self._shift(first_frame)
        units = []
        for frame in self._sound.encode(start, start + self.frames_per_segment * samples_per_frame):
            pts = int(frame.sample * _TICKS_PER_SAMPLE) - shift
            units.append(CodedUnit(pts=pts, dts=pts, data=frame.data))
        return units

    def _video(self, rendition: TestRendition, card: TestCard, first_frame: int) -> list[CodedUnit]:
        encoder = _open_x264(rendition, self._fps, self._b_frames)
        ticks, shift = CLOCK_HZ // self._fps, self._shift(first_frame)
        packets = []
        for number in range(first_frame, first_frame + self.frames_per_segment):
            frame = av.VideoFrame.from_ndarray(card.draw(number).buffer, format="yuv420p")
            frame.time_base = Fraction(1, CLOCK_HZ)
            frame.pts = number * ticks - shift
            packets += encoder.encode(frame)
        packets += encoder.encode(None)
        return [
            CodedUnit(pts=packet.pts, dts=packet.dts, data=bytes(packet), keyframe=packet.is_keyframe)
            for packet in packets
            if packet.pts is not None and packet.dts is not None
        ]

    def _shift(self, first_frame: int) -> int:
        """What to take from ticks since the epoch for a segment's timestamps: whole turns of the 33 bits, but one.

        One turn is left so that nothing is negative, which the muxer would move; it writes 33 bits only.
        """
        return (first_frame * (CLOCK_HZ // self._fps) // WRAP - 1) * WRAP


def encode_segments(
    first_frame: int, count: int, *, size: tuple[int, int] = (1280, 720), fps: int = 30, b_frames: int = 0
) -> list[bytes]:
    """Consecutive segments of one size as MPEG-TS, as fast as the processor goes; ``first_frame`` may be any.

    Segment ``i`` holds the frames ``[first_frame + 2 fps i, first_frame + 2 fps (i + 1))``.
    """
    like = min(RENDITIONS, key=lambda rendition: abs(rendition.width - size[0]))
    rendition = TestRendition(
        name=f"{size[1]}p",
        width=size[0],
        height=size[1],
        quality=like.quality,
        grain=like.grain,
        max_rate=like.max_rate,
        preset=like.preset,
    )
    encoder = TestStreamEncoder((rendition,), fps=fps, b_frames=b_frames)
    step = encoder.frames_per_segment
    return [encoder.encode(first_frame + index * step)[0] for index in range(count)]


def segment_codecs(segment: bytes) -> str:
    """The CODECS attribute (RFC 6381) of a segment of ours: from its first sequence parameter set, and AAC LC."""
    marker = segment.find(b"\x00\x00\x01\x67")
    if marker < 0:
        raise ValueError("the segment holds no sequence parameter set")
    return f"avc1.{segment[marker + 4 : marker + 7].hex()},mp4a.40.2"


def _open_x264(rendition: TestRendition, fps: int, b_frames: int) -> VideoCodecContext:
    gop = SEGMENT_S * fps
    parameters = {
        "keyint": gop,
        "min-keyint": gop,
        "scenecut": 0,
        "open-gop": 0,
        "repeat-headers": 1,
        "bframes": b_frames,
        "vbv-maxrate": rendition.max_rate // 1000,
        "vbv-bufsize": rendition.max_rate // 1000,
        "colorprim": "bt709",
        "transfer": "bt709",
        "colormatrix": "bt709",
    }
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = rendition.width, rendition.height, "yuv420p"
    codec.time_base = Fraction(1, CLOCK_HZ)
    codec.framerate = Fraction(fps)
    codec.thread_count = 1  # one thread per segment: the worker decides how much runs at once
    codec.options = {
        "preset": rendition.preset,
        "crf": str(rendition.quality),
        "x264-params": ":".join(f"{key}={value}" for key, value in parameters.items()),
    }
    return codec
