"""Single frames of a recording: the right one by its number, its time, and what is said where there is none."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.builders import us
from tests.fakes.tone_stream import SIZE, ToneStream, just_before_wrap, recorded

from longtake.adapters.media.interface import CutReport, PictureForm, RepackReport
from longtake.adapters.media.picture import painted
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.teststream.marks import read_frame_number
from longtake.core.cutting import CutKind, CutRange, CutRequest, PicturePlan, RoughPlan, SmartPlan
from longtake.core.errors import Corrupt, Incomplete, InvalidName, NotFound
from longtake.core.segments import Segment
from longtake.services.cutting.cutter import Cutter
from longtake.services.cutting.insides import Insides
from longtake.services.cutting.pictures import StoredPictures

STREAM = ToneStream(
    rate=Fraction(30_000, 1001),
    gop=15,
    segment_frames=30,
    segments=5,
    b_frames=2,
    first_pts=just_before_wrap(2.2),
)
START_US = us("04:00:57.2")
"""The fourth segment begins in the next minute."""


class MediaHere:
    """``Media`` whose pictures are painted in this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.plans: list[PicturePlan] = []

    def smart_cut(self, channel: str, quality: str, plan: SmartPlan) -> AsyncGenerator[bytes, None]:
        """See ``Media``."""
        raise NotImplementedError

    async def smart_cut_to(
        self, channel: str, quality: str, plan: SmartPlan, path: Path, on_frames: Callable[[int], None]
    ) -> CutReport:
        """See ``Media``."""
        raise NotImplementedError

    def rough_cut(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        """See ``Media``."""
        raise NotImplementedError

    async def rough_cut_to(
        self, channel: str, quality: str, plan: RoughPlan, path: Path, on_files: Callable[[int], None]
    ) -> RepackReport:
        """See ``Media``."""
        raise NotImplementedError

    async def picture(
        self, channel: str, quality: str, plan: PicturePlan, *, form: PictureForm, width: int | None
    ) -> bytes:
        """See ``Media``."""
        self.plans.append(plan)
        return painted(plan, self._folder / channel / quality, form, width)


@dataclass(frozen=True, kw_only=True)
class Node:
    """A store with the stream as demo/source, and what makes pictures and plans of it."""

    segments: tuple[Segment, ...]
    folder: Path
    media: MediaHere
    pictures: StoredPictures
    cutter: Cutter

    def time_us(self, number: int) -> int:
        """Of a frame of the first minute."""
        return STREAM.time_us(number, START_US)

    async def frame(self, at_us: int, *, keyframe: bool = False) -> tuple[int | None, int]:
        """The number in the picture at a time, and its time."""
        made = await self.pictures.picture("demo", "source", at_us, form="png", width=None, keyframe=keyframe)
        return number_in(made.content), made.time_us


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    segments = recorded(STREAM, tmp_path / "demo" / "source", START_US)
    store, media = DiskStore(tmp_path), MediaHere(tmp_path)
    insides = Insides(store)
    yield Node(
        segments=segments,
        folder=tmp_path / "demo" / "source",
        media=media,
        pictures=StoredPictures(store, media, insides),
        cutter=Cutter(store, media, insides),
    )
    store.close()


def image(content: bytes) -> av.VideoFrame:
    with av.open(io.BytesIO(content), "r") as container:
        return next(container.decode(video=0))


def number_in(content: bytes) -> int | None:
    return read_frame_number(image(content).to_ndarray(format="gray").astype(np.uint8))


@pytest.mark.parametrize("number", [0, 1, 14, 15, 29, 30, 44, 65, 66, 67])
async def test_the_picture_at_the_time_of_a_frame_is_that_frame(node: Node, number: int) -> None:
    at_us = node.time_us(number)
    assert await node.frame(at_us) == (number, at_us)
    assert await node.frame(at_us + 1) == (number + 1, node.time_us(number + 1))
    if number:
        assert await node.frame(at_us - 1) == (number, at_us)


@pytest.mark.parametrize("number", [0, 7, 15, 43, 70, 100, 149])
async def test_a_cut_from_there_begins_with_that_frame(node: Node, number: int) -> None:
    at_us = node.time_us(number) - 5
    _, time_us = await node.frame(at_us)
    span = CutRange(start_us=at_us, end_us=at_us + 40_000)
    cut = await node.cutter.plan(
        "demo", "source", CutRequest(ranges=(span,), kind=CutKind.SMART, allow_holes=True)
    )
    assert isinstance(cut, SmartPlan)
    assert (cut.runs[0].first_us, cut.runs[0].first_pts) == (time_us, node.media.plans[-1].pts)


@pytest.mark.parametrize(("number", "key"), [(0, 0), (14, 0), (15, 15), (31, 30), (59, 45), (149, 135)])
async def test_a_key_frame_is_the_one_before(node: Node, number: int, key: int) -> None:
    found, time_us = await node.frame(node.time_us(number) - 5, keyframe=True)
    assert found == key
    assert abs(time_us - node.time_us(key)) <= 1
    (part,) = node.media.plans[-1].decode
    assert part.until is not None and part.until - part.first == 1


async def test_pictures_come_in_the_form_and_width_asked_for(node: Node) -> None:
    for form, width, size, magic in (
        ("png", None, SIZE, b"\x89PNG"),
        ("jpeg", 160, (160, 90), b"\xff\xd8\xff"),
    ):
        made = await node.pictures.picture("demo", "source", START_US, form=form, width=width, keyframe=False)
        assert made.content.startswith(magic)
        assert (image(made.content).width, image(made.content).height) == size


async def test_near_the_end_a_picture_may_be_a_little_later_but_not_earlier(node: Node) -> None:
    last_us = node.time_us(149)
    assert (await node.frame(last_us - 1))[0] == 149
    with pytest.raises(Incomplete, match="no picture is recorded at 2024-11-09T04:01:0"):
        await node.frame(last_us + 5)


async def test_before_the_beginning_a_picture_is_at_most_a_second_late(node: Node) -> None:
    assert await node.frame(START_US - 1_000_000) == (0, START_US)
    for at_us in (START_US - 1_000_001, START_US - 3_000_000, 0):
        with pytest.raises(Incomplete, match="no picture is recorded at"):
            await node.frame(at_us)


async def test_in_a_hole_there_is_no_picture(node: Node) -> None:
    for at in (1, 2):
        (node.folder / node.segments[at].path).unlink()
    hole_us = node.segments[1].start_us
    with pytest.raises(Incomplete, match="no picture is recorded at"):
        await node.frame(hole_us + 100_000)
    assert (await node.frame(node.segments[3].start_us - 900_000))[0] == 90
    assert (await node.frame(hole_us - 40_000))[0] == 29


async def test_what_is_not_there_or_cannot_be_is_said(node: Node) -> None:
    ask = node.pictures.picture
    for channel, quality in (("other", "source"), ("demo", "480p")):
        with pytest.raises(NotFound, match=f"nothing of {channel}/{quality} is recorded"):
            await ask(channel, quality, START_US, form="png", width=None, keyframe=False)
    with pytest.raises(InvalidName):
        await ask("..", "source", START_US, form="png", width=None, keyframe=False)


async def test_a_damaged_segment_is_said(node: Node) -> None:
    (node.folder / node.segments[1].path).write_bytes(b"damaged")
    with pytest.raises(Corrupt):
        await node.frame(node.time_us(44))
    assert (await node.frame(node.time_us(110)))[0] in (110, 111)
