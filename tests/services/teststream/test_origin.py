"""The origin over real HTTP on loopback, its clock stepped by the test."""

import asyncio
import io
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import aiohttp
import av
import m3u8
import numpy as np
import pytest
import structlog

from longtake.adapters.teststream.encoder import RENDITIONS, TestRendition
from longtake.adapters.teststream.testcard import read_frame_number
from longtake.core.errors import LongtakeError
from longtake.services.teststream import TestStreamOrigin
from longtake.services.teststream.origin import SegmentEncoder
from longtake.services.teststream.schedule import due_us, index_at, next_index
from longtake.services.teststream.window import SegmentWindow

START_S = 1_795_493_764
START_INDEX = START_S // 2
DEADLINE_S = 10

Get: TypeAlias = Callable[[str], Awaitable[tuple[int, Mapping[str, str], bytes]]]


class SteppedClock:
    """Stands still until a test moves it; knows when the origin waits for it."""

    def __init__(self, now_s: float = START_S) -> None:
        self._now_us = round(now_s * 1_000_000)
        self._moved = asyncio.Condition()
        self._wake_us: list[int] = []

    def now_us(self) -> int:
        return self._now_us

    def monotonic_s(self) -> float:
        return self._now_us / 1_000_000

    async def sleep(self, delay_s: float) -> None:
        until_us = self._now_us + round(delay_s * 1_000_000)
        async with self._moved:
            self._wake_us.append(until_us)
            self._moved.notify_all()
            try:
                await self._moved.wait_for(lambda: self._now_us >= until_us)
            finally:
                self._wake_us.remove(until_us)

    async def step(self, seconds: float) -> None:
        """Wait until the origin sleeps, move on, and wait until it sleeps again."""
        await self._until_slept_on()
        async with self._moved:
            self._now_us += round(seconds * 1_000_000)
            self._moved.notify_all()
        await self._until_slept_on()

    async def _until_slept_on(self) -> None:
        async with asyncio.timeout(DEADLINE_S), self._moved:
            await self._moved.wait_for(lambda: any(wake_us > self._now_us for wake_us in self._wake_us))


class InstantEncoder:
    """Makes segments that say which frame they begin with, and look enough like H.264 for CODECS."""

    def encode(self, first_frame: int) -> list[bytes]:
        sps = b"\x00\x00\x01\x67\x42\xc0\x1f"
        return [sps + f"{item.name} {first_frame}".encode() * 1000 for item in RENDITIONS]


@asynccontextmanager
async def live(
    clock: SteppedClock,
    encoder: Callable[[], SegmentEncoder] | None = InstantEncoder,
    renditions: Sequence[TestRendition] = RENDITIONS,
) -> AsyncIterator[Get]:
    """An origin and a function that fetches (status, headers, body) from it."""
    origin = TestStreamOrigin(clock=clock, encoder=encoder, renditions=renditions)
    async with origin, aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, Mapping[str, str], bytes]:
            async with session.get(origin.url.replace("/master.m3u8", path)) as response:
                return response.status, response.headers, await response.read()

        yield get


async def playlist(get: Get, name: str = "source") -> m3u8.M3U8:
    status, _, body = await get(f"/{name}.m3u8")
    assert status == 200
    return m3u8.loads(body.decode())


async def test_nothing_is_there_before_the_first_segment_is_over() -> None:
    clock = SteppedClock(START_S + 0.5)
    async with live(clock) as get:
        for path in ("/master.m3u8", "/source.m3u8", "/360p.m3u8", f"/source/{START_INDEX}.ts"):
            status, headers, _ = await get(path)
            assert (status, headers["Cache-Control"]) == (404, "no-store")
        await clock.step(1.5)
        assert (await get("/master.m3u8"))[0] == 200
        assert (await get(f"/source/{START_INDEX}.ts"))[0] == 200


async def test_the_master_names_both_qualities() -> None:
    clock = SteppedClock()
    async with live(clock) as get:
        await clock.step(2)
        status, headers, body = await get("/master.m3u8")
    assert status == 200
    assert headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
    assert headers["Access-Control-Allow-Origin"] == "*"
    master = m3u8.loads(body.decode())
    assert [item.uri for item in master.playlists] == ["source.m3u8", "360p.m3u8"]
    infos = [item.stream_info for item in master.playlists]
    assert [info.resolution for info in infos] == [(1280, 720), (640, 360)]
    assert [info.frame_rate for info in infos] == [30, 30]
    assert (
        [info.video.strip('"') for info in infos]
        == [media.name for media in master.media]
        == ["source", "360p"]
    )
    assert infos[0].codecs == "avc1.42c01f,mp4a.40.2"
    assert all(info.bandwidth >= info.average_bandwidth > 0 for info in infos)


@pytest.mark.parametrize("name", ["source", "360p"])
async def test_a_media_playlist_lists_the_segments_with_their_times(name: str) -> None:
    clock = SteppedClock()
    async with live(clock) as get:
        for _ in range(3):
            await clock.step(2)
        listed = await playlist(get, name)
        bodies = [(await get(f"/{segment.uri}"))[2] for segment in listed.segments]
    assert listed.target_duration == 2
    assert listed.media_sequence == START_INDEX
    assert not listed.is_endlist
    assert [segment.duration for segment in listed.segments] == [2, 2, 2]
    start = datetime.fromtimestamp(START_S, UTC)
    expected = [start + timedelta(seconds=2 * index) for index in range(3)]
    assert [segment.program_date_time for segment in listed.segments] == expected
    for index, body in enumerate(bodies):
        assert f"{name} {(START_S + 2 * index) * 30}".encode() in body


