"""What is coded anew: as good as the source's pictures, not much larger, and coded in the same way."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.fakes.smart_cuts import START_US, MadeCut, Recording, between, cut, recording_of
from tests.fakes.strict_reading import decoded_video, no_complaints, strictly_read
from tests.fakes.tone_stream import ToneStream, made, stored

from longtake.adapters.media.decoding import CodedPicture, decoded, open_decoder
from longtake.core.cutting import CutContainer, Reencode
from longtake.core.errors import NotUnderstood
from longtake.core.h264 import ParameterSets, parameter_sets
from longtake.core.mpegts.scan import scan_segment

PLAIN = ToneStream()
SOURCES = {
    "fast and plain": PLAIN,
    "fast with B-frames": replace(PLAIN, b_frames=3),
    "slow and thrifty": replace(PLAIN, b_frames=3, preset="medium", crf=20),
    "29.97 fps": replace(PLAIN, rate=Fraction(30_000, 1001), b_frames=3),
}
MARKS = [(7, 180), (30, 180), (55, 180), (59, 180), (60, 100), (65, 115), (100, 100)]
LEAST_SSIM = 0.985


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What was coded anew: its frames at the source, how large these are there and here, and the SSIM of each."""

    first: int
    frames: int
    source_bytes: int
    bytes: int
    ssim: list[float]


@pytest.fixture(scope="module", params=SOURCES.values(), ids=list(SOURCES))
def source(request: pytest.FixtureRequest) -> ToneStream:
    found: ToneStream = request.param
    return found


