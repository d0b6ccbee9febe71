"""What a smart cut copies, where it makes joints, and when it gives up."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import av
import pytest
from tests.fakes.smart_cuts import START_US, Recording, between, carried_out, cut, recording_of
from tests.fakes.strict_reading import strictly_read
from tests.fakes.tone_stream import ToneStream, just_before_wrap, made, stored

from longtake.core.cutting import Copy, CutContainer, Reencode
from longtake.core.errors import LongtakeError, MediaFailed, NotUnderstood
from longtake.core.nal import nal_units

SOURCE = ToneStream(b_frames=3, segments=5, first_pts=just_before_wrap(5))
BOTH = pytest.mark.parametrize("container", [CutContainer.TS, CutContainer.MP4])


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(SOURCE, tmp_path_factory.mktemp("recording"))


def put(contents: Sequence[bytes], folder: Path, starts_us: Sequence[int] | None = None) -> Recording:
    """Contents as segments of two seconds."""
    starts = starts_us or [at * 2_000_000 for at in range(len(contents))]
    return Recording(
        folder=folder,
        segments=tuple(
            stored(content, folder, start_us=START_US + start, duration_s=2.0)
            for content, start in zip(contents, starts, strict=True)
        ),
    )


class TestWhatIsCopied:
    @BOTH
    @pytest.mark.parametrize("b_frames", [0, 3])
    def test_is_the_same_to_the_byte(self, b_frames: int, container: CutContainer, tmp_path: Path) -> None:
        source = replace(SOURCE, b_frames=b_frames, gop=30)
        recording = recording_of(source, tmp_path)
        made_cut = cut(recording, between(source, 7, 130), between(source, 141, 285), container=container)
        coded = list(pictures(made_cut.content))
        copied = 0
        for run in made_cut.plan.runs:
            for piece in run.pieces:
                if isinstance(piece, Reencode):
                    del coded[: piece.frames]
                    continue
                original = list(pictures((recording.folder / piece.segment.path).read_bytes()))
                wanted = original[piece.first : piece.until]
                assert coded[: len(wanted)] == wanted
                del coded[: len(wanted)]
                copied += len(wanted)
        assert not coded
        assert copied == made_cut.report.frames - made_cut.report.frames_coded_anew > 200

    def test_is_all_but_the_edges(self, recording: Recording) -> None:
        report = cut(recording, between(SOURCE, 50, 250)).report
        assert report.frames == 201
        assert report.frames_coded_anew <= 10 + 3

    def test_is_everything_between_key_frames(self, recording: Recording) -> None:
        assert cut(recording, between(SOURCE, 60, 239)).report.frames_coded_anew == 0


def pictures(content: bytes) -> Iterator[list[bytes]]:
    """The NAL units of each picture in the order of decoding, but for delimiters."""
    with av.open(io.BytesIO(content), "r") as container:
        for packet in container.demux(video=0):
            units = nal_units(bytes(packet)) if container.format.name == "mpegts" else prefixed(bytes(packet))
            if packet.size:
                yield [unit for unit in units if unit[0] & 0x1F != 9]


def prefixed(sample: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        yield sample[at + 4 : at + 4 + size]
        at += 4 + size


@BOTH
class TestTimesOfTheSource:
    def test_frames_that_it_lost_leave_their_time_empty(
        self, container: CutContainer, tmp_path: Path
    ) -> None:
        lost = {20, 21, 22, 57, 58, 59, 60, 61, 62, 130, 177, 178, 179, 240, 241}
        source = replace(SOURCE, lost=frozenset(lost))
        first, last = 13, 281
        made_cut = cut(recording_of(source, tmp_path), between(source, first, last), container=container)
        read = strictly_read(made_cut.content)
        assert read.numbers == [number for number in source.numbers if first <= number <= last]
        assert read.pts == [3000 * (number - first) for number in read.numbers if number is not None]
        assert made_cut.report.joints == 0
        assert read.sound[-1].end == pytest.approx((last - first + 1) / 30, abs=0.022)

    def test_where_they_jump_without_a_hole_a_joint_is_made(
        self, container: CutContainer, tmp_path: Path
    ) -> None:
        elsewhere = replace(SOURCE, first_pts=77_000_000)
        jumping = put([*made(SOURCE)[:2], *made(elsewhere)[2:]], tmp_path)
        made_cut = cut(jumping, between(SOURCE, 7, 222), container=container)
        read = strictly_read(made_cut.content)
        assert read.numbers == list(range(7, 223))
        assert read.pts == [3000 * place for place in range(216)]
        assert made_cut.report.joints == 1
        assert read.sound[-1].end == pytest.approx(216 / 30, abs=0.045)

    def test_where_they_begin_again_a_joint_is_made(self, container: CutContainer, tmp_path: Path) -> None:
        """A source that shows its last second once more, under a new name."""
        source = replace(SOURCE, gop=30, segment_frames=60)
        parts = made(source)
        repeating = put([parts[0], parts[0], *parts[1:]], tmp_path)
        made_cut = cut(repeating, (200_000, 7_500_000), container=container)
        read = strictly_read(made_cut.content)
        assert read.numbers == [*range(6, 60), *range(165)]
        assert read.pts == [3000 * place for place in range(len(read.numbers))]

    def test_holes_are_closed(self, container: CutContainer, recording: Recording) -> None:
        made_cut = cut(recording.without(2), between(SOURCE, 7, 285), container=container)
        read = strictly_read(made_cut.content)
        assert read.numbers == [*range(7, 120), *range(180, 286)]
        assert read.pts == [3000 * place for place in range(len(read.numbers))]
        assert made_cut.report.joints == 1

    def test_a_range_may_come_again_and_before_an_earlier_one(
        self, container: CutContainer, recording: Recording
    ) -> None:
        spans = [between(SOURCE, 200, 250), between(SOURCE, 10, 70), between(SOURCE, 200, 250)]
        read = strictly_read(cut(recording, *spans, container=container).content)
        assert read.numbers == [*range(200, 251), *range(10, 71), *range(200, 251)]
        assert read.pts == [3000 * place for place in range(len(read.numbers))]


@BOTH
def test_sound_may_begin_late(container: CutContainer, tmp_path: Path) -> None:
    source = replace(SOURCE, sound_from_s=5)
    read = strictly_read(
        cut(recording_of(source, tmp_path), between(source, 7, 222), container=container).content
    )
    assert read.numbers == list(range(7, 223))
    assert read.sound[0].at == pytest.approx(5 - 7 / 30, abs=0.045)
    assert read.sound[-1].end == pytest.approx(216 / 30, abs=0.022)


class TestGivesUp:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> Recording:
        return recording_of(SOURCE, tmp_path)

    @BOTH
    def test_on_a_plan_that_does_not_come_true(self, container: CutContainer, broken: Recording) -> None:
        plan = broken.plan([between(SOURCE, 7, 222)], container)
        [run] = plan.runs
        wrong = replace(plan, runs=(replace(run, last_pts=run.last_pts + 3000),))
        with pytest.raises(MediaFailed, match="not whole"):
            carried_out(broken, wrong)

    def test_on_a_stretch_with_another_number_of_frames(self, broken: Recording) -> None:
        plan = broken.plan([between(SOURCE, 7, 222)], CutContainer.TS)
        [run] = plan.runs
        head = run.pieces[0]
        assert isinstance(head, Reencode)
        pieces = (replace(head, frames=head.frames + 1), *run.pieces[1:])
        with pytest.raises(MediaFailed, match="53 pictures were coded anew where 54"):
            carried_out(broken, replace(plan, runs=(replace(run, pieces=pieces),)))

    def test_on_a_copy_in_the_wrong_place(self, broken: Recording) -> None:
        plan = broken.plan([between(SOURCE, 7, 222)], CutContainer.TS)
        [run] = plan.runs
        assert isinstance(run.pieces[1], Copy)
        with pytest.raises(LongtakeError):
            carried_out(broken, replace(plan, runs=(replace(run, pieces=(run.pieces[1], *run.pieces)),)))

    def test_where_pictures_cannot_be_decoded(self, tmp_path: Path) -> None:
        """A stretch that is to be coded anew; what is only copied is handed on as it was recorded."""
        content = bytearray(made(SOURCE)[0])
        for at in range(len(content) // 2, len(content) // 2 + 60_000, 188):
            if content[at // 188 * 188 + 1 : at // 188 * 188 + 3] == b"\x01\x00":
                content[at // 188 * 188 + 20 : at // 188 * 188 + 188] = bytes(168)
        damaged = put([bytes(content), *made(SOURCE)[1:]], tmp_path)
        with pytest.raises(NotUnderstood, match="decoded"):
            cut(damaged, between(SOURCE, 7, 100))

    @BOTH
    def test_or_not_on_a_file_that_was_cut_short(self, container: CutContainer, tmp_path: Path) -> None:
        """As long as what is wanted is there."""
        parts = made(SOURCE)
        short = put([*parts[:2], parts[2][: 188 * 200 + 50]], tmp_path)
        read = strictly_read(cut(short, between(SOURCE, 7, 130), container=container).content)
        assert read.numbers == list(range(7, 131))
