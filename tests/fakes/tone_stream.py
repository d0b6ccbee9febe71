"""A recorded stream for cuts: frames that carry their number, a steady tone for each channel, any rate and GOP.

Made by PyAV as segments of MPEG-TS: H.264 with closed GOPs, AAC, timestamps that begin wherever a test wants, also just
before a wrap of their 33 bits. Frame ``n`` counts from 0.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from longtake.adapters.teststream.marks import read_frame_number
from longtake.adapters.teststream.testcard import TestCard
from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP
from longtake.core.segments import Segment, SegmentType, named_segment

_PERIODS_PER_FRAME = (10, 21)
"""Of the tones of both channels in 1024 samples: whole ones, so that a tone goes on where whole sound frames are left
out."""
LEVEL = 0.25
SIZE = (320, 180)
_MUXER = {"mpegts_copyts": "1", "max_delay": "100000"}


@dataclass(frozen=True, kw_only=True)
class ToneStream:
    """What is to be made. ``gop`` and ``segment_frames`` are counted in frames: one a multiple of the other.

    Frames that are ``lost`` are never coded, though time goes on. With ``noise`` no two stretches of the sound are alike;
    tones are the same in every sound frame. Without ``channels`` there is no sound at all. With ``open_gop`` only the
    first key frame is an IDR: B-frames before the others refer over them.
    """

    rate: Fraction = Fraction(30)
    gop: int = 60
    segment_frames: int = 60
    segments: int = 4
    b_frames: int = 0
    channels: int = 2
    sample_rate: int = 48_000
    first_pts: int = 90_000
    lost: frozenset[int] = frozenset()
    noise: bool = False
    sound_from_s: float = 0
    size: tuple[int, int] = SIZE
    aspect: Fraction = Fraction(1)
    open_gop: bool = False
    start_pid: int = 0x100
    preset: str = "ultrafast"
    crf: int = 26
    x264: str = "colorprim=bt709:transfer=bt709:colormatrix=bt709"
    pixels: str = "yuv420p"

    @property
    def frame_ticks(self) -> Fraction:
        """Of 90 kHz."""
        return CLOCK_HZ / self.rate

    @property
    def frames(self) -> int:
        """In all."""
        return self.segments * self.segment_frames

    @property
    def numbers(self) -> list[int]:
        """Of all frames that there are."""
        return [number for number in range(self.frames) if number not in self.lost]

    def pts(self, number: int) -> int:
        """Of a frame, not wrapped."""
        return self.first_pts + round(number * self.frame_ticks)

    def time_us(self, number: int, start_us: int) -> int:
        """Of a frame, if the first shows at ``start_us``."""
        return start_us + round((self.pts(number) - self.first_pts) * Fraction(100, 9))

    def tone(self, first: int, count: int, channel: int) -> NDArray[np.float32]:
        """Samples of a channel; sample 0 shows with frame 0."""
        periods = (first + np.arange(count)) * (_PERIODS_PER_FRAME[channel] / 1024)
        samples: NDArray[np.float32] = (LEVEL * np.sin(2 * np.pi * periods)).astype(np.float32)
        return samples

    def samples(self, first: int, count: int, channel: int) -> NDArray[np.float32]:
        """What is coded: tones, or noise."""
        return _noise(channel)[first : first + count] if self.noise else self.tone(first, count, channel)


@lru_cache(maxsize=2)
def _noise(channel: int) -> NDArray[np.float32]:
    """Two minutes, soft enough at high frequencies for a steady bitrate."""
    white = np.random.default_rng(channel).normal(0, 1, 120 * 48_000)
    soft = np.convolve(white, np.hanning(64) / 32, "same")
    return np.asarray(0.3 * soft / np.abs(soft).max(), np.float32)


@lru_cache(maxsize=64)
def made(stream: ToneStream) -> tuple[bytes, ...]:
    """The segments."""
    video, audio = _coded_video(stream), _coded_audio(stream) if stream.channels else []
    length = stream.segment_frames * stream.frame_ticks
    segments = []
    for at in range(stream.segments):
        begin = stream.first_pts + at * length
        end = begin + length
        pictures = video[_coded_before(stream, at) : _coded_before(stream, at + 1)]
        sound = [unit for unit in audio if (begin <= unit[0] or at == 0) and unit[0] < end]
        segments.append(_muxed(stream, pictures, sound))
    return tuple(segments)


def _coded_before(stream: ToneStream, segment: int) -> int:
    """How many pictures are in the segments before one."""
    return sum(number < segment * stream.segment_frames for number in stream.numbers)


def recorded(stream: ToneStream, folder: Path, start_us: int) -> tuple[Segment, ...]:
    """The segments as files below a quality's folder."""
    found = []
    for content in made(stream):
        # A name tells of the first frame in the order of decoding, which may show later than others of its segment.
        with av.open(io.BytesIO(content), "r") as container:
            pts = next(iter(container.demux(video=0))).pts
        assert pts is not None
        found.append(
            stored(
                content,
                folder,
                start_us=start_us + round((pts - stream.first_pts) % WRAP * Fraction(100, 9)),
                duration_s=round(float(stream.segment_frames / stream.rate), 6),
            )
        )
    return tuple(found)


def stored(content: bytes, folder: Path, *, start_us: int, duration_s: float) -> Segment:
    """Any content as a segment."""
    digest = hashlib.sha256(content).digest()
    segment = named_segment(start_us=start_us, duration_s=duration_s, type=SegmentType.FULL, digest=digest)
    path = folder / segment.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return segment


