"""Polls of a real origin: whatever comes back is a value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.fakes.hls_origin import HlsOrigin

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, PollFailure
from longtake.services.capture.polling import PlaylistSession


def session_at(url: str, client: HttpClient) -> PlaylistSession:
    return PlaylistSession(Located(url=url), client, asked_s=0)


def at(origin: HlsOrigin) -> str:
    return f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET"


async def test_a_playlist_that_did_not_change_is_taken_apart_once() -> None:
    async with HlsOrigin() as origin, HttpClient() as client:
        origin.publish(2)
        session = session_at(at(origin), client)
        first = await session.poll()
        assert isinstance(first, MediaPlaylist)
        assert await session.poll() is first
        origin.publish(1)
        second = await session.poll()
        assert isinstance(second, MediaPlaylist)
        assert len(second.segments) == 3
        assert "2.ts" in session.text


MASTER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n"


@pytest.mark.parametrize(
    ("status", "text", "kind", "word"),
    [
        (404, None, FailureKind.GONE, "HTTP 404"),
        (403, None, FailureKind.REFUSED, "HTTP 403"),
        (500, None, FailureKind.UNREACHABLE, "HTTP 500"),
        (200, "<html>hello</html>", FailureKind.NO_PLAYLIST, "no playlist"),
        (200, MASTER, FailureKind.REFUSED, "master playlist"),
    ],
    ids=["not there", "not for us", "in trouble", "a web page", "a master playlist"],
)
async def test_other_answers(status: int, text: str | None, kind: FailureKind, word: str) -> None:
    async with HlsOrigin(playlist_status=status, playlist_text=text) as origin, HttpClient() as client:
        answer = await session_at(at(origin), client).poll()
        assert isinstance(answer, PollFailure)
        assert answer.kind is kind
        assert word in answer.reason
        assert "SECRET" not in answer.reason


async def test_an_address_that_is_none() -> None:
    async with HttpClient() as client:
        none = await session_at("http://a..b/x", client).poll()
        assert isinstance(none, PollFailure)
        assert none.kind is FailureKind.REFUSED


class Edge:
    """Answers with whatever ``reply`` makes of a request's query; keeps the queries as they came."""

    def __init__(self, reply: Callable[[str], str | int]) -> None:
        self.reply = reply
        self.queries: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        query = request.raw_path.partition("?")[2]
        self.queries.append(query)
        reply = self.reply(query)
        return web.Response(status=reply) if isinstance(reply, int) else web.Response(text=reply)


@asynccontextmanager
async def serving(reply: Callable[[str], str | int]) -> AsyncIterator[tuple[Edge, PlaylistSession]]:
    edge = Edge(reply)
    app = web.Application()
    app.router.add_get("/live.m3u8", edge.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with HttpClient() as client:
            yield edge, session_at(f"http://127.0.0.1:{port}/live.m3u8?token=SECRET", client)
    finally:
        await runner.cleanup()


def listing(first: int, last: int, *, skipped: int = 0) -> str:
    entries = [f"#EXTINF:2,\n{number}.ts" for number in range(first + skipped, last + 1)]
    skip = [f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"] if skipped else []
    control = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12"
    head = ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    return "\n".join([*head, control, *skip, *entries]) + "\n"


def numbers(answer: MediaPlaylist | PollFailure) -> list[int]:
    assert isinstance(answer, MediaPlaylist)
    return [segment.sequence for segment in answer.segments]


async def test_directives_follow_the_query_that_there_is() -> None:
    async with serving(lambda query: listing(0, 3)) as (edge, session):
        await session.poll(wait_for=4, may_skip=True)
        assert edge.queries == ["token=SECRET"], "nothing is known yet"
        await session.poll(wait_for=4, may_skip=True)
        assert edge.queries[-1] == "token=SECRET&_HLS_msn=4&_HLS_skip=YES"


async def test_a_number_that_is_far_ahead_of_this_address_is_not_asked_for() -> None:
    async with serving(lambda query: listing(0, 3)) as (edge, session):
        await session.poll()
        await session.poll(wait_for=400)
        assert edge.queries[-1] == "token=SECRET"


async def test_what_an_update_leaves_out_is_put_back() -> None:
    replies = {"_HLS": listing(1, 9, skipped=4)}
    async with serving(lambda query: replies["_HLS"] if "_HLS" in query else listing(0, 8)) as (
        edge,
        session,
    ):
        await session.poll()
        answer = await session.poll(may_skip=True)
        assert numbers(answer) == list(range(1, 10))
        assert await session.poll(may_skip=True) is answer, "not taken apart again"
        replies["_HLS"] = listing(2, 10, skipped=5)
        assert numbers(await session.poll(may_skip=True)) == list(range(2, 11))
        assert all("_HLS_skip=YES" in query for query in edge.queries[1:])


@pytest.mark.parametrize(
    "reply",
    [listing(100, 109, skipped=4), "<html>", 400, 503],
    ids=["an update that does not fit", "a web page", "refused", "in trouble"],
)
async def test_an_update_that_does_not_do_is_followed_by_the_whole_and_twice_by_no_more(
    reply: str | int,
) -> None:
    async with serving(lambda query: reply if "_HLS" in query else listing(0, 8)) as (edge, session):
        await session.poll()
        for asked in (3, 5, 6):
            assert numbers(await session.poll(may_skip=True)) == list(range(9))
            assert len(edge.queries) == asked
        assert ["_HLS" in query for query in edge.queries] == [False, True, False, True, False, False]
