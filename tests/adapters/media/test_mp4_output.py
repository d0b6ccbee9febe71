"""Cuts as MP4: the boxes of a streamed one and of a file, the times of their tracks, and what their header says."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.fakes.mp4_boxes import avc_configuration, boxes, edits, listed_sets, tracks, within
from tests.fakes.smart_cuts import MadeCut, Recording, between, cut, recording_of
from tests.fakes.strict_reading import strictly_read
from tests.fakes.tone_stream import ToneStream, made, stored

from longtake.adapters.teststream.marks import read_frame_number
from longtake.core.adts import SAMPLES_PER_FRAME
from longtake.core.cutting import CutContainer
from longtake.core.errors import Unsupported
from longtake.core.h264 import picture_id, sequence_id

SOURCE = ToneStream(b_frames=3, noise=True)
FIRST, LAST = 23, 214
COUNT = LAST - FIRST + 1


@pytest.fixture(scope="module", params=[0, 3], ids=["without B-frames", "with B-frames"])
def source(request: pytest.FixtureRequest) -> ToneStream:
    return replace(SOURCE, b_frames=request.param)


@pytest.fixture(scope="module")
def recording(source: ToneStream, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(source, tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module")
def streamed(source: ToneStream, recording: Recording) -> MadeCut:
    return cut(recording, between(source, FIRST, LAST), container=CutContainer.MP4)


@pytest.fixture(scope="module")
def filed(source: ToneStream, recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> MadeCut:
    path = tmp_path_factory.mktemp("cuts") / "cut.mp4"
    return cut(recording, between(source, FIRST, LAST), container=CutContainer.MP4, path=path)


@pytest.fixture(scope="module", params=["streamed", "filed"])
def made_cut(request: pytest.FixtureRequest, streamed: MadeCut, filed: MadeCut) -> MadeCut:
    return streamed if request.param == "streamed" else filed


class TestAStreamedOne:
    def test_has_its_header_in_front_and_then_fragments(self, streamed: MadeCut) -> None:
        kinds = [box.kind for box in boxes(streamed.content)]
        assert kinds[:2] == ["ftyp", "moov"]
        fragments = kinds[2:-1] if kinds[-1] == "mfra" else kinds[2:]
        assert fragments == ["moof", "mdat"] * (len(fragments) // 2)

    def test_has_fragments_of_about_half_a_second(self, streamed: MadeCut) -> None:
        lengths = [fragment_seconds(box.body) for box in boxes(streamed.content) if box.kind == "moof"]
        assert sum(lengths) == pytest.approx(COUNT / 30)
        assert max(lengths) < 1

    def test_comes_in_pieces_as_it_is_made(self, streamed: MadeCut) -> None:
        """No byte is changed afterwards, and none is kept back for long."""
        assert sum(streamed.pieces) == len(streamed.content)
        assert max(streamed.pieces) < len(streamed.content) / 4

    def test_plays_as_far_as_it_has_come(self, streamed: MadeCut) -> None:
        ends = [box.end for box in boxes(streamed.content) if box.kind == "mdat"]
        read = strictly_read(streamed.content[: ends[len(ends) // 2]])
        whole = read.numbers[:-3]  # behind them, B-frames are in the next fragment
        assert whole == list(range(FIRST, FIRST + len(whole)))
        assert COUNT // 3 < len(read.numbers) < COUNT


class TestAFile:
    def test_has_its_index_in_front(self, filed: MadeCut) -> None:
        kinds = [box.kind for box in boxes(filed.content)]
        assert kinds.index("moov") < kinds.index("mdat")
        assert "moof" not in kinds

    def test_knows_its_length(self, filed: MadeCut) -> None:
        with av.open(io.BytesIO(filed.content), "r") as container:
            assert container.duration is not None
            assert container.duration == pytest.approx(COUNT / 30 * 1_000_000, abs=34_000)

    def test_has_the_pictures_of_the_streamed_one(self, filed: MadeCut, streamed: MadeCut) -> None:
        one, other = strictly_read(filed.content), strictly_read(streamed.content)
        assert one.frames == other.frames
        assert [sound.at for sound in one.sound] == [sound.at for sound in other.sound]


def test_the_first_picture_shows_at_zero_and_the_sound_begins_there(made_cut: MadeCut) -> None:
    read = strictly_read(made_cut.content)
    assert read.frames[0][0] == 0
    assert read.sound[0].at == 0


def test_the_edit_list_of_the_pictures_only_undoes_their_reordering(
    made_cut: MadeCut, source: ToneStream
) -> None:
    reordering = 2 * 3000 if source.b_frames else 0
    [(_, media_time)] = edits(tracks(made_cut.content)["vide"])
    assert media_time == reordering


def test_the_edit_list_of_the_sound_hides_less_than_two_frames_of_it(made_cut: MadeCut) -> None:
    [(_, media_time)] = edits(tracks(made_cut.content)["soun"])
    assert 0 < media_time < 2 * SAMPLES_PER_FRAME


def test_both_tracks_end_together(made_cut: MadeCut) -> None:
    with av.open(io.BytesIO(made_cut.content), "r") as container:
        ends: dict[str, Fraction] = {}
        for packet in container.demux():
            if packet.pts is not None and packet.duration is not None:
                end = (packet.pts + packet.duration) * packet.time_base
                ends[packet.stream.type] = max(end, ends.get(packet.stream.type, Fraction(0)))
    assert ends["video"] == Fraction(COUNT, 30)
    assert abs(ends["audio"] - ends["video"]) <= Fraction(SAMPLES_PER_FRAME, 48_000)


class TestItsHeader:
    def test_lists_the_parameter_sets_of_the_source_and_of_what_is_coded_anew(
        self, made_cut: MadeCut
    ) -> None:
        sequence, picture = listed_sets(avc_configuration(tracks(made_cut.content)["vide"]))
        assert len(sequence) == len({sequence_id(unit) for unit in sequence}) == 2
        assert len(picture) == len({picture_id(unit) for unit in picture}) == 2

    def test_is_enough_for_players_that_pass_over_parameter_sets_in_between(self, made_cut: MadeCut) -> None:
        configuration = avc_configuration(tracks(made_cut.content)["vide"])
        decoder = av.CodecContext.create("h264", "r")
        decoder.extradata = configuration
        frames = []
        with av.open(io.BytesIO(made_cut.content), "r") as container:
            for packet in container.demux(video=0):
                stripped = av.Packet(without_sets(bytes(packet)))
                stripped.pts, stripped.dts, stripped.time_base = packet.pts, packet.dts, packet.time_base
                frames += decoder.decode(stripped if packet.size else None)
        numbers = [read_frame_number(frame.to_ndarray(format="gray").astype(np.uint8)) for frame in frames]
        assert numbers == list(range(FIRST, LAST + 1))


def test_what_is_copied_whole_lists_one_set(source: ToneStream, recording: Recording) -> None:
    copied = cut(recording, between(source, 0, 119), container=CutContainer.MP4)
    assert copied.report.frames_coded_anew == 0
    sequence, picture = listed_sets(avc_configuration(tracks(copied.content)["vide"]))
    assert (len(sequence), len(picture)) == (1, 1)


def test_a_cut_of_a_single_frame(source: ToneStream, recording: Recording) -> None:
    single = cut(recording, between(source, 100, 100), container=CutContainer.MP4)
    assert strictly_read(single.content).numbers == [100]


def test_without_sound_there_is_no_track_for_it(tmp_path: Path) -> None:
    silent = replace(SOURCE, channels=0, segments=2)
    made_cut = cut(recording_of(silent, tmp_path), between(silent, 7, 90), container=CutContainer.MP4)
    assert list(tracks(made_cut.content)) == ["vide"]
    assert strictly_read(made_cut.content).numbers == list(range(7, 91))


def test_a_change_of_size_is_refused_in_words(tmp_path: Path) -> None:
    small = replace(SOURCE, size=(256, 144))
    changed = Recording(
        folder=tmp_path,
        segments=tuple(
            stored(content, tmp_path, start_us=1_800_000_001_000_000 + at * 2_000_000, duration_s=2.0)
            for at, content in enumerate((*made(SOURCE)[:2], *made(small)[2:]))
        ),
    )
    with pytest.raises(Unsupported, match=r"320x180 to 256x144.*ask for \.ts"):
        cut(changed, between(SOURCE, 7, 200), container=CutContainer.MP4)
    as_ts = cut(changed, between(SOURCE, 7, 200))
    assert strictly_read(as_ts.content).numbers == list(range(7, 201))


def fragment_seconds(fragment: bytes) -> float:
    """Of the pictures, whose track is the first: the durations of their samples, in 90 kHz."""
    track = next(box.body for box in boxes(fragment) if box.kind == "traf")
    header = next(within(track, "tfhd")).body
    flags = int.from_bytes(header[1:4], "big")
    default_at = 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
    default = int.from_bytes(header[default_at : default_at + 4], "big") if flags & 8 else 0
    return sum(run_ticks(run.body, default) for run in within(track, "trun")) / 90_000


def run_ticks(run: bytes, default: int) -> int:
    flags, count = int.from_bytes(run[1:4], "big"), int.from_bytes(run[4:8], "big")
    if not flags & 0x100:
        return default * count
    at = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    step = 4 * (flags >> 8 & 0xF).bit_count()
    return sum(int.from_bytes(run[at + n * step : at + n * step + 4], "big") for n in range(count))


def without_sets(sample: bytes) -> bytes:
    """A sample of length-prefixed NAL units, without SPS and PPS."""
    kept, at = b"", 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        if sample[at + 4] & 0x1F not in (7, 8):
            kept += sample[at : at + 4 + size]
        at += 4 + size
    return kept