def frame_numbers(content: bytes) -> list[tuple[int, int | None]]:
    """(PTS in ticks, number in the picture) of every frame that a file decodes to."""
    with av.open(io.BytesIO(content), "r") as container:
        return [
            (
                round(_time(frame) * CLOCK_HZ),
                read_frame_number(frame.to_ndarray(format="gray").astype(np.uint8)),
            )
            for frame in container.decode(video=0)
        ]


def sound_of(content: bytes) -> list[tuple[Fraction, NDArray[np.float32]]]:
    """(time in seconds, samples by channel) of every sound frame that a file decodes to."""
    with av.open(io.BytesIO(content), "r") as container:
        return [(_time(frame), frame.to_ndarray().astype(np.float32)) for frame in container.decode(audio=0)]


def _time(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base


def _coded_video(stream: ToneStream) -> list[tuple[int, int, bytes, bool]]:
    """(pts, dts, data, keyframe) in the order of decoding."""
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = *stream.size, stream.pixels
    codec.time_base, codec.framerate = Fraction(1, CLOCK_HZ), stream.rate
    codec.sample_aspect_ratio = stream.aspect
    codec.thread_count = 1
    gop = f"keyint={stream.gop}:min-keyint={stream.gop}:open-gop=1" if stream.open_gop else "keyint=infinite"
    parameters = f"{gop}:force-cfr=1:scenecut=0:repeat-headers=1:bframes={stream.b_frames}:{stream.x264}"
    codec.options = {
        "preset": stream.preset,
        "crf": str(stream.crf),
        "forced-idr": "1",
        "x264-params": parameters,
    }
    packets = []
    group = -1
    for number in stream.numbers:
        frame = av.VideoFrame.from_ndarray(_drawn(stream.size, number), format="yuv420p")
        if stream.pixels != "yuv420p":
            frame = frame.reformat(format=stream.pixels)
        frame.time_base, frame.pts = Fraction(1, CLOCK_HZ), stream.pts(number)
        is_first = number // stream.gop != group and not stream.open_gop
        frame.pict_type = PictureType.I if is_first else PictureType.NONE
        group = number // stream.gop
        packets += codec.encode(frame)
    packets += codec.encode(None)
    return [
        (packet.pts, packet.dts, bytes(packet), packet.is_keyframe)
        for packet in packets
        if packet.pts is not None and packet.dts is not None
    ]


@lru_cache(maxsize=1000)
def _drawn(size: tuple[int, int], number: int) -> NDArray[np.uint8]:
    return _card(size).draw(number).buffer.copy()


@lru_cache(maxsize=8)
def _card(size: tuple[int, int]) -> TestCard:
    return TestCard(*size, 30, grain=1.0)


def _coded_audio(stream: ToneStream) -> list[tuple[int, bytes]]:
    """(pts, data), from one encoder that runs on; the first frame is its priming."""
    codec = av.CodecContext.create("aac", "w")
    codec.sample_rate, codec.format = stream.sample_rate, "fltp"
    codec.layout = "stereo" if stream.channels == 2 else "mono"
    codec.bit_rate, codec.time_base = 96_000 * stream.channels, Fraction(1, stream.sample_rate)
    # With noise substitution a decoder makes up noise, which depends on all that it decoded before.
    codec.options = {"aac_pns": "0"}
    samples = round(stream.frames / stream.rate * stream.sample_rate) + 2048
    packets = []
    for first in range(0, samples, 1024):
        block = np.stack([stream.samples(first, 1024, channel) for channel in range(stream.channels)])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=codec.layout.name)
        frame.sample_rate, frame.time_base, frame.pts = stream.sample_rate, codec.time_base, first
        packets += codec.encode(frame)
    packets += codec.encode(None)
    ticks = Fraction(CLOCK_HZ, stream.sample_rate)
    return [
        (stream.first_pts + round(packet.pts * ticks), _adts_header(stream, packet.size) + bytes(packet))
        for packet in packets
        if packet.pts is not None and packet.pts >= stream.sound_from_s * stream.sample_rate - 1024
    ]


def _adts_header(stream: ToneStream, raw_bytes: int) -> bytes:
    """Seven bytes, bit by bit as ISO/IEC 14496-3 has them: AAC LC, no checksum, fullness of the buffer unknown."""
    rate_index = {48_000: 3, 44_100: 4}[stream.sample_rate]
    bits = "111111111111000101" + f"{rate_index:04b}" + "0" + f"{stream.channels:03b}" + "0000"
    bits += f"{raw_bytes + 7:013b}" + "11111111111" + "00"
    return int(bits, 2).to_bytes(7, "big")


def _muxed(
    stream: ToneStream, video: list[tuple[int, int, bytes, bool]], audio: list[tuple[int, bytes]]
) -> bytes:
    output = io.BytesIO()
    options = _MUXER | {"mpegts_start_pid": str(stream.start_pid)}
    with av.open(output, "w", format="mpegts", container_options=options) as container:
        pictures = container.add_mux_stream(
            "h264", rate=stream.rate, width=stream.size[0], height=stream.size[1]
        )
        units = [(dts, pictures, pts, data, key) for pts, dts, data, key in video]
        if stream.channels:
            sound = container.add_mux_stream("aac", rate=stream.sample_rate)
            units += [(pts, sound, pts, data, True) for pts, data in audio]
        for dts, target, pts, data, key in sorted(units, key=lambda unit: unit[0]):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = target, Fraction(1, CLOCK_HZ), key
            packet.pts, packet.dts = pts, dts
            container.mux(packet)
    return output.getvalue()


def just_before_wrap(seconds: float) -> int:
    """A first PTS so that the wrap comes after so much time."""
    return WRAP - round(seconds * CLOCK_HZ)