@pytest.fixture(scope="module")
def recording(source: ToneStream, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(source, tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module")
def stretches(source: ToneStream, recording: Recording) -> list[Stretch]:
    coded = coded_pictures_of(source)
    originals = list(decoded(open_decoder(), coded))
    sizes = [len(picture.data) for picture in sorted(coded, key=lambda picture: picture.pts)]
    return [
        stretch
        for marks in MARKS
        for stretch in stretches_of(cut(recording, between(source, *marks)), source, originals, sizes)
    ]


def coded_pictures_of(source: ToneStream) -> list[CodedPicture]:
    scans = [scan_segment(content) for content in made(source)]
    return [
        CodedPicture(
            pts=int(scanned.video.pts[at]), dts=int(scanned.video.dts[at]), data=scanned.video.content(at)
        )
        for scanned in scans
        for at in range(len(scanned.video))
    ]


def stretches_of(
    made_cut: MadeCut, source: ToneStream, originals: Sequence[av.VideoFrame], sizes: Sequence[int]
) -> Iterator[Stretch]:
    numbers = strictly_read(made_cut.content).numbers
    frames = list(decoded_video(made_cut.content))
    with av.open(io.BytesIO(made_cut.content), "r") as container:
        packets = sorted((packet.pts or 0, packet.size) for packet in container.demux(video=0) if packet.size)
    for piece in made_cut.plan.runs[0].pieces:
        if isinstance(piece, Reencode):
            first = round((piece.first_pts - source.first_pts) / source.frame_ticks)
            place = numbers.index(first)
            here = slice(place, place + piece.frames)
            yield Stretch(
                first=first,
                frames=piece.frames,
                source_bytes=sum(sizes[first : first + piece.frames]),
                bytes=sum(size for _, size in packets[here]),
                ssim=similarity(originals[first : first + piece.frames], frames[here]),
            )


def similarity(originals: Sequence[av.VideoFrame], frames: Sequence[av.VideoFrame]) -> list[float]:
    """By ffmpeg's filter of that name: over all planes, frame by frame."""
    graph = av.filter.Graph()
    shape = originals[0]
    ssim, sink = graph.add("ssim"), graph.add("buffersink")
    inputs = [
        graph.add_buffer(
            width=shape.width, height=shape.height, format=shape.format, time_base=Fraction(1, 30)
        )
        for _ in range(2)
    ]
    for at, each in enumerate(inputs):
        each.link_to(ssim, 0, at)
    ssim.link_to(sink)
    graph.configure()
    found = []
    for number, pair in enumerate(zip(originals, frames, strict=True)):
        for each, frame in zip(inputs, pair, strict=True):
            plain = av.VideoFrame.from_ndarray(frame.to_ndarray(), format=frame.format.name)
            plain.pts, plain.time_base = number, Fraction(1, 30)
            each.push(plain)
        compared = sink.pull()
        found.append(float(compared.metadata["lavfi.ssim.All"]))
    return found


def test_there_are_short_and_long_stretches(stretches: list[Stretch]) -> None:
    lengths = {stretch.frames for stretch in stretches}
    assert {1, 5, 30, 53} <= lengths


def test_every_picture_is_as_the_sources(stretches: list[Stretch]) -> None:
    worst = {(stretch.first, stretch.frames): min(stretch.ssim) for stretch in stretches}
    assert min(worst.values()) >= LEAST_SSIM, worst


def test_a_second_and_more_takes_no_more_than_three_times_the_sources_bytes(
    stretches: list[Stretch],
) -> None:
    ratios = [stretch.bytes / stretch.source_bytes for stretch in stretches if stretch.frames >= 29]
    assert max(ratios) <= 3


def test_less_than_that_takes_no_more_than_a_key_frame_in_addition(
    stretches: list[Stretch], source: ToneStream
) -> None:
    """A few pictures of a source may be hundreds of bytes; what begins anew must begin with a key frame."""
    key_frame = len(coded_pictures_of(source)[0].data)
    for stretch in stretches:
        assert stretch.bytes <= 3 * stretch.source_bytes + 1.25 * key_frame


CODINGS = {
    "constrained baseline": (ToneStream(segments=2), {}),
    "main": (ToneStream(segments=2, b_frames=3), {}),
    "high": (ToneStream(segments=2, b_frames=3, preset="veryfast"), {}),
    "narrow samples": (
        ToneStream(segments=2, b_frames=3, preset="veryfast", size=(256, 144), aspect=Fraction(4, 3)),
        {"sample_aspect_ratio": Fraction(4, 3)},
    ),
    "SD colours, 25 fps": (
        ToneStream(
            segments=2,
            rate=Fraction(25),
            gop=50,
            segment_frames=50,
            x264="colorprim=bt470bg:transfer=smpte170m:colormatrix=bt470bg",
        ),
        {"framerate": Fraction(25), "color_primaries": 5, "color_trc": 6, "colorspace": 5},
    ),
    "full range, 29.97 fps": (
        ToneStream(
            segments=2,
            rate=Fraction(30_000, 1001),
            x264="fullrange=on:colorprim=bt709:transfer=iec61966-2-1:colormatrix=bt709",
        ),
        {"framerate": Fraction(30_000, 1001), "color_range": 2, "color_trc": 13},
    ),
    "nothing said of colours": (
        ToneStream(segments=2, x264="keyint=infinite"),
        {"color_primaries": 2, "color_range": 0},
    ),
    "60 fps, level 4.1": (
        ToneStream(
            segments=2, rate=Fraction(60), gop=120, segment_frames=120, preset="veryfast", x264="level=4.1"
        ),
        {"framerate": Fraction(60)},
    ),
    "high 4:2:2": (ToneStream(segments=2, preset="veryfast", pixels="yuv422p"), {"pix_fmt": "yuv422p"}),
    "ten bits": (ToneStream(segments=2, preset="veryfast", pixels="yuv420p10le"), {"pix_fmt": "yuv420p10le"}),
}


@pytest.mark.parametrize(("source", "expected"), CODINGS.values(), ids=list(CODINGS))
def test_coded_as_the_source_is(source: ToneStream, expected: dict[str, object], tmp_path: Path) -> None:
    recording = recording_of(source, tmp_path)
    made_cut = cut(recording, between(source, 7, source.segment_frames + 20))
    scanned = scan_segment(made_cut.content)
    entries = [scanned.video.content(at) for at in scanned.idr.nonzero()[0].tolist()]
    anew, copied = parameter_sets(entries[0]), parameter_sets(entries[1])
    assert profile_and_level(anew) == profile_and_level(copied)
    assert described(entries[0]) == described(entries[1])
    assert described(entries[0]).items() >= expected.items()


def profile_and_level(sets: ParameterSets) -> tuple[int, int]:
    return sets.sequence[0][1], sets.sequence[0][3]


def described(entry: bytes) -> dict[str, object]:
    """What ffmpeg reads in the parameter sets of a key frame."""
    names = ("width", "height", "pix_fmt", "profile", "level", "framerate", "sample_aspect_ratio")
    colours = ("color_primaries", "color_trc", "colorspace", "color_range")
    with av.open(io.BytesIO(entry), "r", format="h264") as container:
        context = container.streams.video[0].codec_context
        return {name: getattr(context, name) for name in names + colours}


@pytest.mark.parametrize("container", [CutContainer.TS, CutContainer.MP4])
def test_a_source_that_uses_many_ids_for_its_parameter_sets(container: CutContainer, tmp_path: Path) -> None:
    """The ids of what is coded anew must be others, or one header could not hold both."""
    source = replace(PLAIN, segments=2, x264="sps-id=5")
    made_cut = cut(recording_of(source, tmp_path), between(source, 7, 100), container=container)
    assert strictly_read(made_cut.content).numbers == list(range(7, 101))


def test_interlaced_pictures_are_refused_in_words(tmp_path: Path) -> None:
    fields = replace(PLAIN, segments=2, preset="veryfast", x264="interlaced=1")
    recording = Recording(
        folder=tmp_path,
        segments=tuple(
            stored(content, tmp_path, start_us=START_US + at * 2_000_000, duration_s=2.0)
            for at, content in enumerate(made(fields))
        ),
    )
    with pytest.raises(NotUnderstood, match=r"interlaced.*rough cut"):
        cut(recording, between(fields, 7, 100))


def test_no_library_complains_meanwhile(tmp_path: Path) -> None:
    source = replace(PLAIN, segments=2, preset="veryfast")
    recording = recording_of(source, tmp_path)
    with no_complaints():
        cut(recording, between(source, 7, 100))
