"""One node, one rule for the time of a frame: cuts, pictures and the frames' times over HTTP agree to the frame."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
from tests.fakes.recording import FPS, SIZE, at_us, record
from tests.fakes.web_node import WebNode, web_node

from longtake.adapters.teststream.marks import read_frame_number
from longtake.core.times import SECOND_US, format_us

START_US = at_us("2024-11-24T04:00:00Z")
FIRST = START_US * FPS // SECOND_US
"""The number in the first frame that is recorded: frame n shows at n / FPS seconds since the epoch."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    folder: Path = tmp_path_factory.mktemp("node")
    async with web_node(folder) as node:
        await record(node.store, count=8)
        yield node


def numbers_in(content: bytes) -> list[int | None]:
    """The number that stands in each picture of a file, in the order of display."""
    with av.open(io.BytesIO(content), "r") as container:
        return [
            read_frame_number(frame.to_ndarray(format="gray").astype(np.uint8))
            for frame in container.decode(video=0)
        ]


def size_of(content: bytes) -> tuple[int, int]:
    with av.open(io.BytesIO(content), "r") as container:
        (frame,) = container.decode(video=0)
        return frame.width, frame.height


def text(offset_s: float) -> str:
    return format_us(START_US + round(offset_s * SECOND_US))


MOMENTS = {
    "the very first frame": 0,
    "a keyframe": 4,
    "a keyframe's time and a microsecond": 4.000001,
    "a frame's time, rounded down as the page writes it": 5.033333,
    "a moment after that": 5.033335,
    "the last frame of a segment": 5.966666,
    "between the last frame of a segment and the next": 5.98,
    "to the millisecond": 7.123,
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("offset_s", MOMENTS.values(), ids=MOMENTS.keys())
async def test_a_picture_and_a_cut_begin_with_the_same_frame(node: WebNode, offset_s: float) -> None:
    picture = await node.get(f"/frame/demo/source.png?timestamp={text(offset_s)}")
    assert picture.status == 200, picture.text
    (shown,) = numbers_in(picture.body)
    time_us = at_us(picture.headers["Longtake-Frame-Time"])
    assert shown is not None
    assert time_us == pytest.approx(shown * SECOND_US / FPS, abs=1)
    assert time_us >= START_US + round(offset_s * SECOND_US) > time_us - SECOND_US / FPS - 1
    cut = await node.get(f"/cut/demo/source.mp4?start={text(offset_s)}&end={text(offset_s + 1.5)}")
    assert numbers_in(cut.body) == list(range(shown, shown + 45))


@pytest.mark.asyncio(loop_scope="module")
async def test_the_time_of_every_frame_is_that_of_pictures_and_cuts(node: WebNode) -> None:
    answer = await node.get(f"/api/v1/frames/demo/source?start={text(2.5)}&end={text(6.5)}")
    segments = json.loads(answer.body)["segments"]
    assert [segment["start"] for segment in segments] == [text(2), text(4), text(6)]
    times_us = [
        at_us(segment["start"]) + offset_us for segment in segments for offset_us in segment["offsets_us"]
    ]
    assert len(times_us) == 180
    for index in (0, 1, 59, 60, 61, 179):
        at = format_us(times_us[index])
        picture = await node.get(f"/frame/demo/source.jpg?timestamp={at}&width=320")
        assert picture.headers["Longtake-Frame-Time"] == at
        assert numbers_in(picture.body) == [FIRST + 60 + index]
    at, end = format_us(times_us[13]), format_us(times_us[101])
    for container in ("ts", "mp4"):
        cut = await node.get(f"/cut/demo/source.{container}?start={at}&end={end}")
        assert numbers_in(cut.body) == list(range(FIRST + 73, FIRST + 161))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_preview_is_the_keyframe_before(node: WebNode) -> None:
    for offset_s, number in ((3.9, FIRST + 60), (4, FIRST + 120), (4.5, FIRST + 120)):
        picture = await node.get(f"/frame/demo/source.jpg?timestamp={text(offset_s)}&keyframe=true")
        assert numbers_in(picture.body) == [number]
        assert at_us(picture.headers["Longtake-Frame-Time"]) == number * SECOND_US // FPS


@pytest.mark.asyncio(loop_scope="module")
async def test_pictures_have_the_width_that_is_asked_for(node: WebNode) -> None:
    frame = f"/frame/demo/source.png?timestamp={text(1)}"
    assert size_of((await node.get(frame)).body) == SIZE
    assert size_of((await node.get(f"{frame}&width=160")).body) == (160, 90)
    assert size_of((await node.get(f"{frame}&width=640")).body) == (640, 360)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_smart_cut_is_streamed(node: WebNode) -> None:
    path = f"/cut/demo/source.mp4?start={text(0.5)}&end={text(9.5)}"
    whole = await node.get(path)
    head = await node.get(path, method="HEAD")
    for answer in (whole, head):
        assert (answer.status, answer.headers["Content-Type"]) == (200, "video/mp4")
        assert "Content-Length" not in answer.headers
        assert answer.headers["Content-Disposition"].endswith('T04-00-00.500.mp4"')
    assert len(numbers_in(whole.body)) == 270
    assert head.body == b""


@pytest.mark.asyncio(loop_scope="module")
async def test_a_damaged_segment_is_a_clear_error_or_a_broken_body(node: WebNode) -> None:
    kept = sorted((node.store.layout.root / "demo" / "source").glob("2*/*.ts"))[-1]
    content = kept.read_bytes()
    try:
        kept.write_bytes(content[:-1000] + bytes(1000))
        answer = await node.get(f"/frame/demo/source.png?timestamp={text(15)}")
        assert (answer.status, "damaged" in answer.text) == (500, True)
        times = await node.get(f"/api/v1/frames/demo/source?start={text(13)}&end={text(15)}")
        assert [one["start"] for one in json.loads(times.body)["segments"]] == [text(12), None]
    finally:
        kept.write_bytes(content)
