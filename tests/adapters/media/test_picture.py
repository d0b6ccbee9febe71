"""Single frames as files: the very frame, in its shape and colours."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fakes.smart_cuts import START_US, Recording, recording_of
from tests.fakes.tone_stream import ToneStream, frame_numbers, made

from longtake.adapters.media.interface import PictureForm
from longtake.adapters.media.jobs import PictureJob
from longtake.adapters.teststream.marks import read_frame_number
from longtake.core.cutting import PicturePlan, plan_picture
from longtake.core.errors import Corrupt, MediaFailed, NotFound
from longtake.core.timeline import Timeline

SOURCE = ToneStream(b_frames=3, channels=0)
FORMS = pytest.mark.parametrize("form", list(PictureForm))
NUMBERS = [0, 1, 2, 3, 59, 60, 61, 100, 118, 119, 120, 238, 239]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(SOURCE, tmp_path_factory.mktemp("recording"))


def plan_of(recording: Recording, us: int, *, keyframe: bool = False) -> PicturePlan:
    """Of the first frame that shows so many microseconds after frame 0, or later."""
    timeline = Timeline(
        start_us=START_US,
        end_us=START_US + 60_000_000,
        segments=recording.segments,
        breaks=(False,) * len(recording.segments),
        gaps=(),
    )
    return plan_picture(timeline, START_US + us, recording, keyframe=keyframe)


def picture(
    recording: Recording, number: int, form: PictureForm = PictureForm.PNG, width: int | None = None
) -> bytes:
    plan = plan_of(recording, SOURCE.time_us(number, 0))
    return PictureJob(plan=plan, folder=recording.folder, form=form, width=width).run(lambda _: None)


def opened(content: bytes) -> av.VideoFrame:
    with av.open(io.BytesIO(content), "r") as container:
        [frame] = container.decode(video=0)
        return frame


def pixels(content: bytes) -> NDArray[np.uint8]:
    return opened(content).to_ndarray(format="rgb24").astype(np.uint8)


def number_in(content: bytes) -> int | None:
    return read_frame_number(opened(content).to_ndarray(format="gray").astype(np.uint8))


@FORMS
def test_is_a_file_of_its_form(recording: Recording, form: PictureForm) -> None:
    begins = {PictureForm.PNG: b"\x89PNG\r\n\x1a\n", PictureForm.JPEG: b"\xff\xd8\xff"}
    assert picture(recording, 7, form).startswith(begins[form])


@FORMS
@pytest.mark.parametrize("number", NUMBERS)
def test_shows_the_very_frame(recording: Recording, number: int, form: PictureForm) -> None:
    assert number_in(picture(recording, number, form)) == number


def test_between_two_frames_shows_the_later_one(recording: Recording) -> None:
    plan = plan_of(recording, SOURCE.time_us(99, 0) + 1)
    job = PictureJob(plan=plan, folder=recording.folder, form=PictureForm.PNG, width=None)
    assert number_in(job.run(lambda _: None)) == 100
    assert plan.time_us == SOURCE.time_us(100, START_US)


@pytest.mark.parametrize(("number", "key"), [(0, 0), (59, 0), (60, 60), (119, 60), (239, 180)])
def test_a_preview_shows_the_key_frame_before(recording: Recording, number: int, key: int) -> None:
    plan = plan_of(recording, SOURCE.time_us(number, 0), keyframe=True)
    job = PictureJob(plan=plan, folder=recording.folder, form=PictureForm.JPEG, width=160)
    assert number_in(job.run(lambda _: None)) == key
    assert plan.time_us == SOURCE.time_us(key, START_US)


def test_a_png_has_the_pixels_of_the_source(recording: Recording) -> None:
    with av.open(io.BytesIO(made(SOURCE)[1]), "r") as container:
        original = list(container.decode(video=0))[37].to_ndarray(format="rgb24").astype(np.int16)
    painted = pixels(picture(recording, 97)).astype(np.int16)
    assert painted.shape == original.shape
    assert int(np.abs(painted - original).max()) <= 2


def test_a_jpeg_comes_close(recording: Recording) -> None:
    png = pixels(picture(recording, 97)).astype(np.int16)
    jpeg = pixels(picture(recording, 97, PictureForm.JPEG)).astype(np.int16)
    assert float(np.abs(png - jpeg).mean()) < 3


@FORMS
@pytest.mark.parametrize(
    ("width", "size"),
    [
        (None, (320, 180)),
        (160, (160, 90)),
        (320, (320, 180)),
        (640, (640, 360)),
        (101, (100, 56)),
        (1, (2, 2)),
    ],
)
def test_scaling_keeps_the_shape(
    recording: Recording, form: PictureForm, width: int | None, size: tuple[int, int]
) -> None:
    frame = opened(picture(recording, 7, form, width))
    assert (frame.width, frame.height) == size


@FORMS
@pytest.mark.parametrize(
    ("aspect", "width", "size"),
    [
        (Fraction(4, 3), None, (342, 144)),
        (Fraction(4, 3), 171, (172, 72)),
        (Fraction(3, 4), None, (192, 144)),
        (Fraction(3, 4), 96, (96, 72)),
    ],
    ids=["stored narrow", "stored narrow, scaled", "stored wide", "stored wide, scaled"],
)
def test_samples_are_made_square(
    form: PictureForm, aspect: Fraction, width: int | None, size: tuple[int, int], tmp_path: Path
) -> None:
    source = replace(SOURCE, size=(256, 144), aspect=aspect, segments=1)
    frame = opened(picture(recording_of(source, tmp_path), 7, form, width))
    assert (frame.width, frame.height) == size


def test_full_range_looks_the_same(recording: Recording, tmp_path: Path) -> None:
    """Values of luma that mean the same at the source must not be stretched twice."""
    source = replace(SOURCE, segments=1, x264="fullrange=on:colorprim=bt709:transfer=bt709:colormatrix=bt709")
    full = recording_of(source, tmp_path)
    with av.open(io.BytesIO(made(source)[0]), "r") as container:
        original = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.int16)
    painted = pixels(picture(full, 0)).astype(np.int16)
    assert int(np.abs(painted - original).max()) <= 2


@pytest.mark.parametrize("pixel_format", ["yuv422p", "yuv420p10le"])
@FORMS
def test_of_sources_with_finer_colours(form: PictureForm, pixel_format: str, tmp_path: Path) -> None:
    source = replace(SOURCE, segments=1, preset="veryfast", pixels=pixel_format)
    assert number_in(picture(recording_of(source, tmp_path), 37, form)) == 37


class TestFails:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Recording:
        return recording_of(replace(SOURCE, segments=2), tmp_path)

    def test_when_the_segment_is_gone(self, own: Recording) -> None:
        plan = plan_of(own, SOURCE.time_us(70, 0))
        (own.folder / own.segments[1].path).unlink()
        with pytest.raises(NotFound, match="not there any more"):
            PictureJob(plan=plan, folder=own.folder, form=PictureForm.PNG, width=None).run(lambda _: None)

    def test_when_the_segment_is_corrupt(self, own: Recording) -> None:
        plan = plan_of(own, SOURCE.time_us(70, 0))
        (own.folder / own.segments[1].path).write_bytes(b"something else")
        with pytest.raises(Corrupt, match="promises"):
            PictureJob(plan=plan, folder=own.folder, form=PictureForm.PNG, width=None).run(lambda _: None)

    def test_when_the_plan_names_a_frame_that_is_not_there(self, own: Recording) -> None:
        plan = replace(plan_of(own, SOURCE.time_us(70, 0)), pts=12)
        with pytest.raises(MediaFailed, match="not found"):
            PictureJob(plan=plan, folder=own.folder, form=PictureForm.PNG, width=None).run(lambda _: None)


def test_the_source_counts_as_it_should() -> None:
    assert [number for _, number in frame_numbers(made(SOURCE)[1])] == list(range(60, 120))
