"""Answers of peers that make no sense, come late or never end: each ends in bounded time, as one of three errors."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from tests.compat.stores import HOUR, put, put_file
from tests.fakes.hls_origin.answers import broken_in_chunks, ended_by_closing, packed, page
from tests.fakes.older_node import OlderNode, faults
from tests.fakes.older_node.faults import Trouble

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import Limits
from longtake.adapters.peers import node_api
from longtake.adapters.peers.node_api import NodeApi
from longtake.core.errors import SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.names import hash_text

CONTENT = bytes(range(256)) * 400
HASTY = Limits(
    answer_soft_s=0.1,
    answer_hard_s=0.4,
    silence_soft_s=0.1,
    silence_hard_s=0.4,
    whole_soft_s=5,
    whole_hard_s=10,
)
DIGESTS = "/api/v1/digests/demo/source"


@pytest_asyncio.fixture
async def peer(tmp_path: Path) -> AsyncIterator[OlderNode]:
    put(tmp_path, "59:50.5", content=CONTENT)
    put_file(tmp_path, "media/a.png")
    async with OlderNode(folder=tmp_path) as peer:
        yield peer


@pytest_asyncio.fixture(params=[None, b"sixteen or more of them"], ids=["unsigned", "signed"])
async def api(peer: OlderNode, request: pytest.FixtureRequest) -> AsyncIterator[NodeApi]:
    async with HttpClient() as client:
        yield NodeApi(client, peer.url, secret=request.param)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_api, "_FILE_LIMITS", HASTY)
    monkeypatch.setattr(node_api, "_LISTING_LIMITS", HASTY)


def raw(text: str | bytes, **headers: str) -> Trouble:
    """These very bytes."""

    async def answer(request: web.Request, content: bytes) -> web.StreamResponse:
        body = text.encode() if isinstance(text, str) else text
        return web.Response(body=body, headers=headers)

    return answer


def listings(api: NodeApi) -> dict[str, Callable[[], Awaitable[list[str]]]]:
    """Each listing, by its path."""
    return {
        "/files": api.channels,
        "/files/demo": partial(api.qualities, "demo"),
        "/files/demo/source": partial(api.hours, "demo", "source"),
        f"/files/demo/source/{HOUR}": partial(api.names, "demo", "source", HOUR),
        "/extras/media": partial(api.extras, "media"),
    }


BAD_LISTINGS: dict[str, tuple[Trouble, type[SourceError], str]] = {
    "404": (faults.failing_with(404), SourceDown, "is not there"),
    "410": (faults.failing_with(410), SourceDown, "is not there"),
    "400": (faults.failing_with(400), SourceRefused, "HTTP 400"),
    "401": (faults.failing_with(401), SourceRefused, "HTTP 401"),
    "403": (faults.failing_with(403), SourceRefused, "HTTP 403"),
    "429": (faults.failing_with(429), SourceUnreachable, "too often"),
    "500": (faults.failing_with(500), SourceUnreachable, "HTTP 500"),
    "501": (faults.failing_with(501), SourceUnreachable, "HTTP 501"),
    "503": (faults.failing_with(503), SourceUnreachable, "HTTP 503"),
    "an error in JSON": (faults.saying(["a"], status=500), SourceUnreachable, "HTTP 500"),
    "a page": (page, SourceRefused, "no JSON"),
    "nothing": (raw(b""), SourceRefused, "no JSON"),
    "bytes": (raw(bytes(range(256))), SourceRefused, "no JSON"),
    "half of it": (faults.half, SourceRefused, "no JSON"),
    "a dict": (faults.saying({"names": ["a"]}), SourceRefused, "no list of names"),
    "a text": (faults.saying("a"), SourceRefused, "no list of names"),
    "a number": (faults.saying(7), SourceRefused, "no list of names"),
    "null": (faults.saying(None), SourceRefused, "no list of names"),
    "lists in lists": (raw("[" * 100_000 + "]" * 100_000), SourceRefused, "no JSON|more lists"),
    "dicts in dicts": (raw('{"a":' * 100_000), SourceRefused, "no JSON|more lists"),
    "a number of many digits": (raw("[" + "9" * 100_000 + "]"), SourceRefused, "no JSON"),
    "two lists": (raw('["a"]["b"]'), SourceRefused, "no JSON"),
    "a million names": (faults.saying([f"{n}.ts" for n in range(1_000_000)]), SourceRefused, "over 200,000"),
    "cut short": (faults.cut_short, SourceUnreachable, "broke off"),
    "cut short in chunks": (broken_in_chunks, SourceUnreachable, "broke off"),
    "without end": (faults.endless, SourceRefused, "more than 32 MiB"),
    "a bomb": (
        raw(gzip.compress(bytes(40 << 20)), **{"Content-Encoding": "gzip"}),
        SourceRefused,
        "more than 32 MiB",
    ),
    "silent": (faults.silent, SourceUnreachable, "gave no answer in time"),
    "stalled": (faults.stalled, SourceUnreachable, "fell silent"),
}


@pytest.mark.parametrize("name", BAD_LISTINGS)
@pytest.mark.usefixtures("hasty")
async def test_bad_listings(peer: OlderNode, api: NodeApi, name: str) -> None:
    trouble, kind, words = BAD_LISTINGS[name]
    path, ask = list(listings(api).items())[len(name) % 5]
    peer.faults[path] = trouble
    async with asyncio.timeout(20):
        with pytest.raises(kind, match=words) as refusal:
            await ask()
    assert peer.url in str(refusal.value)
    peer.faults.clear()
    assert await ask()


@pytest.mark.parametrize("path", ["/files", "/files/demo", "/files/demo/source", "/extras/media"])
@pytest.mark.parametrize("name", ["500", "a page", "a dict", "404"])
async def test_every_listing_is_looked_at_alike(peer: OlderNode, api: NodeApi, path: str, name: str) -> None:
    trouble, kind, words = BAD_LISTINGS[name]
    peer.faults[path] = trouble
    with pytest.raises(kind, match=words):
        await listings(api)[path]()


ODD_LISTINGS: dict[str, tuple[Trouble, list[str]]] = {
    "nothing in it": (faults.saying([]), []),
    "other things among texts": (faults.saying([1, None, ["a"], {"b": 1}, 2.5, True, "c"]), ["c"]),
    "any text": (
        faults.saying(["\ud800", "a\0b", "../../x", "", ".", "x" * 70_000, "a\nb", "/etc"]),
        ["\ud800", "a\0b", "../../x", "", ".", "x" * 70_000, "a\nb", "/etc"],
    ),
    "one name many times": (faults.saying(["a"] * 1000), ["a"] * 1000),
    "a mark of byte order": (raw(b'\xef\xbb\xbf["a"]'), ["a"]),
    "another type": (raw('["a"]', **{"Content-Type": "video/mp2t"}), ["a"]),
    "a large listing": (faults.saying([str(n) for n in range(200_000)]), [str(n) for n in range(200_000)]),
    "late": (faults.delayed(0.2), ["demo"]),
    "packed": (packed, ["demo"]),
    "packed, and nobody says so": (raw(gzip.compress(b'["demo"]')), ["demo"]),
    "a few bytes at a time": (faults.trickling, ["demo"]),
    "by closing the connection": (ended_by_closing(), ["demo"]),
}


@pytest.mark.parametrize("name", ODD_LISTINGS)
async def test_odd_listings_are_what_texts_they_have(peer: OlderNode, api: NodeApi, name: str) -> None:
    (peer.folder / "media/a.png").unlink()
    (peer.folder / "media").rmdir()
    trouble, names = ODD_LISTINGS[name]
    peer.faults["/files"] = trouble
    assert await api.channels() == names


OTHER_NODES: dict[str, Trouble] = {
    "a page for every path": page,
    "forbidden": faults.failing_with(403),
    "a password is wanted": faults.failing_with(401),
    "another method": faults.failing_with(405),
    "a list": faults.saying(["a"]),
    "null": faults.saying(None),
    "some of it": faults.saying({"id": "0" * 32}),
    "an id that is none": faults.saying({"id": "north", "name": "n", "version": "1"}),
    "a number for an id": faults.saying({"id": 5, "name": "n", "version": "1"}),
    "a long name": faults.saying({"id": "0" * 32, "name": "n" * 256, "version": "1"}),
    "a name with a line break": faults.saying({"id": "0" * 32, "name": "a\nb", "version": "1"}),
    "a version that plays with terminals": faults.saying({"id": "0" * 32, "name": "a", "version": "\x1b[2J"}),
    "nests": raw("[" * 100_000),
    "without end": faults.endless,
}


@pytest.mark.parametrize("name", OTHER_NODES)
async def test_who_says_nothing_sensible_of_itself_is_an_older_node(
    peer: OlderNode, api: NodeApi, name: str
) -> None:
    peer.faults["/api/v1/node"] = OTHER_NODES[name]
    assert await api.node() is None


@pytest.mark.parametrize("name", ["500", "503", "429", "silent", "stalled", "cut short"])
@pytest.mark.usefixtures("hasty")
async def test_who_cannot_say_it_now_may_be_anybody(peer: OlderNode, api: NodeApi, name: str) -> None:
    peer.faults["/api/v1/node"] = raw('{"id":null,"name":"south","version":"1"}')
    told = await api.node()
    assert told is not None
    trouble = BAD_LISTINGS[name][0]

    async def of_an_answer(request: web.Request, content: bytes) -> web.StreamResponse:
        return await trouble(request, b'{"id":null}' * 100)

    peer.faults["/api/v1/node"] = of_an_answer
    with pytest.raises(SourceUnreachable):
        await api.node()


def digest(hour: object = HOUR, count: object = 1, hash: object = hash_text(bytes(32))) -> object:
    return {"hour": hour, "count": count, "hash": hash}


BAD_DIGESTS: dict[str, object] = {
    "a list": [digest()],
    "null": None,
    "no hours": {"hour": []},
    "hours in a dict": {"hours": {HOUR: digest()}},
    "hours alone": {"hours": [HOUR]},
    "an hour that is none": {"hours": [digest(hour="../x")]},
    "an hour without count": {"hours": [{"hour": HOUR, "hash": hash_text(bytes(32))}]},
    "a count in words": {"hours": [digest(count="1")]},
    "a count below nothing": {"hours": [digest(count=-1)]},
    "a short hash": {"hours": [digest(hash="abc")]},
    "no hash": {"hours": [digest(hash=None)]},
    "too many": {"hours": [digest()] * 100_001},
}


@pytest.mark.parametrize("name", BAD_DIGESTS)
async def test_digests_that_make_no_sense(peer: OlderNode, api: NodeApi, name: str) -> None:
    peer.faults[DIGESTS] = faults.saying(BAD_DIGESTS[name])
    with pytest.raises(SourceRefused, match="no digest"):
        await api.digests("demo", "source", None)


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ('"abc"', '"abc"'),
        ('W/"a b"', 'W/"a b"'),
        ("x" * 201, None),
        ('"höhe"', None),
        ("", None),
    ],
    ids=["a tag", "a weak one", "a long one", "one that no header should have", "an empty one"],
)
async def test_tags_are_only_kept_if_they_can_be_sent_back(
    peer: OlderNode, api: NodeApi, tag: str, kept: str | None
) -> None:
    peer.faults[DIGESTS] = raw('{"hours": [], "more": 1}', ETag=tag)
    answer = await api.digests("demo", "source", None)
    assert answer is not None
    assert answer.tag == kept
    assert await api.digests("demo", "source", answer.tag) is not None


async def test_unchanged_is_no_answer_to_who_has_nothing(peer: OlderNode, api: NodeApi) -> None:
    peer.faults[DIGESTS] = faults.failing_with(304)
    assert await api.digests("demo", "source", '"abc"') is None
    with pytest.raises(SourceRefused):
        await api.digests("demo", "source", None)


BAD_FILES: dict[str, tuple[Trouble, type[SourceError], str]] = {
    **{name: BAD_LISTINGS[name] for name in ("404", "410", "400", "401", "403", "429", "500", "503")},
    "cut short": (faults.cut_short, SourceUnreachable, "broke off"),
    "cut short in chunks": (broken_in_chunks, SourceUnreachable, "broke off"),
    "silent": (faults.silent, SourceUnreachable, "gave no answer in time"),
    "stalled": (faults.stalled, SourceUnreachable, "fell silent"),
    "half of it, and the connection is closed": (
        ended_by_closing(len(CONTENT) // 2),
        SourceUnreachable,
        "does not say how long",
    ),
    "no content": (faults.failing_with(204), SourceUnreachable, "does not say how long"),
    "unchanged": (faults.failing_with(304), SourceUnreachable, "does not say how long"),
}


class TestOfFiles:
    @pytest.fixture
    def parts(self, peer: OlderNode) -> tuple[str, ...]:
        (file,) = peer.folder.glob("demo/source/*/*.ts")
        return file.relative_to(peer.folder).parts

    @pytest.fixture
    def fail(self, peer: OlderNode) -> Callable[[Trouble], None]:
        def fail(trouble: Trouble) -> None:
            peer.faults["/segments/*"] = trouble

        return fail

    @pytest.mark.parametrize("name", BAD_FILES)
    @pytest.mark.usefixtures("hasty")
    async def test_bad_ones(
        self, api: NodeApi, parts: tuple[str, ...], fail: Callable[[Trouble], None], name: str
    ) -> None:
        trouble, kind, words = BAD_FILES[name]
        fail(trouble)
        async with asyncio.timeout(20):
            with pytest.raises(kind, match=words):
                await pulled(api, *parts)

    async def test_what_is_whole_and_wrong_is_for_the_hash_to_find(
        self, api: NodeApi, parts: tuple[str, ...], fail: Callable[[Trouble], None]
    ) -> None:
        assert await pulled(api, *parts) == CONTENT
        fail(faults.half)
        assert await pulled(api, *parts) == CONTENT[: len(CONTENT) // 2]
        fail(faults.wrong_byte)
        assert len(await pulled(api, *parts)) == len(CONTENT)
        fail(packed)
        assert await pulled(api, *parts) == CONTENT

    async def test_who_takes_it_ends_what_never_ends(
        self, api: NodeApi, parts: tuple[str, ...], fail: Callable[[Trouble], None]
    ) -> None:
        fail(faults.endless)
        left = 4 << 20

        class EnoughError(Exception):
            pass

        async def take(chunk: bytes) -> None:
            nonlocal left
            left -= len(chunk)
            if left < 0:
                raise EnoughError

        with pytest.raises(EnoughError):
            await api.pull(parts, take)

    async def test_what_hardly_gets_on_is_ended(
        self,
        api: NodeApi,
        parts: tuple[str, ...],
        fail: Callable[[Trouble], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(node_api, "_SLOW_AFTER_S", 0.5)
        fail(faults.trickling)
        async with asyncio.timeout(20):
            with pytest.raises(SourceUnreachable, match="far too slow"):
                await pulled(api, *parts)

    @pytest.mark.usefixtures("hasty")
    async def test_how_long_it_takes_to_store_is_not_held_against_the_peer(
        self, api: NodeApi, parts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The disk hangs for twice as long as a peer may be silent, and the time counts as none at all."""
        monkeypatch.setattr(node_api, "_SLOW_AFTER_S", 0.5)
        monkeypatch.setattr(node_api, "_SLOWEST_BYTES_PER_S", len(CONTENT))
        content = bytearray()

        async def take(chunk: bytes) -> None:
            content.extend(chunk)
            await asyncio.sleep(1.2 if len(content) == len(chunk) else 0)

        await api.pull(parts, take)
        assert bytes(content) == CONTENT

    @pytest.mark.usefixtures("hasty")
    async def test_who_falls_silent_after_we_were_slow_is_found_out(
        self, api: NodeApi, parts: tuple[str, ...], fail: Callable[[Trouble], None]
    ) -> None:
        fail(faults.stalled)

        async def take(chunk: bytes) -> None:
            await asyncio.sleep(0.8)

        async with asyncio.timeout(20):
            with pytest.raises(SourceUnreachable, match="fell silent"):
                await api.pull(parts, take)


async def pulled(api: NodeApi, *parts: str) -> bytes:
    content = bytearray()

    async def take(chunk: bytes) -> None:
        content.extend(chunk)

    await api.pull(parts, take)
    return bytes(content)


@pytest.mark.parametrize("name", ["404", "400", "401", "500", "503", "429"])
async def test_what_becomes_of_a_suspicion(peer: OlderNode, api: NodeApi, name: str) -> None:
    trouble, kind, words = BAD_LISTINGS[name]
    peer.faults["/api/v1/suspicions"] = trouble
    with pytest.raises(kind, match=words):
        await api.suspect("demo", "source", HOUR, "x.ts")
    assert len(peer.asked) == 1
    peer.faults["/api/v1/suspicions"] = page
    await api.suspect("demo", "source", HOUR, "x.ts")