async def test_the_window_slides_and_segments_stay_for_a_minute_after_it() -> None:
    clock = SteppedClock()
    async with live(clock) as get:
        for _ in range(15):
            await clock.step(2)
        full = await playlist(get)
        assert (full.media_sequence, len(full.segments)) == (START_INDEX, 15)
        await clock.step(2)
        slid = await playlist(get)
        assert (slid.media_sequence, len(slid.segments)) == (START_INDEX + 1, 15)
        # The mark of the start has left the window, and is counted instead.
        assert slid.discontinuity_sequence == full.discontinuity_sequence + 1
        assert not any(segment.discontinuity for segment in slid.segments)
        for _ in range(29):
            await clock.step(2)
        assert (await get(f"/source/{START_INDEX}.ts"))[0] == 200
        await clock.step(2)
        assert (await get(f"/source/{START_INDEX}.ts"))[0] == 404
        assert (await get(f"/source/{START_INDEX + 1}.ts"))[0] == 200


async def test_lag_drops_whole_segments_and_marks_the_gap() -> None:
    clock = SteppedClock()
    async with live(clock) as get:
        await clock.step(2)
        with structlog.testing.capture_logs() as lines:
            await clock.step(10)
        await clock.step(2)
        listed = await playlist(get)
    assert [segment.discontinuity for segment in listed.segments] == [True, False, True]
    assert [segment.uri for segment in listed.segments] == [
        f"source/{START_INDEX + index}.ts" for index in range(3)
    ]
    starts = [int(segment.program_date_time.timestamp()) - START_S for segment in listed.segments]
    assert starts == [0, 2, 12]
    dropped = [line for line in lines if line["event"] == "teststream.segments_dropped"]
    assert [(line["count"], line["first_index"]) for line in dropped] == [(4, START_INDEX + 2)]


async def test_numbers_only_rise_over_a_restart_which_is_marked() -> None:
    clock = SteppedClock()
    async with live(clock) as get:
        await clock.step(2)
        await clock.step(2)
        before = await playlist(get)
    async with live(clock) as get:
        await clock.step(2)
        after = await playlist(get)
    assert after.media_sequence > before.media_sequence + 1
    assert after.segments[0].discontinuity
    assert after.discontinuity_sequence > before.discontinuity_sequence + before.segments[0].discontinuity
    assert after.segments[0].program_date_time > before.segments[-1].program_date_time


async def test_what_is_served_is_the_stream() -> None:
    small = TestRendition(name="tiny", width=320, height=180, quality=26, grain=0, max_rate=500_000)
    clock = SteppedClock()
    async with live(clock, encoder=None, renditions=[small]) as get:
        await clock.step(2)
        _, headers, body = await get(f"/tiny/{START_INDEX}.ts")
    assert headers["Content-Type"] == "video/mp2t"
    assert "immutable" in headers["Cache-Control"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    with av.open(io.BytesIO(body), "r") as container:
        lumas = [np.asarray(frame.to_ndarray(), np.uint8)[:180] for frame in container.decode(video=0)]
    assert [read_frame_number(luma) for luma in lumas] == list(range(START_S * 30, START_S * 30 + 60))


@pytest.mark.parametrize(
    "path", ["/other.m3u8", "/source/x.ts", "/source/" + "9" * 5000 + ".ts", "/other/1.ts", "/"]
)
async def test_unknown_paths_are_not_found(path: str) -> None:
    clock = SteppedClock()
    async with live(clock) as get:
        await clock.step(2)
        assert (await get(path))[0] == 404


async def test_run_ends_cleanly_when_cancelled_and_frees_the_port() -> None:
    clock = SteppedClock()
    origin = TestStreamOrigin(clock=clock, encoder=InstantEncoder)
    task = asyncio.create_task(origin.run(), name="origin")
    await clock.step(2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("teststream")]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(origin.url)


async def test_an_encoder_that_fails_ends_the_origin() -> None:
    class Broken:
        def encode(self, first_frame: int) -> list[bytes]:
            raise RuntimeError("no encoder")

    with pytest.raises(RuntimeError, match="no encoder"):
        await TestStreamOrigin(clock=SteppedClock(), encoder=Broken).run()


async def test_an_error_of_the_caller_passes_through_unchanged() -> None:
    with pytest.raises(KeyError):
        async with TestStreamOrigin(clock=SteppedClock(), encoder=InstantEncoder):
            raise KeyError("mine")


async def test_a_taken_port_is_fatal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LongtakeError, match="cannot listen"):
        async with TestStreamOrigin(port=taken.getsockname()[1], encoder=InstantEncoder):
            pass


@pytest.mark.parametrize(
    ("last", "now_s", "expected"),
    [
        pytest.param(10, 22.0, 11, id="in time, the next one"),
        pytest.param(10, 25.9, 11, id="one segment late is caught up with"),
        pytest.param(10, 26.0, 13, id="two late, the one going on"),
        pytest.param(10, 3.0, 11, id="a clock that stepped back changes nothing"),
    ],
)
def test_the_next_segment(last: int, now_s: float, expected: int) -> None:
    assert next_index(last, round(now_s * 1_000_000)) == expected


def test_a_segment_is_due_when_it_is_over() -> None:
    assert index_at(due_us(10) - 1) == 10
    assert index_at(due_us(10)) == 11


def test_the_window_refuses_to_go_back() -> None:
    window = SegmentWindow()
    window.publish(5, {"source": b"x"}, 0)
    with pytest.raises(ValueError, match="comes after"):
        window.publish(5, {"source": b"x"}, 0)
