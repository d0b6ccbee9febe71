"""Hot routes answer as they would without the shortcut."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs
from tests.fakes.raw_http import RawAnswer, raw_answer, raw_request
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.web.hot import is_hot
from longtake.core.errors import Busy, InvalidName, NotFound

FAILURES = {"bad": InvalidName("bad name"), "none": NotFound("none here"), "busy": Busy("too much")}


async def told(request: Request) -> Response:
    params = request.path_params
    if (name := params.get("name")) in FAILURES:
        raise FAILURES[name]
    if name == "bug":
        raise ValueError("a secret")
    return PlainTextResponse(str(params))


async def one_of(request: Request) -> Response:
    return PlainTextResponse(f"any: {request.path_params}")


ROUTES = [
    Route("/files", told),
    Route("/files/{name}", told),
    Route("/segments/{path:path}", told),
    Route("/playlist/{name}.m3u8", told),
    Route("/playlist/{channel}/{name}.m3u8", told, methods=["GET", "POST"]),
    Route("/cool/{name}", told),
    Route("/{channel}/chat.json", one_of),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hot() -> AsyncIterator[WebRoutes]:
    async with web_routes(CollectorRegistry(), ROUTES) as web:
        yield web


async def ask(web: WebRoutes, target: str, method: str = "GET", *headers: bytes) -> RawAnswer:
    return await raw_answer(web.port, raw_request(target.encode(), *headers, method=method.encode()))


FITTING = {
    "no name": ("/files", "{}"),
    "a name": ("/files/a", "{'name': 'a'}"),
    "a slash after the listing": ("/files/", "{}"),
    "a slash after a name": ("/files/a/", "{'name': 'a'}"),
    "an encoded name": ("/files/%C3%A4%20b", "{'name': 'ä b'}"),
    "a path": ("/segments/a/b", "{'path': 'a/b'}"),
    "a path that ends in a slash": ("/segments/a/", "{'path': 'a/'}"),
    "no path": ("/segments/", "{'path': ''}"),
    "a name with an ending": ("/playlist/a.b.m3u8", "{'name': 'a.b'}"),
    "two names": ("/playlist/a/b.m3u8", "{'channel': 'a', 'name': 'b'}"),
    "a name with a query": ("/files/a?b=/c", "{'name': 'a'}"),
    "a route that is not hot": ("/cool/a", "{'name': 'a'}"),
    "a hot word where no hot route fits": ("/playlist/chat.json", "any: {'channel': 'playlist'}"),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("path", "text"), FITTING.values(), ids=FITTING.keys())
async def test_a_path_leads_to_its_route(hot: WebRoutes, path: str, text: str) -> None:
    answer = await ask(hot, path)
    assert (answer.status, answer.body.decode()) == (200, text)
    head = await ask(hot, path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.body))
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "path",
    [
        "/files/a/b",
        "/files//",
        "/files/a//",
        "/playlist",
        "/playlist/",
        "/playlist/a/b",
        "/filesx",
        "//files",
    ],
)
async def test_what_no_route_fits_is_not_there(hot: WebRoutes, path: str) -> None:
    answer = await ask(hot, path)
    assert (answer.status, f"nothing at {path}" in answer.body.decode()) == (404, True)


ERRORS = {
    "what makes no sense": ("/files/bad", 400, "bad name"),
    "what is not there": ("/files/none", 404, "none here"),
    "too much at once": ("/files/busy", 503, "too much"),
    "a bug of ours": ("/files/bug", 500, "made a mistake"),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("path", "status", "words"), ERRORS.values(), ids=ERRORS.keys())
async def test_errors_are_told_by_the_same_rules(hot: WebRoutes, path: str, status: int, words: str) -> None:
    with capture_logs() as logs:
        plain = await ask(hot, path)
        problem = await ask(hot, path.replace("/files", "/cool"))
        elsewhere = await ask(hot, f"{path.replace('/files', '/playlist')}.m3u8")
    assert (plain.status, problem.status, elsewhere.status) == (status, status, status)
    assert words in plain.body.decode()
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert elsewhere.headers["content-type"] == problem.headers["content-type"] == "application/problem+json"
    assert elsewhere.body == problem.body
    assert ("retry-after" in plain.headers) == (status == 503)
    assert b"secret" not in plain.body + elsewhere.body
    assert plain.headers["access-control-allow-origin"] == "*"
    assert len([log for log in logs if log["log_level"] in ("warning", "error")]) == (
        3 if status >= 500 else 0
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
async def test_other_methods_are_refused_with_those_that_are_possible(hot: WebRoutes, method: str) -> None:
    answer = await ask(hot, "/files/a", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.body.decode() == f"{method} is not possible here\n"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_route_with_methods_of_its_own_keeps_them(hot: WebRoutes) -> None:
    assert (await ask(hot, "/playlist/a/b.m3u8", "POST", b"Content-Length: 0")).status == 200
    refused = await ask(hot, "/playlist/a/b.m3u8", "PUT")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@pytest.mark.asyncio(loop_scope="module")
async def test_options_are_told(hot: WebRoutes) -> None:
    answer = await ask(hot, "/files/a", "OPTIONS")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


async def test_hot_routes_are_measured_by_their_handlers() -> None:
    async with web_routes(CollectorRegistry(), ROUTES) as web:
        for path in ("/files/a", "/files/b", "/files/none"):
            await web.get(path)
        counted = "longtake_http_request_seconds_count"
        assert web.metric(counted, handler="told", method="GET", status="200") == 2
        assert web.metric(counted, handler="told", method="GET", status="404") == 1


def test_what_is_hot() -> None:
    assert all(is_hot(path) for path in ("/files", "/files/{channel}", "/segments/{path:path}", "/healthz"))
    assert not any(
        is_hot(path) for path in ("/", "/{channel}/chat.json", "/cut/{channel}/{file}", "/filesystem")
    )
