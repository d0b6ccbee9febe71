"""Segments as media work reads them: what is wrong with them is said, and which one it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from tests.fakes.smart_cuts import START_US, Recording, between, carried_out, cut, recording_of
from tests.fakes.tone_stream import ToneStream, made, stored

from longtake.adapters.media.segment_reader import SegmentReader
from longtake.core.cutting import CutContainer
from longtake.core.errors import Corrupt, LongtakeError, NotFound, NotUnderstood, StoreUnavailable

SOURCE = ToneStream(segments=12, gop=15, segment_frames=15)
BOTH = pytest.mark.parametrize("container", [CutContainer.TS, CutContainer.MP4])


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return recording_of(SOURCE, tmp_path)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, tuple[Callable[[Path], object], type[LongtakeError], str]] = {
    "a byte that flipped on disk": (flip, Corrupt, "not what its name promises"),
    "cut short on disk": (lambda path: path.write_bytes(path.read_bytes()[:-188]), Corrupt, "promises"),
    "emptied": (lambda path: path.write_bytes(b""), Corrupt, "promises"),
    "gone": (Path.unlink, NotFound, "not there any more"),
    "not readable": (make_folder, StoreUnavailable, "cannot be read"),
}


class TestDamage:
    @BOTH
    @pytest.mark.parametrize("place", [0, 5, 11], ids=["first", "in the middle", "last"])
    @pytest.mark.parametrize(("damage", "error", "words"), DAMAGES.values(), ids=list(DAMAGES))
    def test_is_named_with_its_segment(
        self,
        recording: Recording,
        damage: Callable[[Path], object],
        error: type[LongtakeError],
        words: str,
        place: int,
        container: CutContainer,
    ) -> None:
        plan = recording.plan([between(SOURCE, 3, 177)], container)
        segment = recording.segments[place]
        damage(recording.folder / segment.path)
        with pytest.raises(error, match=words) as caught:
            carried_out(recording, plan)
        assert segment.path in str(caught.value)

    def test_elsewhere_is_nobodys_concern(self, recording: Recording) -> None:
        plan = recording.plan([between(SOURCE, 20, 100)], CutContainer.TS)
        for segment in (recording.segments[0], recording.segments[9]):
            flip(recording.folder / segment.path)
        assert carried_out(recording, plan).report.frames == 81


class TestReading:
    def test_goes_ahead_in_the_order_that_is_given(self, recording: Recording) -> None:
        """What was read ahead is there even if the file is not, any more."""
        with SegmentReader(recording.folder, recording.segments) as reader:
            reader.scan(recording.segments[0])
            reader.scan(recording.segments[1])
            reader.scan(recording.segments[4])  # behind those that were asked for with the second one
            for segment in recording.segments[:5]:
                (recording.folder / segment.path).unlink()
            assert len(reader.scan(recording.segments[2]).video) == 15

    def test_keeps_only_a_few(self, recording: Recording) -> None:
        with SegmentReader(recording.folder, recording.segments) as reader:
            for segment in recording.segments:
                reader.scan(segment)
            first = recording.segments[0]
            (recording.folder / first.path).unlink()
            with pytest.raises(NotFound):
                reader.scan(first)

    def test_of_something_that_is_not_in_the_order(self, recording: Recording) -> None:
        with SegmentReader(recording.folder, recording.segments[:2]) as reader:
            assert len(reader.scan(recording.segments[7]).video) == 15

    def test_one_bad_segment_ahead_harms_only_those_who_ask_for_it(self, recording: Recording) -> None:
        flip(recording.folder / recording.segments[1].path)
        with SegmentReader(recording.folder, recording.segments) as reader:
            assert len(reader.scan(recording.segments[0]).video) == 15
            assert len(reader.scan(recording.segments[2]).video) == 15
            with pytest.raises(Corrupt):
                reader.scan(recording.segments[1])


class TestWhatIsNotUnderstood:
    """Recorded as it was sent, but nothing that a cut can be made of."""

    @pytest.mark.parametrize(
        ("codecs", "words"),
        [
            (("hevc", "aac"), "only pictures in H.264"),
            (("mpeg2video", "aac"), "only pictures in H.264"),
            (("h264", "mp2"), "only sound in AAC"),
            (("h264", "ac3"), "only sound in AAC"),
            ((None, "aac"), "only pictures in H.264"),
        ],
        ids=["HEVC", "MPEG-2 pictures", "MP2 sound", "AC-3 sound", "sound alone"],
    )
    def test_is_said_in_words(self, codecs: tuple[str | None, str], words: str, tmp_path: Path) -> None:
        check_refused(coded(*codecs), tmp_path, words)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "shorter than one packet"),
            (b"<html>not found</html>" * 50, "does not begin with its sync byte"),
            (made(SOURCE)[0][188 * 60 :][:188], "no program association table"),
        ],
        ids=["nothing", "a web page", "a piece from the middle"],
    )
    def test_what_is_no_media_neither(self, content: bytes, words: str, tmp_path: Path) -> None:
        check_refused(content, tmp_path, words)


def check_refused(content: bytes, folder: Path, words: str) -> None:
    """A cut over such a segment is refused, wherever it comes to light."""
    strange = stored(content, folder, start_us=START_US + 500_000, duration_s=0.5)
    with SegmentReader(folder, [strange]) as reader, pytest.raises(NotUnderstood, match=words) as caught:
        reader.scan(strange)
    assert strange.path in str(caught.value)


def coded(video: str | None, audio: str) -> bytes:
    """Half a second in other codecs, as MPEG-TS."""
    output = io.BytesIO()
    with av.open(output, "w", format="mpegts") as container:
        sound = container.add_stream(audio, rate=48_000)
        assert isinstance(sound, AudioStream)
        sound.layout = "stereo"
        if video is not None:
            mux_pictures(container, video)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="stereo")
        silence.sample_rate, silence.pts = 48_000, 0
        container.mux([*sound.encode(silence), *sound.encode(None)])
    return output.getvalue()


def mux_pictures(container: OutputContainer, codec: str) -> None:
    stream = container.add_stream({"h264": "libx264", "hevc": "libx265"}.get(codec, codec), rate=25)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
    if codec == "hevc":
        stream.codec_context.options = {"x265-params": "log-level=none"}
    for number in range(12):
        frame = av.VideoFrame.from_ndarray(np.full((144, 128), number * 10, np.uint8), format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def test_a_cut_over_a_strange_segment_is_refused(recording: Recording) -> None:
    contents = [(recording.folder / segment.path).read_bytes() for segment in recording.segments[:5]]
    contents[2] = coded("h264", "mp2")
    strange = Recording(
        folder=recording.folder,
        segments=tuple(
            stored(content, recording.folder, start_us=START_US + at * 500_000, duration_s=0.5)
            for at, content in enumerate(contents)
        ),
    )
    with pytest.raises(NotUnderstood, match="only sound in AAC"):
        cut(strange, between(SOURCE, 3, 70))
