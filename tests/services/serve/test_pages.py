from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from tests.fakes.raw_http import RawAnswer, raw_answer, raw_request
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.services.serve.pages import Pages


@pytest_asyncio.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebRoutes]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "assets" / "code-1.js").write_text("code")
    async with web_routes(CollectorRegistry(), Pages(tmp_path).routes()) as web:
        yield web


async def ask(web: WebRoutes, target: bytes) -> RawAnswer:
    return await raw_answer(web.port, raw_request(target))


@pytest.mark.parametrize("path", [b"/", b"/channels", b"/channels?x=1"])
async def test_every_view_is_the_page(web: WebRoutes, path: bytes) -> None:
    answer = await ask(web, path)
    assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, b"the page", "no-cache")


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        pytest.param(b"/channels/", "../channels", id="as it is"),
        pytest.param(b"/channels/?t=1&u=%2e", "../channels?t=1&u=%2e", id="with its query"),
        pytest.param(b"http://elsewhere/channels/", "../channels", id="whatever host is named"),
    ],
)
async def test_a_view_with_a_slash_leads_to_the_view(web: WebRoutes, path: bytes, leads_to: str) -> None:
    """The page's own links are relative, so it must not be shown under a path with a slash."""
    answer = await ask(web, path)
    assert (answer.status, answer.headers["location"]) == (308, leads_to)


@pytest.mark.parametrize(
    "path", [b"/other/", b"/channels/x", b"/channels//", b"/assets/", b"/assets/code-1.js/"]
)
async def test_what_is_no_view_leads_nowhere(web: WebRoutes, path: bytes) -> None:
    assert (await ask(web, path)).status == 404


async def test_what_has_a_hash_in_its_name_is_kept_for_ever(web: WebRoutes) -> None:
    answer = await ask(web, b"/assets/code-1.js")
    assert (answer.status, "immutable" in answer.headers["cache-control"]) == (200, True)
