"""``/api/v1/frames`` over real HTTP, before a stand-in for what knows the frames."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry
from tests.fakes.web_routes import WebRoutes, recorded_store, web_routes

from longtake.core.frames import SegmentFrames
from longtake.core.times import SECOND_US, parse_time, to_us
from longtake.services.serve.frame_times import FrameTimesApi

START_US = to_us(parse_time("2024-11-24T04:00:00Z"))
FRAMES = "/api/v1/frames/demo/source?start=2024-11-24T04:00:00.5Z&end=2024-11-24T04:00:03Z"
HOUR = "2024-11-24T04"


class ListedFrames:
    """Segments of 2 s with 30 frames a second, of which the second is not understood."""

    async def frame_times(
        self, channel: str, quality: str, *, start_us: int, end_us: int
    ) -> Sequence[SegmentFrames]:
        assert (channel, quality) == ("demo", "source")
        firsts = range((start_us - START_US) // SECOND_US // 2, -(-(end_us - START_US) // SECOND_US // 2))
        return [self._segment(2 * first) for first in firsts]

    def _segment(self, second: int) -> SegmentFrames:
        return SegmentFrames(
            path=f"{HOUR}/00:{second:02}.000000-2.0-full-HASH.ts",
            start_us=None if second == 2 else START_US + second * SECOND_US,
            frame_us=100_000 / 3,
            offsets_us=() if second == 2 else tuple(round(n * 100_000 / 3) for n in range(60)),
        )


@asynccontextmanager
async def node() -> AsyncIterator[WebRoutes]:
    api = FrameTimesApi(recorded_store(), ListedFrames())
    async with web_routes(CollectorRegistry(), [], [api.router()]) as web:
        yield web


async def test_every_frame_of_every_segment_that_the_range_touches_has_its_time() -> None:
    async with node() as web:
        answer = await web.get(FRAMES)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        known, unknown = json.loads(answer.body)["segments"]
        assert known["path"] == f"{HOUR}/00:00.000000-2.0-full-HASH.ts"
        assert known["start"] == "2024-11-24T04:00:00.000000Z"
        assert known["frame_us"] == 33333.333
        assert known["offsets_us"][:4] == [0, 33333, 66667, 100000]
        assert len(known["offsets_us"]) == 60
        assert (unknown["start"], unknown["offsets_us"]) == (None, [])


async def test_it_is_for_our_own_pages() -> None:
    async with node() as web:
        assert "Access-Control-Allow-Origin" not in (await web.get(FRAMES)).headers


BAD = {
    "more than ten minutes": (FRAMES.replace("04:00:03Z", "04:10:00.500001Z"), 400, "at most 10 minutes"),
    "an end before the start": (FRAMES.replace("04:00:03Z", "03:00:00Z"), 400, "end must be after start"),
    "no start": ("/api/v1/frames/demo/source?end=2024-11-24T04:00:03Z", 400, "start"),
    "a time with an offset": (f"{FRAMES[:-1]}%2B01:00", 400, "offset"),
    "an unknown quality": (FRAMES.replace("source", "other"), 404, "nothing of demo/other"),
    "an unknown channel": (FRAMES.replace("demo", "other"), 404, "nothing of other/source"),
    "chat": (FRAMES.replace("source", "chat"), 404, "nothing of demo/chat"),
    "a hidden channel": (FRAMES.replace("demo", ".demo"), 400, "dot"),
}


@pytest.mark.parametrize(("path", "status", "words"), BAD.values(), ids=BAD.keys())
async def test_a_bad_request_says_what_to_change(path: str, status: int, words: str) -> None:
    async with node() as web:
        answer = await web.get(path)
        assert (answer.status, words in answer.text) == (status, True), answer.text


async def test_ten_minutes_are_answered() -> None:
    async with node() as web:
        answer = await web.get(FRAMES.replace("04:00:03Z", "04:00:50Z"))
        assert (answer.status, len(json.loads(answer.body)["segments"])) == (200, 25)
        assert (await web.get(FRAMES.replace("04:00:03Z", "04:10:00.5Z"))).status == 200
