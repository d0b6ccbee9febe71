"""``/frame`` over real HTTP, before stand-ins for what makes the pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from tests.fakes.web_routes import WebRoutes, recorded_store, web_routes

from longtake.core.errors import Incomplete
from longtake.core.times import parse_time, to_us
from longtake.kit.clock import SystemClock
from longtake.services.serve.frames import Form, Frames

AT = "2024-11-24T04:00:03.000001Z"
AT_US = to_us(parse_time(AT))
FRAME = f"/frame/demo/source.png?timestamp={AT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePicture:
    content: bytes
    time_us: int


class SteppedPictures:
    """Says in the picture what was asked for. While ``held``, a picture is not done until ``let_one_go``."""

    def __init__(self) -> None:
        self.held = False
        self.under_way = 0
        self.made: list[str] = []
        self._go = asyncio.Semaphore(0)

    async def picture(
        self, channel: str, quality: str, at_us: int, *, form: Form, width: int | None, keyframe: bool
    ) -> FakePicture:
        what = f"{channel}/{quality} {form} {width} {keyframe}"
        if at_us < AT_US:
            raise Incomplete("nothing is recorded there")
        self.under_way += 1
        if self.held:
            await self._go.acquire()
        self.under_way -= 1
        self.made.append(what)
        return FakePicture(content=what.encode(), time_us=at_us + 16_666)

    def let_one_go(self) -> None:
        self._go.release()


class Node:
    def __init__(self, web: WebRoutes, pictures: SteppedPictures, frames: Frames) -> None:
        self.web = web
        self.pictures = pictures
        self.frames = frames

    async def until(self, *, under_way: int, waiting: int) -> None:
        async with asyncio.timeout(10):
            while (self.pictures.under_way, self.frames.waiting) != (under_way, waiting):
                await asyncio.sleep(0.005)


@asynccontextmanager
async def node(*, at_once: int = 2) -> AsyncIterator[Node]:
    registry, pictures = CollectorRegistry(), SteppedPictures()
    frames = Frames(
        recorded_store(),
        pictures,
        registry,
        SystemClock(),
        at_once=at_once,
        recent_cutoff=timedelta(seconds=120),
    )
    async with web_routes(registry, frames.routes()) as web:
        yield Node(web, pictures, frames)


class TestAPicture:
    @pytest.mark.parametrize(
        ("path", "content", "type"),
        [
            (FRAME, b"demo/source png None False", "image/png"),
            (f"{FRAME}&width=320", b"demo/source png 320 False", "image/png"),
            (FRAME.replace("png", "jpg"), b"demo/source jpeg None False", "image/jpeg"),
            (FRAME.replace("png", "JPEG"), b"demo/source jpeg None False", "image/jpeg"),
            (f"{FRAME}&keyframe=true", b"demo/source png None True", "image/png"),
        ],
    )
    async def test_has_its_form_and_says_its_time(self, path: str, content: bytes, type: str) -> None:
        async with node() as under_test:
            answer = await under_test.web.get(path)
            assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, content, type)
            assert answer.headers["Longtake-Frame-Time"] == "2024-11-24T04:00:03.016667Z"
            assert "Longtake-Frame-Time" in answer.headers["Access-Control-Expose-Headers"]
            assert answer.headers["Access-Control-Allow-Origin"] == "*"

    async def test_of_the_past_may_be_kept_for_an_hour_and_a_recent_one_may_not(self) -> None:
        async with node() as under_test:
            old = await under_test.web.get(FRAME)
            new = await under_test.web.get(FRAME.replace("2024", "2097"))
            assert old.headers["Cache-Control"] == "private, max-age=3600"
            assert new.headers["Cache-Control"] == "no-store"

    async def test_is_not_sent_to_who_has_it(self) -> None:
        async with node() as under_test:
            tag = (await under_test.web.get(FRAME)).headers["ETag"]
            again = await under_test.web.get(FRAME, If_None_Match=tag)
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
            other = await under_test.web.get(f"{FRAME}&width=64", If_None_Match=tag)
            assert (other.status, other.headers["ETag"] != tag) == (200, True)

    async def test_head_says_the_same_without_the_picture(self) -> None:
        async with node() as under_test:
            whole = await under_test.web.get(FRAME)
            head = await under_test.web.get(FRAME, method="HEAD")
            assert (head.status, head.body) == (200, b"")
            for name in ("ETag", "Content-Length", "Content-Type", "Longtake-Frame-Time"):
                assert head.headers[name] == whole.headers[name]


BAD = {
    "no time": ("/frame/demo/source.png", 400, "timestamp is missing"),
    "a time that is none": ("/frame/demo/source.png?timestamp=soon", 400, "no time"),
    "a time with an offset": (f"{FRAME[:-1]}%2B01:00", 400, "offset"),
    "a width that is too small": (f"{FRAME}&width=15", 400, "from 16 to 4096"),
    "a width that is too big": (f"{FRAME}&width=4097", 400, "from 16 to 4096"),
    "a width that is endless": (f"{FRAME}&width={'9' * 5000}", 400, "from 16 to 4096"),
    "a width that is no number": (f"{FRAME}&width=%C2%B2%C2%B3", 400, "from 16 to 4096"),
    "a flag that is none": (f"{FRAME}&keyframe=1", 400, "neither true nor false"),
    "a form that is none": (FRAME.replace("png", "gif"), 404, ".png or .jpg"),
    "no form": (FRAME.replace(".png", ""), 404, ".png or .jpg"),
    "an unknown quality": (FRAME.replace("source", "other"), 404, "nothing of demo/other"),
    "chat": (FRAME.replace("source", "chat"), 404, "nothing of demo/chat"),
    "a hidden quality": (FRAME.replace("source", ".source"), 400, "dot"),
    "an unknown channel": (FRAME.replace("demo", "other"), 404, "nothing of other/source"),
    "a hole": (FRAME.replace("04:00", "03:00"), 406, "nothing is recorded there"),
}


@pytest.mark.parametrize(("path", "status", "words"), BAD.values(), ids=BAD.keys())
async def test_a_bad_request_says_what_to_change(path: str, status: int, words: str) -> None:
    async with node() as under_test:
        answer = await under_test.web.get(path)
        assert (answer.status, words in answer.text) == (status, True), answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"


class TestPlaces:
    async def test_some_wait_for_their_turn_and_more_are_refused(self) -> None:
        async with node(at_once=2) as under_test:
            under_test.pictures.held = True
            asked = [asyncio.create_task(under_test.web.get(FRAME)) for _ in range(18)]
            await under_test.until(under_way=2, waiting=16)
            refused = await under_test.web.get(FRAME)
            assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
            for _ in range(18):
                under_test.pictures.let_one_go()
            assert {answer.status for answer in await asyncio.gather(*asked)} == {200}

    async def test_who_waits_too_long_is_sent_away(self) -> None:
        async with node(at_once=1) as under_test:
            under_test.pictures.held = True
            first = asyncio.create_task(under_test.web.get(FRAME))
            await under_test.until(under_way=1, waiting=0)
            assert (await under_test.web.get(FRAME)).status == 503
            under_test.pictures.let_one_go()
            assert (await first).status == 200

    async def test_exact_pictures_go_before_previews(self) -> None:
        async with node(at_once=1) as under_test:
            under_test.pictures.held = True
            asked = []
            for waiting, path in enumerate([FRAME, f"{FRAME}&keyframe=true", FRAME]):
                asked.append(asyncio.create_task(under_test.web.get(path)))
                await under_test.until(under_way=1, waiting=waiting)
            for _ in asked:
                under_test.pictures.let_one_go()
            await asyncio.gather(*asked)
            assert [made.rpartition(" ")[2] for made in under_test.pictures.made] == [
                "False",
                "False",
                "True",
            ]

    async def test_nothing_is_made_for_who_has_left_before_the_turn(self) -> None:
        async with node(at_once=1) as under_test:
            under_test.pictures.held = True
            first = asyncio.create_task(under_test.web.get(FRAME))
            await under_test.until(under_way=1, waiting=0)
            client = under_test.web.ask_without_reading(f"{FRAME}&width=64")
            await under_test.until(under_way=1, waiting=1)
            client.close()
            await under_test.until(under_way=1, waiting=0)
            under_test.pictures.let_one_go()
            assert (await first).status == 200
            assert under_test.pictures.made == ["demo/source png None False"]


async def test_pictures_are_counted() -> None:
    async with node() as under_test:
        web = under_test.web
        await web.get(FRAME)
        await web.get(f"{FRAME}&keyframe=true")
        await web.get(FRAME.replace("04:00", "03:00"))
        for frame, result, count in (("exact", "made", 1), ("key", "made", 1), ("exact", "failed", 1)):
            labels = {"form": "png", "frame": frame, "result": result}
            assert web.metric("longtake_pictures_total", **labels) == count
        assert web.metric("longtake_picture_seconds_count", form="png", frame="exact") == 1
