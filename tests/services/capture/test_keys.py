"""Encrypted segments from a real origin, with keys from a real server: what is stored is clear."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad
from structlog.testing import capture_logs
from tests.fakes.coded_media import Media, Pictures, media
from tests.fakes.fetch_desk import Desk, HurriedClock, fetching, until
from tests.fakes.hls_origin import Trouble, cut_short, sent

from longtake.adapters.http.client import HttpClient
from longtake.core.errors import InvalidPlaylist, SourceDown, SourceRefused
from longtake.core.fmp4.boxes import read_boxes
from longtake.core.hls.model import ByteRange, InitSection, Key
from longtake.core.segments import SegmentType
from longtake.services.capture.init_sections import InitSections
from longtake.services.capture.keys import Keys
from longtake.services.capture.requests import Requests

FULL, SUSPECT, PARTIAL = SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL
RIGHT, WRONG = b"sixteen bytes ok", b"another sixteen."
IV = bytes(range(16))
STATED = "0x" + IV.hex()


def encrypted(content: bytes, iv: bytes, key: bytes = RIGHT) -> bytes:
    return AES.new(key, AES.MODE_CBC, iv=iv).encrypt(pad(content, 16))


def number_of(request: web.Request) -> bytes:
    return int(request.match_info["name"]).to_bytes(16, "big")


async def by_number(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(body=encrypted(content, number_of(request)))


async def by_stated_iv(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(body=encrypted(content, IV))


def in_parts(part: ByteRange) -> Trouble:
    """The part of the resource is what is encrypted, by itself."""

    async def answer(request: web.Request, content: bytes) -> web.StreamResponse:
        whole = b"x" * part.offset_bytes + encrypted(content, number_of(request)) + b"y" * 100
        return web.Response(status=206, body=whole[request.http_range])

    return answer


async def broken_midway(request: web.Request, content: bytes) -> web.StreamResponse:
    return await cut_short(request, encrypted(content, number_of(request)))


async def cut_within_a_block(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(body=encrypted(content, number_of(request))[:-5])


async def without_padding(request: web.Request, content: bytes) -> web.StreamResponse:
    whole = content[: len(content) // 752 * 752]  # four packets are 47 blocks
    return web.Response(body=AES.new(RIGHT, AES.MODE_CBC, iv=number_of(request)).encrypt(whole))


@dataclass(slots=True, kw_only=True)
class KeyServer:
    """``answers`` one after the other, the last for ever: a key, or a status."""

    answers: list[bytes | int]
    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    def key(self, name: str = "a", iv: str | None = None) -> Key:
        return Key(method="AES-128", uri=f"http://127.0.0.1:{self.port}/{name}?token=SECRET", iv=iv)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.match_info["name"]] += 1
        await asyncio.sleep(0.02)
        now = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=now) if isinstance(now, int) else web.Response(body=now)


@asynccontextmanager
async def serving(*answers: bytes | int) -> AsyncIterator[KeyServer]:
    server = KeyServer(answers=list(answers))
    app = web.Application()
    app.add_routes([web.get("/{name}", server.answer)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


async def nothing_left(desk: Desk) -> bool:
    return len(desk.fetcher) == 0


async def test_what_is_stored_is_clear_and_a_key_is_fetched_once_for_all_that_share_it(
    tmp_path: Path,
) -> None:
    async with serving(RIGHT) as keys, fetching(tmp_path, always=by_number) as desk:
        desk.want(*range(8), key=keys.key())
        await desk.until_full(*range(8))
        for segment in await desk.segments():
            number = (await desk.facts(segment)).source_sequence
            assert await desk.content(segment) == desk.origin.published[number or 0]
        assert len(await desk.segments()) == 8
        assert keys.asked["a"] == 1
        desk.want(8, key=keys.key(), epoch=(0, 1))
        await desk.until_full(8)
        assert keys.asked["a"] == 2


async def test_the_initialisation_vector_that_is_stated_is_used(tmp_path: Path) -> None:
    async with serving(RIGHT) as keys, fetching(tmp_path, always=by_stated_iv) as desk:
        desk.want(3, key=keys.key(iv=STATED))
        await desk.until_full(3)
        (segment,) = await desk.segments()
        assert await desk.content(segment) == desk.origin.published[3]


async def test_each_part_of_a_file_is_encrypted_by_itself(tmp_path: Path) -> None:
    async with serving(RIGHT) as keys, fetching(tmp_path) as desk:
        length_bytes = len(pad(desk.origin.published[2], 16))
        part = ByteRange(length_bytes=length_bytes, offset_bytes=1001)
        desk.origin.always = in_parts(part)
        desk.want(2, key=keys.key(), byte_range=part)
        await desk.until_full(2)


async def test_keys_that_change_with_each_segment(tmp_path: Path) -> None:
    async with serving(RIGHT) as keys, fetching(tmp_path, always=by_number) as desk:
        for number in range(24):
            desk.want(number, key=keys.key(f"k{number}"))
        await desk.until_full(*range(24))
        assert set(keys.asked.values()) == {1}


@pytest.mark.parametrize("broken", [broken_midway, cut_within_a_block])
async def test_of_what_breaks_off_the_whole_blocks_are_kept_as_partial_until_all_is_here(
    tmp_path: Path, broken: Trouble
) -> None:
    async with (
        serving(RIGHT) as keys,
        fetching(tmp_path, clock=HurriedClock(), n0=[broken] * 3) as desk,
    ):
        desk.origin.always = by_number
        desk.want(0, key=keys.key())
        await desk.until_full(0)
        (partial,) = [segment for segment in await desk.segments() if segment.type is PARTIAL]
        content = await desk.content(partial)
        assert desk.origin.published[0].startswith(content)
        assert len(content) % 16 == 0
        assert len(content) >= len(desk.origin.published[0]) // 2 - 32


async def test_a_key_that_was_changed_behind_its_name_is_asked_for_anew(tmp_path: Path) -> None:
    async with (
        serving(WRONG, RIGHT) as keys,
        fetching(tmp_path, clock=HurriedClock(), always=by_number) as desk,
    ):
        desk.want(0, key=keys.key())
        await desk.until_full(0)
        assert sorted(await desk.kinds(0)) == [FULL, SUSPECT]
        assert keys.asked["a"] == 2
        desk.want(1, 2, key=keys.key())
        await desk.until_full(1, 2)
        assert keys.asked["a"] == 2


async def test_a_key_that_never_fits_is_asked_for_twice_for_each_segment_at_most(tmp_path: Path) -> None:
    async with serving(WRONG) as keys, fetching(tmp_path, clock=HurriedClock(), always=by_number) as desk:
        for number in range(5):
            desk.want(number, key=keys.key(), target_s=1)
            await until(lambda: nothing_left(desk))
        assert [segment.type for segment in await desk.segments()] == [SUSPECT] * 5
        assert keys.asked["a"] <= 6


async def test_what_does_not_end_in_padding_is_doubtful_though_it_is_all_there(tmp_path: Path) -> None:
    async with (
        serving(RIGHT) as keys,
        fetching(tmp_path, clock=HurriedClock(), always=without_padding) as desk,
    ):
        desk.want(0, key=keys.key(), target_s=1)
        await until(lambda: nothing_left(desk))
        assert await desk.kinds(0) == [SUSPECT]
        (segment,) = await desk.segments()
        assert "encryption" in str((await desk.facts(segment)).doubt)


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        (401, SourceRefused, r"the key is refused: http://127\.0\.0\.1:\d+/a refuses \(HTTP 401\)"),
        (403, SourceRefused, "the key is refused"),
        (404, SourceDown, "the key is missing"),
        (b"<html>Sorry</html>", SourceRefused, "the key has 18 bytes and not 16"),
        (b"", SourceRefused, "the key has 0 bytes"),
    ],
    ids=["401", "403", "404", "an error page", "nothing"],
)
async def test_what_is_no_key_is_told_in_words(answer: bytes | int, kind: type[Exception], word: str) -> None:
    async with serving(answer) as keys, HttpClient() as client:
        with pytest.raises(kind, match=word) as raised:
            await Keys(Requests(client)).get(keys.key(), (0, 0), {})
        assert "SECRET" not in str(raised.value)


async def test_a_key_that_comes_late_is_waited_for_and_one_that_is_refused_costs_its_segment(
    tmp_path: Path,
) -> None:
    async with (
        serving(404, b"<html>", 403, RIGHT) as keys,
        serving(401) as others,
        fetching(tmp_path, clock=HurriedClock(), always=by_number) as desk,
    ):
        desk.want(0, key=keys.key())
        await desk.until_full(0)
        with capture_logs() as logs:
            desk.want(1, key=others.key())
            await until(lambda: nothing_left(desk))
        assert desk.origin.requests["1"] == 0
        assert desk.report.as_status()["missed_because"] == {"refused": 1}
        assert "key is refused" in str(desk.report.last_error)
        assert "SECRET" not in f"{logs}{desk.report.as_status()}"


async def test_what_cannot_be_decrypted_is_refused(tmp_path: Path) -> None:
    async with HttpClient() as client:
        for key in (Key(method="SAMPLE-AES", uri="http://x/"), Key(method="AES-128")):
            with pytest.raises(InvalidPlaylist, match="encryption"):
                await Keys(Requests(client)).get(key, (0, 0), {})


def init_section() -> bytes:
    pictures = Pictures(count=2, options=(("preset", "ultrafast"),))
    flags = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
    content = media(Media(pictures=pictures, sound=None, format="mp4", options=flags))
    moov = read_boxes(memoryview(content)).first(b"moov")
    assert moov is not None
    return content[: moov.end]


@pytest.mark.parametrize(
    ("iv", "used"),
    [(STATED, IV), (None, bytes(16))],
    ids=["with what is stated", "with nothing"],
)
async def test_an_init_section_is_decrypted(iv: str | None, used: bytes) -> None:
    whole = init_section()
    async with (
        serving(RIGHT) as keys,
        serving(encrypted(whole, used)) as sections,
        HttpClient() as client,
    ):
        requests = Requests(client)
        inits = InitSections(requests, Keys(requests))
        section = InitSection(uri=str(sections.key("init").uri), key=keys.key(iv=iv))
        for _ in range(2):
            assert await inits.get(section, (0, 0), {}) == whole
        assert (sections.asked["init"], keys.asked["a"]) == (1, 1)


async def test_an_init_section_that_is_rubbish_when_decrypted_is_tried_with_the_key_anew() -> None:
    whole = init_section()
    async with (
        serving(WRONG, RIGHT) as keys,
        serving(encrypted(whole, IV)) as sections,
        HttpClient() as client,
    ):
        requests = Requests(client)
        inits = InitSections(requests, Keys(requests))
        section = InitSection(uri=str(sections.key("init").uri), key=keys.key(iv=STATED))
        assert await inits.get(section, (0, 0), {}) != whole
        assert await inits.get(section, (0, 0), {}) == whole


async def test_a_body_that_is_not_encrypted_after_all_is_doubtful(tmp_path: Path) -> None:
    async with serving(RIGHT) as keys, fetching(tmp_path, clock=HurriedClock()) as desk:
        desk.origin.always = sent(b"\x47" + b"\xff" * 1503)
        desk.want(0, key=keys.key(), target_s=1)
        await until(lambda: nothing_left(desk))
        assert await desk.kinds(0) == [SUSPECT]
