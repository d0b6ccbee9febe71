"""What is followed and compressed in the benchmarks is what a real server said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio
from benchmarks.players import UnexpectedAnswer, follow, show_compressed, show_followed
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.web.texts import text_answer

TEXT = "segment\n" * 1000


class Served:
    """``/stays``, ``/grows`` at each third request, ``/plain`` knows nothing of tags and forms."""

    def __init__(self) -> None:
        self._asked = count()

    async def stays(self, request: Request) -> Response:
        return text_answer(request, TEXT, media_type="text/plain")

    async def grows(self, request: Request) -> Response:
        return text_answer(request, TEXT * (1 + next(self._asked) // 3), media_type="text/plain")

    async def plain(self, request: Request) -> Response:
        return Response(TEXT)


@pytest_asyncio.fixture
async def served() -> AsyncIterator[WebRoutes]:
    texts = Served()
    routes = [Route("/stays", texts.stays), Route("/grows", texts.grows), Route("/plain", texts.plain)]
    async with web_routes(CollectorRegistry(), routes) as served:
        yield served


async def test_who_follows_says_what_it_has(served: WebRoutes) -> None:
    followed = await asyncio.to_thread(follow, served.url("/stays?a=b"), seconds=0.2, every_s=0.01)
    assert followed.unchanged
    assert not followed.changed


async def test_what_changes_is_told_apart(served: WebRoutes) -> None:
    followed = await asyncio.to_thread(follow, served.url("/grows"), seconds=1, every_s=0.01)
    assert 0 < len(followed.changed) <= len(followed.unchanged)


async def test_an_answer_is_as_long_as_its_server_takes(served: WebRoutes) -> None:
    began_s = time.perf_counter()
    followed = await asyncio.to_thread(follow, served.url("/stays"), seconds=0.2, every_s=0.0)
    assert 0 < sum(followed.unchanged) < time.perf_counter() - began_s


async def test_a_server_without_tags_is_followed_all_the_same(
    served: WebRoutes, capsys: pytest.CaptureFixture[str]
) -> None:
    followed = await asyncio.to_thread(follow, served.url("/plain"), seconds=0.1, every_s=0.01)
    assert (followed.unchanged, followed.body) == ([], TEXT.encode())
    show_followed("304", followed.unchanged)
    assert "not there" in capsys.readouterr().out


async def test_a_refusal_is_no_fast_answer(served: WebRoutes) -> None:
    with pytest.raises(UnexpectedAnswer, match="404"):
        await asyncio.to_thread(follow, served.url("/nothing"), seconds=0.1, every_s=0.01)


@pytest.mark.parametrize(("path", "told"), [("/stays", "first, warm"), ("/plain", "not there")])
async def test_what_is_not_compressed_is_not_shown_as_if(
    served: WebRoutes, path: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(show_compressed, served.url(path))
    assert told in capsys.readouterr().out
